"""What may be taken out of the registers: declared columns and no others, sensitive ones marked, rows by place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from geodata import codelists
from geodata.errors import mark as _
from geodata.masking import mask_name
from geodata.models.building import BuildingUse
from geodata.models.component import ComponentState
from gridmgmt.audit.models import SubjectKind
from gridmgmt.organisation.models import Role
from gridmgmt.registers import person_fields

Value = str | int | float | None
# (value of the statement, key of the row, whether the file speaks English) → what stands in the cell
Shown = Callable[[Any, UUID, bool], Value]


def _plain(value: Any, _key: UUID, _english: bool) -> Value:  # noqa: FBT001
    return value if isinstance(value, (str, int, float)) or value is None else str(value)


def _masked(value: Any, _key: UUID, _english: bool) -> Value:  # noqa: FBT001
    return mask_name(value or "")


def _opened(field: str) -> Shown:
    def show(value: Any, key: UUID, _english: bool) -> Value:  # noqa: FBT001
        return person_fields.unsealed(field, value, row=key)

    return show


def _code(list_name: str) -> Shown:
    def show(value: Any, _key: UUID, english: bool) -> Value:  # noqa: FBT001
        text = "" if value is None else str(value)
        return codelists.names(list_name, english=english).get(text, text)

    return show


def _choice(choices: dict[str, Any]) -> Shown:
    def show(value: Any, _key: UUID, _english: bool) -> Value:  # noqa: FBT001
        return str(choices.get(value, value or ""))

    return show


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading (a sentence to translate), the SQL that gives it, how the value is shown."""

    key: str
    label: str
    sql: str
    show: Shown = _plain
    sensitive: bool = False
    chosen: bool = True


@dataclass(frozen=True, slots=True)
class Dataset:
    """Rows of one kind. ``code`` is the column with the cell code, ``point`` the geometry of map data, ``roles`` who takes it."""

    key: str
    label: str
    subject: SubjectKind
    source: str
    id: str
    code: str
    point: str
    order: str
    roles: tuple[str, ...]
    columns: tuple[Column, ...]
    condition: str = "true"
    most: int = 500_000

    def chosen(self, keys: list[str]) -> list[Column]:
        """The declared columns among the keys, in the declared order."""
        return [column for column in self.columns if column.key in keys]


_PLACE_TAKERS = (Role.STAFF, Role.LEADER, Role.SUPERVISOR, Role.IMPORTER, Role.ADMIN)
AREA = "LEFT JOIN geodata_area a ON a.code = left({code}, 12)"
_COMMUNITY = Column("community", _("Community"), "a.name")
_CELL = Column("cell", _("Cell"), "{code}")
_BUILDING = Column("building", _("Building"), "concat_ws(' ', nullif(b.estate, ''), nullif(b.name, ''))")
_ADDRESS = Column("address", _("Address"), "b.address")

