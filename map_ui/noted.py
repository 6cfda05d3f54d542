"""Reading of personal records by pages, written down; and the version of a record that a form was made with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from gridmgmt.audit import actions as audit
from gridmgmt.audit.models import AccessAction, Door, SubjectKind
from map_ui.sending import signed_in_user

UNSEEN = -1
"""No record has this version: a form without a version is a form of something else."""


def note(
    request: HttpRequest, action: AccessAction, kind: SubjectKind | str, subjects: Iterable[UUID]
) -> None:
    """The signed-in user saw these records: the one a page is about first, then everybody named on it, whatever their
    register. Nothing is noted where there was none."""
    if ids := list(subjects):
        audit.record(
            user_id=signed_in_user(request).pk,
            action=action,
            subject_kind=kind,
            subject_ids=ids,
            at=timezone.now(),
            door=Door.PAGES,
        )


def version(post: Mapping[str, str], name: str = "version") -> int:
    """The version a form says."""
    text = post.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else UNSEEN
