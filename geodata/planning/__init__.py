"""Proposals of cells: a community is cut into faces along its roads, faces are grouped into cells of even size."""

from __future__ import annotations
