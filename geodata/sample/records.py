"""A street's plan as rows ready for COPY: one list of tuples per table, geometries as EWKB hex in EPSG:4326."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geodata.crs import SRID_WGS84
from geodata.sample import footprints as kinds
from geodata.sample import identity, warp
from geodata.sample.addresses import address_buildings
from geodata.sample.firms import front_points, list_firms
from geodata.sample.naming import community_name, street_name
from geodata.sample.plan import StreetPlan, living_floors, plan_street
from geodata.sample.randomness import generator
from geodata.sample.scales import Scale

Row = tuple[Any, ...]
SOURCE = "sample"
_USE = {
    kinds.SLAB: "residential", kinds.TOWER: "residential", kinds.HOUSE: "residential",
    kinds.VILLAGE_HOUSE: "residential", kinds.SHOPS: "mixed", kinds.OFFICE: "office", kinds.MALL: "commercial",
    kinds.SCHOOL: "school", kinds.KINDERGARTEN: "school", kinds.HOSPITAL: "hospital", kinds.MARKET: "commercial",
    kinds.PAVILION: "public",
}  # fmt: skip
_BUILT = {
    kinds.SLAB: (1986, 2006),
    kinds.TOWER: (2005, 2022),
    kinds.HOUSE: (1948, 1985),
    kinds.VILLAGE_HOUSE: (1992, 2010),
}
_SOURCED = "source external_id source_datum extra"
COLUMNS = {
    "geodata_area": "code level name name_en parent_id number_prefix geom source extra",
    "geodata_edition": "id scope_code number title state checks valid_from",
    "geodata_cell": "id edition_id code county community_code name geom active",
    "geodata_building": "id county cell_code code name estate address use floors floors_below height_m built_year geom "
    + _SOURCED,
    "sample_building": "n id county cell_code kind floors entrances per_floor first_floor",
    "geodata_entrance": "id building_id county number point",
    "geodata_organisation": "id county cell_code credit_code name kind building_id floor address geom "
    + _SOURCED,
    "geodata_component": "id county cell_code code class_code name owner_key state geom " + _SOURCED,
    "geodata_contextfeature": "id county kind subclass rank name geom " + _SOURCED,
}
_TAIL = (SOURCE, "", "wgs84", "{}")


@dataclass
class StreetRecords:
    """Rows by table, in the order they must be written, and the street's outline for the county."""

    index: int
    rows: dict[str, list[Row]] = field(default_factory=lambda: {table: [] for table in COLUMNS})
    outline_hex: str = ""


def lonlat_hex(geometries: Sequence[Any] | npt.NDArray[Any], *, multi: bool = False) -> list[str]:
    """Ground geometries as EWKB hex in EPSG:4326; polygons become multipolygons when asked."""
    moved = warp.to_lonlat(np.asarray(geometries, dtype=object))
    if multi:
        moved = np.array(
            [shapely.MultiPolygon([g]) if g.geom_type == "Polygon" else g for g in moved], dtype=object
        )
    written = shapely.to_wkb(shapely.set_srid(moved, SRID_WGS84), hex=True, include_srid=True)
    return [str(text) for text in written]


def street_records(scale: Scale, seed: int, index: int) -> StreetRecords:
    """Plan street `index` and write it down; pure, so it may run in another process."""
    plan = plan_street(scale, seed, index)
    records = StreetRecords(index)
    _areas(plan, records)
    _cells(plan, records)
    _buildings(plan, records)
    _organisations(plan, records)
    _components(plan, records)
    _context(plan, records)
    return records


def _areas(plan: StreetPlan, records: StreetRecords) -> None:
    place = plan.place
    shapes = lonlat_hex([plan.net.outline, *plan.net.communities], multi=True)
    records.outline_hex = shapes[0]
    street = (
        place.street_code,
        9,
        street_name(place.index),
        "",
        place.county_code,
        "",
        shapes[0],
        SOURCE,
        "{}",
    )
    communities = [
        (
            f"{place.street_code}{k + 1:03d}",
            12,
            community_name(place.index, k),
            "",
            place.street_code,
            "",
            shape,
            SOURCE,
            "{}",
        )
        for k, shape in enumerate(shapes[1:])
    ]
    records.rows["geodata_area"] = [street, *communities]


