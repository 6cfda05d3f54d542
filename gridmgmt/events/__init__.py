"""Outbox and live feed: what happened, told once to everybody who must know."""
