"""Vector tiles of places: addresses, statements, cache and what an edit drops. Knows no user: scope comes as prefixes."""
