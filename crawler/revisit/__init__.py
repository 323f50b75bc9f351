"""A source's history in, the time of its next look out. Pure: `now` is an argument, nothing is read or written."""