def _cells(plan: StreetPlan, records: StreetRecords) -> None:
    place = plan.place
    edition = identity.row_text(identity.EDITION, place.index)
    title = f"{street_name(place.index)}网格第一版"
    records.rows["geodata_edition"] = [
        (edition, place.street_code, 1, title, "active", "[]", "2026-01-01 00:00+08")
    ]
    for k, shape in enumerate(lonlat_hex(plan.net.cells, multi=True)):
        code = plan.cell_code(k)
        name = f"{community_name(place.index, int(plan.net.cell_community[k]))}第{int(code[12:])}网格"
        row = (_row(plan, identity.CELL, k), edition, code, place.county_code, code[:12], name, shape, True)
        records.rows["geodata_cell"].append(row)


def _row(plan: StreetPlan, kind: int, number: int) -> str:
    return identity.row_text(kind, (plan.place.index << identity.TILE_BITS) + number)


def _buildings(plan: StreetPlan, records: StreetRecords) -> None:
    county, serials = plan.place.county_code, defaultdict[str, int](int)
    rng = generator(plan.seed, "building years", plan.place.tx, plan.place.ty)
    shapes = lonlat_hex([b.outline for b in plan.buildings], multi=True)
    doors: list[shapely.Point] = []
    for k, (b, addressed, shape) in enumerate(
        zip(plan.buildings, address_buildings(plan), shapes, strict=True)
    ):
        uid, cell = _row(plan, identity.BUILDING, k), plan.cell_code(b.cell)
        serials[cell[:12]] += 1
        year = int(rng.integers(*_BUILT.get(b.kind, (1990, 2020))))
        below = 2 if b.kind in (kinds.TOWER, kinds.MALL) else 0
        names = (addressed.name, addressed.estate, addressed.address, _USE[b.kind])
        code = f"{cell[:12]}{serials[cell[:12]]:05d}"
        size = (b.floors, below, round(b.floors * 3.0 + 0.6, 1), year)
        records.rows["geodata_building"].append((uid, county, cell, code, *names, *size, shape, *_TAIL))
        n = (plan.place.index << identity.TILE_BITS) + k
        first_floor = 1 + b.floors - living_floors(b)
        records.rows["sample_building"].append(
            (n, uid, county, cell, b.kind, b.floors, b.entrances, b.per_floor, first_floor)
        )
        doors += front_points(b.outline, b.entrances)
    _entrances(plan, records, doors)


def _entrances(plan: StreetPlan, records: StreetRecords, doors: list[shapely.Point]) -> None:
    points = iter(lonlat_hex(doors))
    for k, b in enumerate(plan.buildings):
        building = _row(plan, identity.BUILDING, k)
        for e in range(b.entrances):
            uid = _row(plan, identity.ENTRANCE, k * 8 + e)
            records.rows["geodata_entrance"].append(
                (uid, building, plan.place.county_code, str(e + 1), next(points))
            )


def _organisations(plan: StreetPlan, records: StreetRecords) -> None:
    firms = list_firms(plan)
    buildings = records.rows["geodata_building"]
    for k, (firm, point) in enumerate(zip(firms, lonlat_hex([f.point for f in firms]), strict=True)):
        uid, county, cell, address = (buildings[firm.building][i] for i in (0, 1, 2, 6))
        named = (firm.credit_code, firm.name, firm.kind, uid, firm.floor, address, point)
        records.rows["geodata_organisation"].append(
            (_row(plan, identity.ORGANISATION, k), county, cell, *named, *_TAIL)
        )


def _components(plan: StreetPlan, records: StreetRecords) -> None:
    county, found = plan.place.county_code, plan.components
    rng = generator(plan.seed, "component state", plan.place.tx, plan.place.ty)
    state = rng.choice(["sound", "damaged", "missing"], size=len(found.name), p=[0.975, 0.02, 0.005])
    serials: defaultdict[str, int] = defaultdict(lambda: plan.place.inside * 50_000)
    points = lonlat_hex([shapely.Point(xy) for xy in found.points])
    for k, (klass, name, owner) in enumerate(zip(found.class_code, found.name, found.owner, strict=True)):
        serials[klass] += 1
        cell, code = plan.cell_code(int(found.cell[k])), f"{county}{klass}{serials[klass]:06d}"
        row = (
            _row(plan, identity.COMPONENT, k),
            county,
            cell,
            code,
            klass,
            name,
            owner,
            str(state[k]),
            points[k],
            *_TAIL,
        )
        records.rows["geodata_component"].append(row)


def _context(plan: StreetPlan, records: StreetRecords) -> None:
    shapes = lonlat_hex([f.geom for f in plan.features])
    for k, (f, shape) in enumerate(zip(plan.features, shapes, strict=True)):
        row = (
            _row(plan, identity.CONTEXT, k),
            plan.place.county_code,
            f.kind,
            f.subclass,
            f.rank,
            f.name,
            shape,
            *_TAIL,
        )
        records.rows["geodata_contextfeature"].append(row)
