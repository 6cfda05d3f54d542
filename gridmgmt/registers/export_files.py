"""Files of exports: workbook, table, map data. Each carries in itself who took it, when, what for, and its number.

The number also stands at the end of every row, so that a part that was cut out still tells where it came from.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext
from xlsxwriter import Workbook

from geodata.crs import SRID_WGS84
from geodata.spreadsheets import safe
from gridmgmt.registers.datasets import Value

Row = tuple[Sequence[Value], str | None]  # cells, point as WKT
_PIECE = 5_000
_WIDTH = 16


def mark_lines(mark: dict[str, str]) -> list[str]:
    """The watermark in words: {"heading": "text"} as lines."""
    return [f"{name}：{text}" for name, text in mark.items()]


def write_xlsx(
    path: Path, headings: Sequence[str], rows: Iterable[Row], *, number: str, mark: dict[str, str]
) -> None:
    """A workbook in constant memory. Texts are texts, never formulas or links; the mark is printed on every page."""
    book = Workbook(
        str(path),
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "tmpdir": str(path.parent),
        },
    )
    book.set_properties({"title": number, "comments": "\n".join(mark_lines(mark))})
    sheet = book.add_worksheet(gettext("Data"))
    sheet.set_header(f"&C&8{_printable(mark)}")
    sheet.set_footer("&C&8&P / &N")
    note = book.add_format({"italic": True, "font_color": "#7A4300"})
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "bottom": 1})
    top = 0
    for top, line in enumerate(mark_lines(mark), 1):
        sheet.write_string(top - 1, 0, safe(line), note)
    sheet.set_column(0, len(headings), _WIDTH)
    sheet.repeat_rows(top)
    sheet.freeze_panes(top + 1, 0)
    for column, heading in enumerate((*headings, gettext("Export"))):
        sheet.write_string(top, column, safe(heading), head)
    for at, (cells, _point) in enumerate(rows, top + 1):
        for column, value in enumerate((*cells, number)):
            if isinstance(value, str):
                sheet.write_string(at, column, safe(value))
            elif value is not None:
                sheet.write_number(at, column, value)
    book.close()


def write_csv(
    path: Path, headings: Sequence[str], rows: Iterable[Row], *, number: str, mark: dict[str, str]
) -> None:
    """UTF-8 with a byte order mark; the watermark stands under the rows."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*map(safe, headings), gettext("Export")])
        for cells, _point in rows:
            writer.writerow([*(_text(value) for value in cells), number])
        writer.writerows([safe(line)] for line in mark_lines(mark))


def write_gpkg(
    path: Path, headings: Sequence[str], rows: Iterable[Row], *, number: str, mark: dict[str, str]
) -> None:
    """Points in EPSG:4326 with the columns as attributes, and a table with the watermark."""
    import geopandas  # noqa: PLC0415 - heavy, and only for this format
    import pandas as pd  # noqa: PLC0415
    import pyogrio  # noqa: PLC0415

    names = [*headings, gettext("Export")]
    told = False
    for piece in _pieces(rows):
        frame = pd.DataFrame([[*cells, number] for cells, _point in piece], columns=names)
        points = geopandas.GeoSeries.from_wkt([point for _cells, point in piece], crs=SRID_WGS84)
        pyogrio.write_dataframe(
            geopandas.GeoDataFrame(frame, geometry=points), str(path), layer="data", driver="GPKG",
            geometry_type="Point", append=told,
        )  # fmt: skip
        told = True
    note = pd.DataFrame({"name": list(mark), "text": list(mark.values())})
    pyogrio.write_dataframe(note, str(path), layer="export_note", driver="GPKG", append=told)


def _pieces(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows by thousands; one empty piece when there is none, so that the layer exists."""
    left = iter(rows)
    piece = list(islice(left, _PIECE))
    yield piece
    while piece := list(islice(left, _PIECE)):
        yield piece


def _text(value: Value) -> str:
    return safe(value) if isinstance(value, str) else "" if value is None else str(value)


def _printable(mark: dict[str, str]) -> str:
    """The mark for a page header: at most 200 signs, "&" doubled."""
    return " · ".join(mark.values()).replace("&", "&&")[:200]


WRITERS: dict[str, Any] = {"xlsx": write_xlsx, "csv": write_csv, "gpkg": write_gpkg}
