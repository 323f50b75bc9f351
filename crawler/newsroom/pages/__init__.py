"""Renderers: a story or a door as the HTML or XML of one kind of site, a module per kind; `site` is what they share."""
