"""Shapes of what a phone takes along (docs/phone.md); what is named ``persons`` is masked as pages mask it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

Masked = Annotated[str, Field(description="Masked as pages show it")]
Version = Annotated[int, Field(description="Newest entry of the record's history")]


class SyncAnswer(BaseModel):
    """Packs by name with their tags."""

    tag: Annotated[str, Field(description="Of the whole; send it as ``since``")]
    now: datetime
    packs: Annotated[
        dict[str, str] | None, Field(description="Null when ``since`` is the present tag; else what is not here is dropped")
    ]  # fmt: skip


class WordAnswer(BaseModel):
    """A code in both languages."""

    code: str
    name: str
    name_en: str


class FieldAnswer(BaseModel):
    """A field that an amendment may name."""

    key: str
    name: str
    name_en: str
    kind: Literal["codes", "date", "tel", "id", "number", "name", "text"]
    hand: Annotated[bool, Field(description="No machine writes it; a keeper does it by hand")]
    codes: list[WordAnswer]


class FieldsAnswer(BaseModel):
    """What may be corrected, and words of codes by list."""

    fields: list[FieldAnswer]
    words: dict[str, list[WordAnswer]]


class EntranceAnswer(BaseModel):
    """A stair."""

    id: UUID
    number: str


class BuildingAnswer(BaseModel):
    """A building; ``point`` is lon, lat, ``outline`` GeoJSON, a little simplified."""

    id: UUID
    code: str
    name: str
    estate: str
    address: str
    use: str
    floors: int | None
    floors_below: int
    point: list[float]
    outline: dict[str, Any]
    entrances: list[EntranceAnswer]


class DoorAnswer(BaseModel):
    """A door with figures, which are no names."""

    id: UUID
    building: UUID
    entrance: str
    floor: int
    room: str
    use: str
    area_m2: str
    version: Version
    living: int
    registered: Annotated[int, Field(description="Registered here and living elsewhere")]
    households: int


class HouseholdAnswer(BaseModel):
    """A household with members now."""

    id: UUID
    number: str
    collective: bool
    building: UUID
    door: UUID | None
    version: Version


class MemberAnswer(BaseModel):
    """Who belongs to a household (relation: GB/T 4761)."""

    household: UUID
    person: UUID
    relation: str


class StayAnswer(BaseModel):
    """Who lives behind a door, or is only registered there; without a door: somewhere in the building."""

    building: UUID
    door: UUID | None
    person: UUID
    kind: Literal["actual", "registered"]


class PersonAnswer(BaseModel):
    """A person; of a member who lives outside one's area the first fields alone."""

    id: UUID
    name: Masked
    sex: int
    born: Annotated[int | None, Field(description="Year")]
    mine: Annotated[bool, Field(description="Amendments of this person are taken from me")]
    id_no: Masked = ""
    phone: Masked = ""
    education: str = ""
    marital: str = ""
    employment: str = ""
    alone: bool = False
    life: str = ""
    version: Version = 0


class HomesAnswer(BaseModel):
    """The homes of a cell; without ``people`` the last four lists are empty."""

    cell: str
    people: bool
    buildings: list[BuildingAnswer]
    doors: list[DoorAnswer]
    households: list[HouseholdAnswer]
    members: list[MemberAnswer]
    stays: list[StayAnswer]
    persons: list[PersonAnswer]
