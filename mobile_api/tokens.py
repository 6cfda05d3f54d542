"""Who holds a device token: one statement, remembered for at most a second so that revoking works within one."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_noop as _
from knox.crypto import hash_token

from geodata.errors import DomainError
from gridmgmt.cases import statements
from gridmgmt.cases.intake import Sender
from gridmgmt.organisation.models import User

REMEMBER_S = 1.0
REMEMBER_MOST = 20_000
LONGEST_TOKEN = 128

# Device, token, user, roles held now and the widest place among them. Caller: session_of. Keys: device_token_digest,
# knox_authtoken_pkey, organisation_grant(user). A token without a device is none of ours.
HOLDER = """
SELECT d.id, d.revoked_at IS NOT NULL OR t.digest IS NULL, coalesce(t.expiry <= moment.now, false), u.is_active,
       u.id, u.username, u.name, u.is_superuser,
       ARRAY(SELECT DISTINCT g.role FROM organisation_grant g
             WHERE g.user_id = u.id AND g.valid_from <= moment.now AND (g.valid_to IS NULL OR g.valid_to > moment.now)),
       (SELECT g.scope_code FROM organisation_grant g
        WHERE g.user_id = u.id AND g.valid_from <= moment.now AND (g.valid_to IS NULL OR g.valid_to > moment.now)
        ORDER BY length(g.scope_code), g.scope_code LIMIT 1),
       coalesce(d.last_seen_at < moment.now - interval '15 minutes', true), d.wipe_asked_at IS NOT NULL
FROM organisation_device d
CROSS JOIN (SELECT statement_timestamp() AS now) moment
JOIN organisation_user u ON u.id = d.user_id
LEFT JOIN knox_authtoken t ON t.digest = d.token_digest
WHERE d.token_digest = %s
"""
# A token that a later sign-in replaced. Caller: _look_up, only for tokens of no device. Key: organisation_formertoken_pkey.
FORMER = """
SELECT d.wipe_asked_at IS NOT NULL FROM organisation_formertoken f JOIN organisation_device d ON d.id = f.device_id
WHERE f.digest = %s
"""
# The device of a token, also of one that was replaced. Caller: wiped_device.
ANY_DEVICE = """
SELECT d.id, d.revoked_at IS NOT NULL, d.wipe_asked_at IS NOT NULL FROM organisation_device d
WHERE d.token_digest = %(digest)s OR d.id = (SELECT device_id FROM organisation_formertoken WHERE digest = %(digest)s)
"""
# Caller: session_of, once a quarter of an hour and device.
SEEN = "UPDATE organisation_device SET last_seen_at = now() WHERE id = %s RETURNING id"


@dataclass(frozen=True, slots=True)
class Session:
    """Who speaks through which device. ``home_code`` is the widest code they hold a role for, "" for none."""

    device_id: UUID
    user_id: UUID
    username: str
    name: str
    is_superuser: bool
    roles: frozenset[str]
    home_code: str
    sender: Sender = field(init=False)

    def __post_init__(self) -> None:
        sender = Sender(self.user_id, self.device_id, self.home_code, self.roles)
        object.__setattr__(self, "sender", sender)

    def user(self) -> User:
        """The user as a model object of its own, without another query."""
        user = User(
            id=self.user_id,
            username=self.username,
            name=self.name,
            is_active=True,
            is_superuser=self.is_superuser,
        )
        user._state.adding = False  # noqa: SLF001 - it is a stored row, read by HOLDER
        return user


# Keyed by a hash of the header, so that no token outlives its request in memory.
_remembered: dict[bytes, tuple[float, Session]] = {}


def session_of(header: str) -> Session:
    """The session of an Authorization header ("Bearer …"; "Token …" is understood too).

    Errors (401): token_missing, token_unknown, token_revoked, token_expired, account_inactive.
    """
    key = sha256(header.encode("utf-8", "surrogateescape")).digest()
    known = _remembered.get(key)
    now = time.monotonic()
    if known is not None and known[0] > now:
        return known[1]
    session = _look_up(hash_token(token_in(header)))
    if len(_remembered) >= REMEMBER_MOST:
        _remembered.clear()
    _remembered[key] = (now + REMEMBER_S, session)
    return session


def token_in(header: str) -> str:
    """The token of a header. Errors: token_missing, token_unknown."""
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() not in {"bearer", "token"} or not token:
        raise refuse("token_missing")
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise refuse("token_unknown")
    return token


def _look_up(digest: str) -> Session:
    raw = statements.raw_connection()
    row = statements.maybe(raw, HOLDER, (digest,))
    if row is None:
        former = statements.maybe(raw, FORMER, (digest,))
        raise refuse("token_unknown") if former is None else revoked_token(wipe=former[0])
    device_id, revoked, expired, active, user_id, username, name, is_superuser, roles, home, unseen, wipe = (
        row
    )
    if revoked:
        raise revoked_token(wipe=wipe)
    for wrong, code in (
        (expired, "token_expired"),
        (not active, "account_inactive"),
    ):
        if wrong:
            raise refuse(code)
    if unseen:
        statements.maybe(raw, SEEN, (device_id,))
    return Session(device_id, user_id, username, name, is_superuser, frozenset(roles), home or "")


def wiped_device(header: str) -> UUID:
    """The device of a revoked token that was told to empty its store: the one thing such a token may still say.

    Errors: token_missing, token_unknown, token_revoked 401; wipe_not_asked 409 while the token works.
    """
    digest = hash_token(token_in(header))
    with connection.cursor() as cursor:
        cursor.execute(ANY_DEVICE, {"digest": digest})
        row = cursor.fetchone()
    if row is None:
        raise refuse("token_unknown")
    device_id, revoked, wipe = row
    if not revoked:
        raise DomainError(
            code="wipe_not_asked", status=409, message=_("Nobody has asked this phone to be wiped.")
        )
    if not wipe:
        raise revoked_token(wipe=False)
    found: UUID = device_id
    return found


def forget(session: Session) -> None:
    """Forget a session of this process at once (after its own logout)."""
    for key, (_until, kept) in list(_remembered.items()):
        if kept.device_id == session.device_id:
            _remembered.pop(key, None)


REFUSALS = {
    "token_missing": "Sign in first.",
    "token_unknown": "This sign-in is not known. Sign in again; reports on the phone are kept.",
    "token_revoked": "This device has been signed out. Sign in again; reports on the phone are kept.",
    "token_expired": "The sign-in has expired. Sign in again; reports on the phone are kept.",
    "account_inactive": "This account is no longer in use.",
}


def revoked_token(*, wipe: bool) -> DomainError:
    """token_revoked; ``data.wipe`` tells the phone to empty its store."""
    error = refuse("token_revoked")
    if wipe:
        error.data["wipe"] = True
    return error


def refuse(code: str) -> DomainError:
    """A 401 with its reason."""
    return DomainError(code=code, status=401, message=REFUSALS[code])