PEOPLE = Dataset(
    "people", _("Population"), SubjectKind.PERSON,
    "geodata_person p LEFT JOIN geodata_building b ON b.id = p.building_id"
    " LEFT JOIN geodata_residence r ON r.person_id = p.id AND r.kind = 'actual' AND r.valid_to IS NULL"
    " LEFT JOIN geodata_dwelling d ON d.id = r.dwelling_id"
    " LEFT JOIN geodata_membership m ON m.person_id = p.id AND m.valid_to IS NULL"
    " LEFT JOIN geodata_household h ON h.id = m.household_id",
    "p.id", "p.cell_code", "b.point", "p.cell_code, b.id, d.floor, d.room, p.id", (Role.STAFF,),
    (
        _COMMUNITY, _CELL, _BUILDING, _ADDRESS,
        Column("masked_name", _("Name, masked"), "p.name", _masked),
        Column("sex", _("Sex"), "p.sex", _code("sex")),
        Column("birth_year", _("Year of birth"), "extract(year FROM p.birth_date)::int"),
        Column("relation", _("Relation to the head"), "m.relation", _code("relation")),
        Column("education", _("Education"), "p.education", _code("education"), chosen=False),
        Column("marital", _("Marital status"), "p.marital", _code("marital"), chosen=False),
        Column("employment", _("Employment"), "p.employment", _code("employment"), chosen=False),
        Column("masked_id_no", _("ID number, masked"), "p.id_no_masked", chosen=False),
        Column("masked_phone", _("Telephone, masked"), "p.phone_masked"),
        Column("name", _("Full name"), "p.name", sensitive=True, chosen=False),
        Column("id_no", _("ID number"), "p.id_no_sealed", _opened("id_no"), sensitive=True, chosen=False),
        Column("phone", _("Telephone"), "p.phone_sealed", _opened("phone"), sensitive=True, chosen=False),
        Column("birth_date", _("Birth date"), "p.birth_date", sensitive=True, chosen=False),
        Column("room", _("Room"), "d.room", sensitive=True, chosen=False),
    ),
    condition="p.life_state = 'present'", most=200_000,
)  # fmt: skip
BUILDINGS = Dataset(
    "buildings", _("Buildings"), SubjectKind.BUILDING, "geodata_building b", "b.id", "b.cell_code", "b.point",
    "b.cell_code, b.code, b.id", _PLACE_TAKERS,
    (
        _COMMUNITY, _CELL, Column("code", _("Code"), "b.code"), _BUILDING, _ADDRESS,
        Column("use", _("Use"), "b.use", _choice(dict(BuildingUse.choices))),
        Column("floors", _("Floors"), "b.floors"), Column("built", _("Year built"), "b.built_year"),
        Column("dwellings", _("Dwellings"), "(SELECT count(*) FROM geodata_dwelling d WHERE d.building_id = b.id)"),
    ),
)  # fmt: skip
DWELLINGS = Dataset(
    "dwellings", _("Dwellings"), SubjectKind.DWELLING,
    "geodata_dwelling d JOIN geodata_building b ON b.id = d.building_id"
    " LEFT JOIN geodata_entrance e ON e.id = d.entrance_id",
    "d.id", "b.cell_code", "b.point", "b.cell_code, b.id, e.number, d.floor, d.room, d.id", _PLACE_TAKERS,
    (
        _COMMUNITY, _CELL, _BUILDING, _ADDRESS, Column("entrance", _("Entrance"), "e.number"),
        Column("floor", _("Floor"), "d.floor"), Column("room", _("Room"), "d.room"),
        Column("use", _("Use"), "d.use", _choice(dict(BuildingUse.choices))),
        Column("area_m2", _("Area in m²"), "d.area_m2"),
    ),
)  # fmt: skip
ORGANISATIONS = Dataset(
    "organisations", _("Organisations"), SubjectKind.ORGANISATION,
    "geodata_organisation o LEFT JOIN geodata_building b ON b.id = o.building_id",
    "o.id", "o.cell_code", "o.geom", "o.cell_code, o.name, o.id", _PLACE_TAKERS,
    (
        _COMMUNITY, _CELL, Column("name", _("Name"), "o.name"),
        Column("credit_code", _("Social credit code"), "o.credit_code"), Column("kind", _("Kind"), "o.kind"),
        Column("address", _("Address"), "o.address"), _BUILDING,
    ),
)  # fmt: skip
COMPONENTS = Dataset(
    "components", _("Components"), SubjectKind.COMPONENT, "geodata_component c", "c.id", "c.cell_code", "c.geom",
    "c.code, c.id", _PLACE_TAKERS,
    (
        _COMMUNITY, _CELL, Column("code", _("Code"), "c.code"), Column("name", _("Name"), "c.name"),
        Column("class_code", _("Class"), "c.class_code"), Column("owner", _("Owner"), "c.owner_key"),
        Column("state", _("State"), "c.state", _choice(dict(ComponentState.choices))),
    ),
)  # fmt: skip
DATASETS = {one.key: one for one in (PEOPLE, BUILDINGS, DWELLINGS, ORGANISATIONS, COMPONENTS)}
