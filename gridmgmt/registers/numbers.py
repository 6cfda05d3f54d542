"""Numbers that only one record of a county may have: who is second to take one is told so, by the database in the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import IntegrityError, transaction

from gridmgmt.registers.errors import refusal

_TAKEN: Final = {
    "household_number_unique": ("household_number_taken", "number"),
    "person_id_no_unique": ("id_no_taken", "id_no"),
}


@contextmanager
def taken_once() -> Iterator[None]:
    """Around a write that may take a number: looking for it before does not see what others are about to write.

    Errors: household_number_taken, id_no_taken 409."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        known = _TAKEN.get(diagnosis.constraint_name or "") if diagnosis else None
        if known is None:
            raise
        raise refusal(known[0], field=known[1]) from None
