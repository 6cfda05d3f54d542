"""Addresses as people write them: made uniform, taken apart, and found in the street's own dictionary of buildings."""

from __future__ import annotations

from geodata.addresses.dictionary import Candidate, Dictionary, Entry, Finding
from geodata.addresses.parse import RULES_VERSION, Address, Status, parse

__all__ = ["RULES_VERSION", "Address", "Candidate", "Dictionary", "Entry", "Finding", "Status", "parse"]
