"""Receipt codes: made by the desk or the reporter when one is wanted; looked up by strangers, within budgets."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing
from django.db import transaction

from gridmgmt.cases.models import Case
from gridmgmt.contact import codes
from gridmgmt.contact.errors import refusal
from gridmgmt.contact.models import RateLink, Receipt
from gridmgmt.organisation import tries
from gridmgmt.organisation.models import Role, User
from gridmgmt.organisation.scope import Scope, scope_of

ISSUERS = frozenset({Role.ACCEPTOR, Role.SUPERVISOR, Role.STAFF, Role.ADMIN})
SALT = "contact.track"
PROOF_S = 30 * 60
LINK_DAYS = 15
# Ten in ten minutes for a number, thirty for an address, a thousand for everybody: at most 10/2^40 per number and window.
# A stranger may use up a number's ten tries; its owner waits ten minutes at most.
WINDOW = timedelta(minutes=10)
MOST_FOR_NUMBER, MOST_FOR_ADDRESS, MOST_FOR_ALL = 10, 30, 1000


def may_issue(scope: Scope, case: Case) -> bool:
    """The reporter's own case, or a desk's of the case's area; a branch has no reporter."""
    if case.parent_id is not None:
        return False
    own = scope.user_id is not None and case.reporter_id == scope.user_id
    return own or bool(scope.roles_at(case.cell_code) & ISSUERS)


@transaction.atomic
def issue(*, case: Case, by: User, at: datetime) -> str:
    """A new code for a case; the one before stops to fit. Shown once, stored hashed. Error: receipt_not_permitted."""
    if not may_issue(scope_of(by), case):
        raise refusal("receipt_not_permitted")
    code = codes.new_code()
    Receipt.objects.update_or_create(
        case=case, defaults={"code_hash": codes.hashed(code), "made_at": at, "made_by": by}
    )
    return code


def look_up(*, number: str, code: str, address: str, at: datetime) -> Case:
    """The case of a number and its code. Errors: receipt_unknown 404 (whichever is wrong), too_many_tries 429."""
    number = number.strip().upper()[:32]
    limits = _limits(number, address)
    if not tries.spend(limits, window=WINDOW, at=at):
        raise refusal("too_many_tries")
    receipt = (
        Receipt.objects.select_related("case__category", "case__master").filter(case__number=number).first()
    )
    if not codes.fits(receipt.code_hash if receipt else None, code) or receipt is None:
        raise refusal("receipt_unknown")
    tries.pay_back(limits)
    return receipt.case


def _limits(number: str, address: str) -> list[tries.Limit]:
    """The same for numbers that exist and that do not."""
    return [
        tries.limit("track.number", number, MOST_FOR_NUMBER),
        tries.limit("track.address", address, MOST_FOR_ADDRESS),
        tries.limit("track.all", "", MOST_FOR_ALL),
    ]


def proof(case: Case) -> str:
    """What the page carries for half an hour instead of the code."""
    return signing.dumps(str(case.pk), salt=SALT)


def case_of_proof(text: str) -> Case:
    """The case that a page was opened for. Error: session_over."""
    try:
        case_id = UUID(signing.loads(text, salt=SALT, max_age=PROOF_S))
    except (signing.BadSignature, ValueError):
        raise refusal("session_over") from None
    return Case.objects.select_related("category", "master").get(pk=case_id)


def make_link(*, case: Case, at: datetime) -> str:
    """The token of a new link for one rating, valid for fifteen days."""
    token = codes.new_token()
    RateLink.objects.create(
        case=case, token_digest=codes.digest(token), made_at=at, expires_at=at + timedelta(days=LINK_DAYS)
    )
    return token


def link_of(token: str, *, at: datetime, lock: bool = False) -> RateLink:
    """The link of a token that may still be used. Error: link_unknown."""
    rows = RateLink.objects.select_related("case__category", "case__master")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = rows.filter(token_digest=codes.digest(token), expires_at__gt=at, used_at=None).first()
    if found is None:
        raise refusal("link_unknown")
    return found
