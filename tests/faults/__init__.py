"""Faults: whole stacks of their own, killed while they work."""
