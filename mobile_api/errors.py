"""Answers to exceptions."""
