"""Profiles: how one source's columns become fields. Data files in profiles/*.json, or a file of the operator."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from geodata.crs import Datum
from importers.errors import refusal
from importers.kinds import kind_named
from importers.reading.rules import RULES

FOLDER: Final = Path(__file__).resolve().parent / "profiles"
_COUNTY: Final = re.compile(r"\d{6}", re.ASCII)
Column = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Text = Annotated[str, StringConstraints(max_length=200)]


def _known_rule(name: str) -> str:
    if name and name not in RULES:
        raise ValueError(f"no such rule; there are {', '.join(RULES)}")
    return name


class FieldSpec(BaseModel):
    """How one field is made (see reading.mapping.FieldMap)."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    source: Column | list[Column] = Field(default_factory=list, alias="from")
    join: Annotated[str, StringConstraints(max_length=8)] | None = None
    values: dict[Text, Text] = Field(default_factory=dict)
    rule: Annotated[str, AfterValidator(_known_rule)] = ""
    default: Text = ""
    strict: bool = False


class Profile(BaseModel):
    """Everything an import needs to know about a file beside its content."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    name: Annotated[str, StringConstraints(max_length=60)] = ""
    title: Text = ""
    title_en: Text = ""
    source: Annotated[str, StringConstraints(max_length=40)] = "file"
    datum: Annotated[str, StringConstraints(max_length=16)] = ""
    trust_declaration: bool = False
    encoding: Annotated[str, StringConstraints(max_length=20)] = ""
    layer: Annotated[str, StringConstraints(max_length=120)] = ""
    heading_row: Annotated[int, Field(ge=0, le=1000)] = 0
    position: dict[Literal["x", "y", "wkt"], Column] = Field(default_factory=dict)
    recognise: bool = True
    fields: dict[str, Column | FieldSpec] = Field(default_factory=dict)
    constants: dict[str, Text] = Field(default_factory=dict)
    only: dict[Column, Literal["*"] | list[Text] | dict[Literal["not"], list[Text]]] = Field(
        default_factory=dict
    )
    county_column: Annotated[str, StringConstraints(max_length=120)] = ""
    keep_extra: bool = True
    drop: list[Column] = Field(default_factory=list)
    point_from_shape: bool = False
    outside: Literal["keep", "reject"] = "keep"
    county: str = ""
    county_name: Annotated[str, StringConstraints(max_length=80)] = ""
    make_county: bool = False
    as_of: date | None = None
    coded: list[str] = Field(default_factory=list)
    date_style: Literal["", "dmy", "mdy"] = ""
    match: list[str] | None = None
    area_code: Annotated[str, StringConstraints(pattern=r"^(0\d{2,3})?$")] = ""
    edition_title: Annotated[str, StringConstraints(max_length=120)] = ""

    def as_json(self) -> dict[str, Any]:
        """Plain data for the batch row and the reading process."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True) | {"kind": self.kind}


def built_in() -> list[Profile]:
    """The profiles that ship with the platform, by name."""
    return [_read(path) for path in sorted(FOLDER.glob("*.json"))]


def load(name: str, kind: str, *, own_file: bool = False, **overrides: Any) -> Profile:
    """A profile by name, "" for an empty one; then what the operator says on top. ``own_file``: the name may be a path
    (command line only: a page must not name files of the server).

    Errors: profile_unknown, profile_invalid, profile_other_kind, field_unknown, county_invalid."""
    base: dict[str, Any] = _read(_find(name, own_file=own_file)).as_json() if name else {"kind": kind}
    return overlaid(base, kind, **overrides)


def overlaid(base: dict[str, Any], kind: str, **overrides: Any) -> Profile:
    """A profile as plain data with what the operator says on top. Errors: as `load`."""
    base = dict(base)
    if base["kind"] != kind:
        raise refusal("profile_other_kind", profile_kind=base["kind"], kind=kind)
    for key, value in overrides.items():
        if isinstance(value, dict):
            base[key] = {**base.get(key, {}), **value}
        elif value not in (None, ""):  # a tuple: a list has no hash
            base[key] = value
    return checked(base)


def checked(data: dict[str, Any]) -> Profile:
    """A profile from plain data. Errors: profile_invalid, kind_unknown, field_unknown, match_rule_unknown,
    datum_*, county_invalid."""
    try:
        profile = Profile.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise refusal("profile_invalid", why=f"{place}: {first['msg']}") from None
    kind = kind_named(profile.kind)
    for name in (*profile.fields, *profile.constants, *profile.coded):
        if kind.field(name) is None:
            known = ", ".join(field.name for field in kind.fields)
            raise refusal("field_unknown", kind=kind.name, field=name[:40], fields=known)
    for rule in profile.match or ():
        if rule not in kind.match_rules:
            known = ", ".join(kind.match_rules) or "–"
            raise refusal("match_rule_unknown", kind=kind.name, rule=rule[:40], rules=known)
    if profile.datum:
        Datum.parse(profile.datum)
    if profile.county and not _COUNTY.fullmatch(profile.county):
        raise refusal("county_invalid")
    return profile


def _find(name: str, *, own_file: bool) -> Path:
    path = FOLDER / f"{name}.json"
    if re.fullmatch(r"[a-z0-9-]+", name) and path.is_file():
        return path
    if own_file and name.endswith(".json") and Path(name).is_file():
        return Path(name)
    raise refusal("profile_unknown", name=name[-60:])


def _read(path: Path) -> Profile:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError):
        raise refusal("profile_invalid", why=path.name) from None
    if not isinstance(data, dict):
        raise refusal("profile_invalid", why=path.name)
    return checked({"name": path.stem, **data})
