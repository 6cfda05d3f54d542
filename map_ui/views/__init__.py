"""Pages and their data, one file a page."""
