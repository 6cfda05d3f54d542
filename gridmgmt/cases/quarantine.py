"""What phones sent and nobody could read is kept as it came: sealed, once, within a share a device and day.

Whose phone it was, of what kind and why it was refused stand beside it in clear; the content is opened for a reason that is
written down (gridmgmt.audit). Administrators of the place take it in by hand or say that it is void; nothing is deleted.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext_noop as _
from pydantic_core import from_json

from geodata.errors import DomainError
from geodata.ids import uuid7
from geodata.personal import seal_bytes, search_key, unseal_bytes
from gridmgmt.audit import actions as audit
from gridmgmt.audit.asked import holds_number
from gridmgmt.audit.models import AccessAction, Door, SubjectKind
from gridmgmt.cases.models import Quarantined, QuarantineState
from gridmgmt.organisation.models import Device, Role, User
from gridmgmt.organisation.queries import under
from gridmgmt.organisation.scope import Scope, scope_of

logger = logging.getLogger("gridmgmt.cases")

COLUMN: Final = "quarantine.body"
FIELD: Final = re.compile(r"[a-z0-9_.]{0,40}")
DAY: Final = timedelta(hours=24)
MOST_ROWS, MOST_BYTES = 200, 4 * 1024 * 1024
OPEN: Final = (QuarantineState.NEW, QuarantineState.LOOKED)
SETTLED: Final = (QuarantineState.TAKEN, QuarantineState.VOID)
SHORTEST_REASON, LONGEST_REASON = 4, 200


@dataclass(frozen=True, slots=True)
class Letter:
    """A body with who sent it through which device, what it was meant to be, and why it could not be read."""

    device_id: UUID
    user_id: UUID
    place_code: str
    kind: str
    subject_id: UUID
    raw: bytes
    reason: str
    faults: Sequence[dict[str, str]] = ()


def keep(letter: Letter, *, at: datetime) -> UUID | None:
    """The id under which the bytes are kept, the same for the same bytes; None when the device's share of the day is used up."""
    key = search_key(letter.raw.hex(), column=COLUMN)
    same = {
        "device_id": letter.device_id,
        "kind": letter.kind,
        "subject_id": letter.subject_id,
        "body_key": key,
    }
    known = _id_of(same)
    if known is not None:
        return known
    if not _has_room(letter, at):
        logger.warning("quarantine of a device is full for today", extra={"device": str(letter.device_id)})
        return None
    row_id = uuid7()
    row = Quarantined(
        id=row_id,
        **same,
        user_id=letter.user_id,
        place_code=letter.place_code,
        app=_app_of(letter),
        reason=letter.reason[:40],
        faults=[_plain(fault) for fault in letter.faults],
        size=len(letter.raw),
        body=seal_bytes(letter.raw, column=COLUMN, row=row_id),
        received_at=at,
    )
    Quarantined.objects.bulk_create(
        [row], ignore_conflicts=True
    )  # the same bytes at the same moment: one row
    return _id_of(same)


def _plain(fault: dict[str, str]) -> dict[str, str]:
    """A fault whose field may stand in clear: a phone may name a field as it likes."""
    field = fault["field"]
    named = FIELD.fullmatch(field) and not holds_number(field)
    return {"field": field if named else "…", "code": fault["code"]}


def _id_of(same: dict[str, Any]) -> UUID | None:
    return Quarantined.objects.filter(**same).values_list("pk", flat=True).first()


def _has_room(letter: Letter, at: datetime) -> bool:
    lately = Quarantined.objects.filter(device_id=letter.device_id, received_at__gt=at - DAY)
    held = lately.aggregate(rows=Count("pk"), size=Sum("size"))
    return held["rows"] < MOST_ROWS and (held["size"] or 0) + len(letter.raw) <= MOST_BYTES


def _app_of(letter: Letter) -> str:
    """The program's version as the body says it, else as the phone told it last."""
    try:
        content = from_json(letter.raw)
    except ValueError:
        content = None
    said = content.get("app") if isinstance(content, dict) else None
    if isinstance(said, str) and said.isprintable() and said:
        return said[:40]
    return Device.objects.filter(pk=letter.device_id).values_list("app", flat=True).first() or ""


def rows(scope: Scope) -> QuerySet[Quarantined]:
    """What came from people of the places the scope administers, the newest first, without the content."""
    inside = under("place_code", scope.prefixes_of(Role.ADMIN))
    return Quarantined.objects.filter(inside).select_related("device", "user", "state_by").defer("body")


def one(scope: Scope, row_id: UUID) -> Quarantined:
    """One of them. Error: quarantine_unknown 404."""
    row = rows(scope).filter(pk=row_id).first()
    if row is None:
        raise DomainError(
            code="quarantine_unknown", status=404, message=_("There is nothing like that here.")
        )
    return row


@transaction.atomic
def open_body(*, by: User, row_id: UUID, reason: str, at: datetime) -> str:
    """The content, for a reason that is kept with who looked and when; what is no text is shown as far as it is.

    Errors: quarantine_unknown 404; reason_missing, reason_holds_number 422; sealed_value_unreadable 500.
    """
    row = one(scope_of(by), row_id)
    audit.record(
        user_id=by.pk,
        action=AccessAction.REVEALED,
        subject_kind=SubjectKind.QUARANTINE,
        subject_ids=[row.pk],
        at=at,
        door=Door.PAGES,
        purpose=checked_reason(reason),
        asked={"kind": row.kind},
    )
    Quarantined.objects.filter(pk=row.pk, state=QuarantineState.NEW).update(
        state=QuarantineState.LOOKED, state_at=at, state_by=by
    )
    return unseal_bytes(bytes(row.body), column=COLUMN, row=row.pk).decode(errors="replace")


@transaction.atomic
def settle(*, by: User, row_id: UUID, state: str, note: str, at: datetime) -> None:
    """Say that it was taken in by hand, or that it is void, with a word on how or why; said otherwise later it is otherwise.

    Errors: quarantine_unknown 404; state_unknown, reason_missing, reason_holds_number 422.
    """
    row = one(scope_of(by), row_id)
    if state not in SETTLED:
        raise DomainError(code="state_unknown", status=422, message=_("There is no such state."))
    Quarantined.objects.filter(pk=row.pk).update(
        state=state, note=checked_reason(note), state_at=at, state_by=by
    )


def waiting() -> int:
    """How many nobody has dealt with, everywhere: a figure for /healthz."""
    return Quarantined.objects.filter(Q(state=QuarantineState.NEW)).count()


def checked_reason(reason: str) -> str:
    """A reason that says something and holds no number."""
    kept = " ".join(reason.replace("\x00", "").split())[:LONGEST_REASON]
    if len(kept) < SHORTEST_REASON:
        raise DomainError(
            code="reason_missing",
            status=422,
            message=_("Say what for, in at least four characters: it is kept."),
        )
    if holds_number(kept):
        raise DomainError(
            code="reason_holds_number",
            status=422,
            message=_("Leave ID numbers and telephones out of the reason."),
        )
    return kept
