"""A small street with two estates and a road, people with made-up numbers, and tables written in several layouts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter
from django.contrib.gis.geos import MultiPolygon, Polygon

from geodata.models import Area, Building, Cell, Edition
from geodata.sample.identity import id_number
from tests.importers.conftest import AT

COUNTY, STREET = "009901", "009901001"
COMMUNITY = "009901001001"
OTHER_STREET = "009901002"


def box(lon: float, lat: float, size: float) -> MultiPolygon:
    corners = ((lon, lat), (lon + size, lat), (lon + size, lat + size), (lon, lat + size), (lon, lat))
    return MultiPolygon(Polygon(corners), srid=4326)


def make_street() -> dict[str, Building]:
    """Areas, one cell, buildings by their short name: 嘉1 … 嘉3, 福1, 路9, and one of the neighbour street."""
    Area.objects.create(code=COUNTY, level=6, name="示例区", geom=box(113, 23, 0.2))
    Area.objects.create(code=STREET, level=9, name="砚屿街道", geom=box(113, 23, 0.05))
    Area.objects.create(code=OTHER_STREET, level=9, name="邻街道", geom=box(113.06, 23, 0.05))
    Area.objects.create(code=COMMUNITY, level=12, name="兰湖里社区", geom=box(113, 23, 0.05))
    edition = Edition.objects.create(scope_code=STREET, number=1, state="active", valid_from=AT)
    Cell.objects.create(
        edition=edition, code=f"{COMMUNITY}001", county=COUNTY, community_code=COMMUNITY, name="一格",
        geom=box(113, 23, 0.05), active=True,
    )  # fmt: skip
    made: dict[str, Building] = {}

    def add(short: str, cell: str, **said: str) -> None:
        made[short] = Building.objects.create(
            county=COUNTY,
            cell_code=cell,
            geom=box(113 + 0.001 * len(made), 23, 0.0005),
            use="residential",
            **said,
        )

    for number in (1, 2, 3):
        add(
            f"嘉{number}",
            f"{COMMUNITY}001",
            estate="嘉和苑",
            name=f"嘉和苑{number}栋",
            address=f"砚屿路27号嘉和苑{number}栋",
        )
    add("福1", f"{COMMUNITY}001", estate="福安里", name="福安里1栋", address="砚屿路31号福安里1栋")
    add("路9", f"{COMMUNITY}001", address="砚屿路9号")
    add("邻", f"{OTHER_STREET}001001", estate="邻苑", name="邻苑1栋", address="邻路1号邻苑1栋")
    return made


def number(born: str, order: int) -> str:
    """A number that nobody real can have; odd orders are male."""
    return id_number("009901", born.replace("-", ""), order)


def phone(serial: int) -> str:
    """A telephone that nobody real can have."""
    return f"100{serial:08d}"


def write_csv(
    path: Path, headings: Sequence[str], rows: Iterable[Sequence[str]], encoding: str = "utf-8"
) -> Path:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_xlsx(
    path: Path, headings: Sequence[str], rows: Iterable[Sequence[str]], above: Sequence[str] = ()
) -> Path:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("人员")
    first = 0
    for title in above:
        sheet.write_string(first, 0, title)
        first += 1
    for index, row in enumerate([headings, *rows]):
        for column, value in enumerate(row):
            if isinstance(value, int | float):
                sheet.write_number(first + index, column, value)
            elif value:
                sheet.write_string(first + index, column, value)
    book.close()
    return path
