"""Open311 GeoReport v2: other programs read what is public and send residents' reports (docs/open311.md)."""
