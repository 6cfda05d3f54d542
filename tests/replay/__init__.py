"""Replays of real incidents through the HTTP API."""
