"""Seals the ID numbers and telephones of sample people on their way from one COPY to the next."""

from __future__ import annotations

from uuid import UUID

from geodata.masking import mask_id, mask_phone
from geodata.personal import seal, search_key
from geodata.sample.identity import id_number

ID_COLUMN, PHONE_COLUMN = "person.id_no", "person.phone"
_NONE = "\\N"


def _sealed(value: str, column: str, row: UUID) -> str:
    """Sealed value and search key as COPY text."""
    return f"\\\\x{seal(value, column=column, row=row).hex()}\t\\\\x{search_key(value, column=column).hex()}"


def seal_line(line: str) -> str:
    """A line of people_sql.PEOPLE_OUT → a COPY line in the order of people_sql.PERSON_COLUMNS."""
    *plain, area, birth, order, phone = line.split("\t")
    row = UUID(plain[0])
    number = id_number(area, birth, int(order))
    sealed_id = f"{_sealed(number, ID_COLUMN, row)}\t{mask_id(number)}"
    sealed_phone = f"{_NONE}\t{_NONE}\t"
    if phone:
        sealed_phone = f"{_sealed(phone, PHONE_COLUMN, row)}\t{mask_phone(phone)}"
    return "\t".join((*plain, "111", "present", sealed_id, sealed_phone, "2026-01-01 00:00:00+08"))


def seal_lines(lines: list[str]) -> str:
    """Many lines at once; runs in a helper process."""
    return "\n".join(map(seal_line, lines)) + "\n"
