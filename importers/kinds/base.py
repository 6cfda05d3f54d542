"""What a kind of import is: its table, its fields, its geometry. Plain data, known to the reading process as well."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Type(StrEnum):
    """How a field's text becomes a value; the value is the column type in SQL."""

    TEXT = "text"
    CODE = "code"
    INTEGER = "integer"
    NUMBER = "double precision"
    DATE = "date"


BY_ID: Final = "id_no"
BY_BIRTH: Final = "name_birth"
BY_PHONE: Final = "name_phone"

SHOWN: Final = "shown"
NAME_MASKED: Final = "name"
NO_ROOM: Final = "no_room"
HIDDEN: Final = "hidden"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind. ``headings`` recognise it in a file; ``default`` is what an insert writes for nothing."""

    name: str
    type: Type = Type.TEXT
    required: bool = False
    max_length: int = 80
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    default: str | None = ""
    headings: tuple[str, ...] = ()
    check: str = ""
    """Name of a validator in reading.validators, run beside the file."""
    stored: bool = True
    """False for fields that only steer the import."""
    reader: str = ""
    """Name of a reader in reading.values, which makes one canonical text of the many that people write."""
    sealed: str = ""
    """Column under which the value is sealed before it reaches the database ("person.id_no"); staged masked."""
    key_only: bool = False
    """Sealed: only the search key is wanted, the value itself is not kept."""
    shown: str = SHOWN
    """What a finding shows of the value: all of it, a masked name, an address without its room, or nothing."""

    @property
    def sql_type(self) -> str:
        """The PostgreSQL type of its value."""
        return "text" if self.type in {Type.TEXT, Type.CODE} else self.type.value


@dataclass(frozen=True, slots=True)
class Kind:
    """One importer. ``key``: field that finds a row again beside the source's own id; ``sourced``: it keeps that id."""

    name: str
    title: str
    table: str
    fields: tuple[Field, ...]
    geometry: str
    geometry_required: bool = True
    point_in_tables: bool = False
    """Tables may give a point for the surface; a small square stands there until somebody has the footprint."""
    primary: str = "id"
    key: str = ""
    key_per_county: bool = False
    sourced: bool = True
    stamp: str = "cell"
    """What place a row is stamped with: its cell, only its county, or "" for rows that are places themselves."""
    hash_fields: tuple[str, ...] = ()
    """Fields that, with the shape, stand for an id where the source gives none."""
    row_check: str = ""
    """Name of a check in reading.row_checks that looks at a row as a whole."""
    tells: str = ""
    """Field that tells rows of one thing apart from others where there is no ``key`` (the kind matches by rules of its own)."""
    match_rules: tuple[str, ...] = ()
    """Rules by which somebody is found again, strongest first; the first always applies, a profile may leave out others."""
    subject: str = "building"
    """Whose records its rows are, as an access record says it; what is drawn on the map counts as buildings."""
    subject_id: str = "id"
    """Column of the table with the subject's id."""
    logged: bool = False
    """Whoever is shown rows of the register that a file contradicts is written down."""
    personal: bool = False
    """Rows about people: names, ID numbers and telephones may be mapped, columns that nobody mapped are not kept."""

    @property
    def sealed_fields(self) -> tuple[Field, ...]:
        """Fields that reach the database sealed."""
        return tuple(found for found in self.fields if found.sealed)

    def rules_of(self, said: list[str] | None) -> frozenset[str]:
        """The match rules that apply where a profile says these; all of the kind's where it says nothing."""
        return frozenset(self.match_rules if said is None else (*self.match_rules[:1], *said))

    @property
    def told_by(self) -> str:
        """The field by which a row of the file and one of the register are the same thing; "" where several say it."""
        return self.key or self.tells

    def field(self, name: str) -> Field | None:
        """The field of this name."""
        return next((found for found in self.fields if found.name == name), None)

    @property
    def stored_fields(self) -> tuple[Field, ...]:
        """Fields with a column of the table."""
        return tuple(found for found in self.fields if found.stored)


EXTERNAL_ID: Final = Field(
    "external_id",
    max_length=80,
    headings=("external_id", "@id", "osm_id", "唯一标识", "外部编号"),
    stored=False,
)
ACCURACY: Final = Field(
    "accuracy_m", Type.NUMBER, low=0, high=100_000, default=None, headings=("accuracy_m", "精度")
)
NAME: Final = Field("name", headings=("name", "名称"))
ADDRESS: Final = Field("address", max_length=160, headings=("address", "addr", "地址", "详细地址"))

KINDS: Final[dict[str, Kind]] = {}


def register(kind: Kind) -> Kind:
    """Makes a kind known by its name."""
    KINDS[kind.name] = kind
    return kind


__all__ = [
    "ACCURACY",
    "ADDRESS",
    "BY_BIRTH",
    "BY_ID",
    "BY_PHONE",
    "EXTERNAL_ID",
    "HIDDEN",
    "KINDS",
    "NAME",
    "NAME_MASKED",
    "NO_ROOM",
    "SHOWN",
    "Field",
    "Kind",
    "Type",
    "register",
]
