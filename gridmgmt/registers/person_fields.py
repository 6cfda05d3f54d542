"""Fields of a person as people say them: checked one by one, numbers sealed for their row.

A field's value is text, as a form or a phone sends it; "" empties a field that may be empty.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from geodata import identity
from geodata.errors import DomainError
from geodata.masking import mask_id, mask_phone
from geodata.models import Person
from geodata.models.person import Sex
from geodata.personal import seal, search_key, unseal
from gridmgmt.registers.errors import refusal

ID_COLUMN: Final = "person.id_no"
PHONE_COLUMN: Final = "person.phone"
SEALED: Final = {"id_no": ID_COLUMN, "phone": PHONE_COLUMN}
"""Fields whose values are kept sealed, with the column they are sealed for."""
FIELDS: Final = ("name", "sex", "birth_date", "phone", "id_no", "education", "marital", "employment")
_NAME: Final = re.compile(r"[\w·•.\-' ]{1,50}")
_CODES: Final = {"education": r"[1-9][0-9]", "marital": r"[1-9][0-9]", "employment": r"[0-9A-Z]{1,2}"}
_SEXES: Final = {str(value) for value in Sex.values}


def plain(field: str, value: str, *, today: date) -> str:
    """The value in its one form. Errors: field_unknown, name_missing, name_form, value_unknown, birth_date_form,
    phone_form and those of identity.parse_id_number."""
    if field not in FIELDS:
        raise refusal("field_unknown", field=field[:40])
    return _READERS.get(field, _code(field))(unicodedata.normalize("NFKC", value).strip(), today)


def write(one: Person, values: Mapping[str, str]) -> list[str]:
    """Puts plain values on a person (not saved); the names of the model's fields that differ now.

    Errors: id_no_contradicts 422, id_no_taken 409."""
    changed: list[str] = []
    for field, value in values.items():
        if field in SEALED:
            changed += _sealed(one, field, value)
            continue
        wanted: Any = value
        if field == "sex":
            wanted = int(value)
        elif field == "birth_date":
            wanted = date.fromisoformat(value) if value else None
        if getattr(one, field) != wanted:
            setattr(one, field, wanted)
            changed.append(field)
    _require_agreement(one, values)
    return changed


def key_of(field: str, value: str) -> bytes | None:
    """The search key of a sealed field's value, None for nothing."""
    return search_key(value, column=SEALED[field]) if value else None


def masked(field: str, value: str) -> str:
    """The masked form of a sealed field's value."""
    if not value:
        return ""
    return mask_id(value) if field == "id_no" else mask_phone(value)


def _sealed(one: Person, field: str, value: str) -> list[str]:
    key = key_of(field, value)
    before = getattr(one, f"{field}_key")
    if (bytes(before) if before is not None else None) == key:
        return []
    setattr(one, f"{field}_key", key)
    setattr(one, f"{field}_sealed", seal(value, column=SEALED[field], row=one.pk) if value else None)
    setattr(one, f"{field}_masked", masked(field, value))
    return [f"{field}_key", f"{field}_sealed", f"{field}_masked"]


def _require_agreement(one: Person, values: Mapping[str, str]) -> None:
    """The ID number says when somebody was born and of which sex; it is nobody else's."""
    number = values.get("id_no", "")
    if number:
        said = identity.parse_id_number(number)
        if (one.birth_date not in {None, said.birth_date}) or (
            one.sex in {Sex.MALE, Sex.FEMALE} and one.sex != _SEX[said.sex]
        ):
            raise refusal("id_no_contradicts", field="id_no")
        same = Person.objects.filter(county=one.county, id_no_key=key_of("id_no", number))
        if same.exclude(pk=one.pk).exists():
            raise refusal("id_no_taken", field="id_no")
        one.birth_date, one.sex = said.birth_date, _SEX[said.sex]


_SEX: Final = {identity.Sex.MALE: Sex.MALE, identity.Sex.FEMALE: Sex.FEMALE}


def _name(text: str, _today: date) -> str:
    if not text:
        raise refusal("name_missing", field="name")
    if not _NAME.fullmatch(text) or any(char.isdigit() or char == "_" for char in text):
        raise refusal("name_form", field="name")
    return text


def _sex(text: str, _today: date) -> str:
    if text not in _SEXES:
        raise refusal("value_unknown", field="sex")
    return text


def _birth_date(text: str, today: date) -> str:
    if not text:
        return ""
    try:
        born = date.fromisoformat(text)
    except ValueError:
        raise refusal("birth_date_form", field="birth_date") from None
    if born.year < 1870 or born > today:
        raise refusal("birth_date_form", field="birth_date")
    return born.isoformat()


def _phone(text: str, _today: date) -> str:
    if not text:
        return ""
    try:
        return identity.parse_phone(text).number
    except DomainError:
        raise refusal("phone_form", field="phone") from None


def _id_no(text: str, today: date) -> str:
    return identity.parse_id_number(text, today=today).number if text else ""


def _code(field: str) -> Callable[[str, date], str]:
    def read(text: str, _today: date) -> str:
        if text and not re.fullmatch(_CODES[field], text):
            raise refusal("value_unknown", field=field)
        return text

    return read


_READERS: Final[dict[str, Callable[[str, date], str]]] = {
    "name": _name,
    "sex": _sex,
    "birth_date": _birth_date,
    "phone": _phone,
    "id_no": _id_no,
}


def opened(one: Person, field: str) -> str:
    """A field of a person as text; sealed ones are opened. Who shows it has written down that it is shown."""
    if field in SEALED:
        return unsealed(field, getattr(one, f"{field}_sealed"), row=one.pk)
    value = getattr(one, field)
    return "" if value is None else str(value.isoformat() if isinstance(value, date) else value)


def unsealed(field: str, sealed: bytes | memoryview | None, *, row: UUID) -> str:
    """What is sealed in a field of a person's row, "" for nothing. The one place where values of people are opened."""
    return unseal(bytes(sealed), column=SEALED[field], row=row) if sealed else ""
