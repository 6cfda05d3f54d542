"""Supervision, one file a noun."""

from __future__ import annotations

from gridmgmt.supervision.models.card import Card, CardEvent, CardLevel, CardState
from gridmgmt.supervision.models.notice import Notice, NoticeKind, NoticeSeries
from gridmgmt.supervision.models.publication import Publication, PublishedRow
from gridmgmt.supervision.models.rule import SupervisionRule, Trigger
from gridmgmt.supervision.models.scan import SupervisionScan

__all__ = [
    "Card",
    "CardEvent",
    "CardLevel",
    "CardState",
    "Notice",
    "NoticeKind",
    "NoticeSeries",
    "Publication",
    "PublishedRow",
    "SupervisionRule",
    "SupervisionScan",
    "Trigger",
]
