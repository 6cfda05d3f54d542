"""Kinds of objects that are watched, one module each. A new kind is a module with the same functions and a line here."""

from __future__ import annotations

from gridmgmt.supervision.watched import case, stage
from gridmgmt.supervision.watched.run import Finder

KINDS: dict[str, Finder] = {case.KIND: case.FINDER, stage.KIND: stage.FINDER}
