"""Files that articles come back from: our own JSON lines, and web archives (WARC)."""
