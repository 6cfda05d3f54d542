"""Views of the phone API, a file a noun."""
