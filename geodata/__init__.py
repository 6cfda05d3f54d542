"""Places and registers: areas, cells, buildings, people, components, coordinates, codes. Knows no case and no page."""
