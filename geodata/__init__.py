"""Places and registers: areas, cells, buildings, people, organisations, components. Knows no case, no duty, no page."""
