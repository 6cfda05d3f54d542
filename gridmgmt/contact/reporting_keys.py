"""Keys of other programs: made and revoked by administrators, looked up at the door, counted by the platform's counter."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from geodata.errors import DomainError
from geodata.errors import mark as _
from geodata.ids import uuid7
from geodata.models import Area, AreaLevel
from gridmgmt.cases.intake import Sender
from gridmgmt.cases.models import CaseSource
from gridmgmt.contact.models import ReportingKey
from gridmgmt.organisation import tries
from gridmgmt.organisation.authority import administered, require_administration
from gridmgmt.organisation.models import User
from gridmgmt.organisation.queries import under
from gridmgmt.organisation.scope import Scope

PREFIX = "grid_"
LONGEST = 128
WINDOW = timedelta(minutes=10)
MOST_REPORTS = 300  # of one key
MOST_WRONG = 30  # keys that are not known, from one address
MOST_READ = 600  # lists and requests read without a key, from one address
NOTED_EVERY = timedelta(minutes=15)
LEVELS = (AreaLevel.COUNTY, AreaLevel.STREET)


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key's row, and the key itself, which is shown this once."""

    row: ReportingKey
    key: str


def digest(key: str) -> bytes:
    """How a key is stored; 256 random bits need no slow hash."""
    return hashlib.sha256(key.encode()).digest()


@transaction.atomic
def make(*, name: str, source: str, scope_code: str, by: Scope | None, at: datetime) -> MadeKey:
    """A key for another program; ``by`` None is the command line of the installation.

    Errors: key_name_missing, key_source_unknown (only public sources), key_place_unknown 422, organisation_not_permitted 403.
    """
    name = name.strip()
    if not name or len(name) > 60 or not name.isprintable():
        raise _refusal("key_name_missing", _("A name of at most 60 characters is needed."))
    kept = CaseSource.objects.filter(key=source, is_public=True).first()
    if kept is None:
        raise _refusal("key_source_unknown", _("Choose one of the sources that residents report by."))
    if not Area.objects.filter(code=scope_code, level__in=LEVELS).exists():
        raise _refusal("key_place_unknown", _("There is no county or street with this code."))
    if by is not None:
        require_administration(by, scope_code)
    key_id, key = uuid7(), PREFIX + secrets.token_urlsafe(32)
    account = User(username=f"key-{key_id.hex[-20:]}", name=name, is_active=False)
    account.set_unusable_password()
    account.save(force_insert=True)
    row = ReportingKey.objects.create(
        id=key_id, name=name, digest=digest(key), hint=key[:9], source=kept, scope_code=scope_code, account=account,
        made_by_id=by.user_id if by else None, made_at=at,
    )  # fmt: skip
    return MadeKey(row, key)


@transaction.atomic
def revoke(*, key_id: UUID, by: Scope | None, at: datetime) -> None:
    """The key stops working with its next request; its reports stay. Error: key_unknown 404, organisation_not_permitted."""
    row = ReportingKey.objects.select_for_update().filter(pk=key_id).first()
    if row is None:
        raise DomainError(code="key_unknown", status=404, message=_("There is no such key."))
    if by is not None:
        require_administration(by, row.scope_code)
    ReportingKey.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=at)


def keys_of(scope: Scope) -> QuerySet[ReportingKey]:
    """Keys for places that the scope administers, those in use first."""
    rows = ReportingKey.objects.filter(under("scope_code", administered(scope))).select_related("source")
    return rows.order_by("revoked_at", "-made_at")


def holder_of(key: str, *, address: str, at: datetime) -> ReportingKey:
    """The row of a key. Errors: key_missing, key_unknown 403; too_many_tries 429 for an address with many wrong ones."""
    if not key:
        raise DomainError(code="key_missing", status=403, message=_("api_key was not provided."))
    wrong = [tries.limit("open311.address", address, MOST_WRONG)]
    if tries.blocked_until(wrong, at=at) is not None:
        raise too_many()
    rows = ReportingKey.objects.select_related("source", "account")
    row = rows.filter(digest=digest(key), revoked_at=None).first() if len(key) <= LONGEST else None
    if row is None:
        tries.spend(wrong, window=WINDOW, at=at)
        raise DomainError(code="key_unknown", status=403, message=_("This api_key is not valid (any more)."))
    if row.used_at is None or row.used_at < at - NOTED_EVERY:
        ReportingKey.objects.filter(pk=row.pk).update(used_at=at)
    return row


def pay_for_report(row: ReportingKey, *, at: datetime) -> None:
    """One more report of a key. Error too_many_tries 429."""
    if not tries.spend([tries.limit("open311.key", str(row.pk), MOST_REPORTS)], window=WINDOW, at=at):
        raise too_many()


def pay_for_reading(*, address: str, at: datetime) -> None:
    """One more reading by somebody without a key. Error too_many_tries 429."""
    if not tries.spend([tries.limit("open311.read", address, MOST_READ)], window=WINDOW, at=at):
        raise too_many()


def sender_of(row: ReportingKey) -> Sender:
    """The key as a sender: the platform takes the report in on its behalf."""
    return Sender(row.account_id, None, row.scope_code, frozenset({"system"}))


def too_many() -> DomainError:
    """Beyond the limit."""
    return DomainError(
        code="too_many_tries",
        status=429,
        message=_("Too many attempts. Wait a little and try again."),
        data={"retry_after_s": 60},
    )


def _refusal(code: str, message: str) -> DomainError:
    return DomainError(code=code, status=422, message=message)
