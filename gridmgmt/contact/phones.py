"""Telephone numbers: read, sealed, found again, opened only to be called."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from geodata.errors import DomainError
from geodata.errors import mark as _
from geodata.ids import uuid7
from geodata.masking import mask_phone
from geodata.personal import seal, search_key, unseal
from gridmgmt.cases.models import Case
from gridmgmt.contact import receipts
from gridmgmt.contact.errors import refusal
from gridmgmt.contact.models import Phone, ReporterPhone, StaffPhone
from gridmgmt.organisation.models import User
from gridmgmt.organisation.scope import scope_of

COLUMN = "contact.phone"
MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)


def read(typed: str) -> str:
    """A mobile number of mainland China as eleven digits. Error: phone_invalid 422; the message never repeats it."""
    digits = re.sub(r"[\s\-()（）]", "", typed)
    digits = re.sub(r"^(\+|00)86", "", digits)
    if not MOBILE.fullmatch(digits):
        raise DomainError(
            code="phone_invalid", status=422, message=_("This is not a mobile number of eleven digits.")
        )
    return digits


def kept(number: str) -> Phone:
    """The row of a number, made when it is new."""
    key = search_key(number, column=COLUMN)
    found = Phone.objects.filter(number_key=key).first()
    if found is not None:
        return found
    row_id = uuid7()
    Phone.objects.bulk_create(
        [
            Phone(
                id=row_id,
                number_key=key,
                number_sealed=seal(number, column=COLUMN, row=row_id),
                number_masked=mask_phone(number),
            )
        ],
        ignore_conflicts=True,
    )
    return Phone.objects.get(number_key=key)


def opened(phone: Phone) -> str:
    """The number in the clear: for the gateway alone, never for logs or pages."""
    return unseal(bytes(phone.number_sealed), column=COLUMN, row=phone.pk)


def note_own(*, user: User, typed: str) -> None:
    """Somebody of the staff says where to reach them; empty forgets it. Error: phone_invalid."""
    if not typed.strip():
        StaffPhone.objects.filter(user=user).delete()
        return
    StaffPhone.objects.update_or_create(user=user, defaults={"phone": kept(read(typed))})


def note_reporter(*, case: Case, typed: str, by: User, at: datetime) -> None:
    """A desk notes where the reporter of a case can be reached; empty forgets it. Errors: as ``read``, and
    receipt_not_permitted."""
    if not receipts.may_issue(scope_of(by), case):
        raise refusal("receipt_not_permitted")
    if not typed.strip():
        ReporterPhone.objects.filter(case=case).delete()
        return
    ReporterPhone.objects.update_or_create(
        case=case, defaults={"phone": kept(read(typed)), "noted_by": by, "noted_at": at}
    )


def note_sent(*, case_id: UUID, typed: str, at: datetime) -> bool:
    """The number that came with a report of another program; a desk's own note is not replaced. False: not a mobile
    number, nothing is kept."""
    try:
        number = read(typed)
    except DomainError:
        return False
    ReporterPhone.objects.get_or_create(case_id=case_id, defaults={"phone": kept(number), "noted_at": at})
    return True


def opt_out(*, phone: Phone, at: datetime | None) -> None:
    """Send nothing to this number from now on; None: it may be written to again."""
    phone.opted_out_at = at
    phone.save(update_fields=["opted_out_at"])
