"""Which fields may be amended at the door, how their values are kept and compared, and how one is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from geodata.masking import mask_name
from geodata.models import Dwelling, Household, Person
from geodata.models.building import BuildingUse
from geodata.models.person import LifeState
from geodata.personal import seal, unseal
from gridmgmt.organisation.models import User
from gridmgmt.registers import history, household_actions, move_actions, person_actions, person_fields
from gridmgmt.registers.errors import refusal
from gridmgmt.registers.models import Amendment

SEALED_FOR: Final = "amendment.new"
LONGEST_MASKED: Final = 40
Row = Person | Household | Dwelling


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in words; ``sealed`` values are never kept in clear; ``by_hand``: no machine can write it.

    ``may_automatic``: a rule may let it be written at once."""

    name: Promise
    sealed: bool = False
    by_hand: bool = False
    may_automatic: bool = True


FIELDS: Final[dict[str, Field]] = {
    "person.name": Field(_("name")),
    "person.sex": Field(_("sex")),
    "person.birth_date": Field(_("birth date")),
    "person.phone": Field(_("telephone"), sealed=True),
    "person.id_no": Field(_("ID number"), sealed=True, may_automatic=False),
    "person.education": Field(_("education")),
    "person.marital": Field(_("marital status")),
    "person.employment": Field(_("employment")),
    "person.gone": Field(_("no longer lives here"), may_automatic=False),
    "household.number": Field(_("household number")),
    "dwelling.use": Field(_("use of the dwelling")),
    "dwelling.area_m2": Field(_("floor area in m²")),
    "dwelling.newcomer": Field(
        _("somebody unknown lives here"), sealed=True, by_hand=True, may_automatic=False
    ),
}
_GONE: Final = (LifeState.MOVED_OUT.value, LifeState.DEAD.value)


def row_of(amendment: Amendment) -> Row:
    """The record it is about."""
    found = amendment.person or amendment.household or amendment.dwelling
    if found is None:  # pragma: no cover - a constraint holds exactly one
        raise refusal("person_unknown")
    return found


def key_of(amendment: Amendment) -> str:
    """The field's key: person.phone."""
    register = "person" if amendment.person_id else "household" if amendment.household_id else "dwelling"
    return f"{register}.{amendment.field}"


def present(amendment: Amendment) -> str:
    """What the register says now; sealed fields by their masked form."""
    return value_of(row_of(amendment), key_of(amendment))


def value_of(row: Row, key: str) -> str:
    """A field of a record as it may be shown and compared."""
    field = key.partition(".")[2]
    if key == "dwelling.newcomer":
        return ""
    if key == "person.gone":
        return str(getattr(row, "life_state", ""))
    if field in person_fields.SEALED:
        return str(getattr(row, f"{field}_masked"))
    value = getattr(row, field)
    return "" if value is None else str(value.isoformat() if isinstance(value, date) else value)


def conflicts(amendment: Amendment) -> bool:
    """True when the register no longer says what the worker saw, nor already what they found."""
    now = present(amendment)
    return amendment.old not in {now, *_as_shown(amendment.field, now)} and not agrees(amendment)


def _as_shown(field: str, value: str) -> set[str]:
    """Forms in which a worker may have seen a value: names masked, of birth dates the year."""
    if field == "name":
        return {mask_name(value)}
    return {value[:4], f"{value[:4]}-**-**"} if field == "birth_date" and value else set()


def agrees(amendment: Amendment) -> bool:
    """True when the register says already what the worker found."""
    if (
        amendment.new_sealed is not None
        and amendment.person is not None
        and amendment.field in person_fields.SEALED
    ):
        key = getattr(amendment.person, f"{amendment.field}_key")
        return key is not None and bytes(key) == person_fields.key_of(amendment.field, opened(amendment))
    return amendment.new_sealed is None and amendment.new == present(amendment)


def checked(key: str, value: str, *, at: datetime) -> str:
    """The value in its one form. Errors: amendment_field_unknown, value_unknown and those of person_fields.plain."""
    register, _dot, field = key.partition(".")
    if key not in FIELDS:
        raise refusal("amendment_field_unknown", field=key[:40])
    if key == "person.gone":
        if value not in _GONE:
            raise refusal("value_unknown", field=field)
        return value
    if register == "person":
        return person_fields.plain(field, value, today=timezone.localdate(at))
    if key == "dwelling.use" and value not in BuildingUse.values:
        raise refusal("value_unknown", field=field)
    if key == "dwelling.area_m2" and not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,2})?", value):
        raise refusal("value_unknown", field=field)
    return value.strip()


def keep(amendment: Amendment, key: str, value: str) -> None:
    """Puts the value on the row (not saved): plain, or sealed for it with a masked form."""
    if not FIELDS[key].sealed:
        amendment.new = value
        return
    amendment.new_sealed = seal(value, column=SEALED_FOR, row=amendment.pk)
    field = key.partition(".")[2]
    masked = person_fields.masked(field, value) if field in person_fields.SEALED else value[:1] + "*" * 6
    amendment.new_masked = masked[:LONGEST_MASKED] if value else ""


def opened(amendment: Amendment) -> str:
    """The value itself, for writing it into the register."""
    if amendment.new_sealed is None:
        return amendment.new
    return unseal(bytes(amendment.new_sealed), column=SEALED_FOR, row=amendment.pk)


def write(amendment: Amendment, *, by: User, at: datetime, kept: bool = True) -> None:
    """Writes the value into the register, inside the caller's ``acting``. ``kept`` False: a rule writes, no keeper.

    Errors: those of the action that writes."""
    key, value = key_of(amendment), checked(key_of(amendment), opened(amendment), at=at)
    if key == "person.gone" and amendment.person is not None:
        _gone(amendment, amendment.person, value, by=by, at=at)
    elif amendment.person is not None:
        person_actions.write_fields(
            person_id=amendment.person.pk, values={amendment.field: value}, by=by if kept else None, at=at
        )
    elif amendment.household is not None:
        household_actions.write_number(
            household_id=amendment.household.pk, number=value, by=by if kept else None
        )
    elif amendment.dwelling is not None:
        _dwelling(amendment.dwelling, amendment.field, value)


def _gone(amendment: Amendment, one: Person, value: str, *, by: User, at: datetime) -> None:
    on, version = timezone.localdate(amendment.captured_at), history.person_version(one.pk)
    if value == LifeState.DEAD:
        person_actions.death(person_id=one.pk, on=on, by=by, at=at, version=version)
        return
    elsewhere = amendment.note or gettext("not known")
    move_actions.move_out(person_id=one.pk, on=on, elsewhere=elsewhere, by=by, at=at, version=version)


def _dwelling(door: Dwelling, field: str, value: str) -> None:
    row = Dwelling.objects.select_for_update().get(pk=door.pk)
    wanted = float(value) if field == "area_m2" else value
    if getattr(row, field) == wanted:
        raise refusal("nothing_changes")
    setattr(row, field, wanted)
    row.save(update_fields=[field])
