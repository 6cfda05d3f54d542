"""The fictional street: geometry, names and people made from a seed. No case, no duty, no page."""
