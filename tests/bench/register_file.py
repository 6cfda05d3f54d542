"""A register as an office might send it, for the bench of imports: families at the doors of the sample, nobody real."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xlsxwriter

HEADINGS = (
    "姓名",
    "身份证号",
    "性别",
    "出生日期",
    "联系电话",
    "户号",
    "与户主关系",
    "文化程度",
    "婚姻状况",
    "住址",
)
SURNAMES, GIVEN = "测样例虚拟试", "安平宁和顺康乐清明远"
EVERY = 50  # one of so many changes in a month's refresh
Person = tuple[str, ...]


def register(people: int) -> Iterator[Person]:
    """Families of three at the doors of the residential buildings, building by building; nobody real has these numbers."""
    from geodata.models import Building
    from geodata.sample.identity import id_number

    homes = list(
        Building.objects.filter(use="residential")
        .exclude(address="")
        .order_by("cell_code", "id")
        .values_list("address", "floors")
    )
    addresses = {}
    for address, floors in homes:
        addresses.setdefault(address, floors)
    families = -(-people // 3)
    each = -(-families // len(addresses))
    serial = 0
    for address, floors in addresses.items():
        for door in range(each):
            if serial * 3 >= people:
                return
            floor = 1 + door % max(1, floors or 1)
            home = f"{address}{floor}{1 + door // max(1, floors or 1):02d}室"
            year = 1940 + serial % 50
            for member, (relation, born, order) in enumerate(
                (
                    ("户主", f"{year}-03-05", 1),
                    ("配偶", f"{year + 1}-07-15", 2),
                    ("儿子", f"{year + 27}-11-2{serial % 9}", 3),
                )
            ):
                digits = born.replace("-", "")
                area, slot = f"0099{1 + serial // 20_000:02d}", serial // 50 % 400 * 2
                yield (
                    SURNAMES[serial % 6] + GIVEN[serial // 6 % 10] + GIVEN[(serial + member) % 10],
                    id_number(area, digits, order + slot),
                    "女" if member == 1 else "男",
                    born,
                    f"100{serial * 3 + member:08d}",
                    f"H{serial:07d}",
                    relation,
                    "高中",
                    "未婚" if member == 2 else "已婚",
                    home,
                )
            serial += 1


def refreshed(rows: list[Person]) -> Iterator[Person]:
    """The register a month later: every fiftieth person has another telephone or degree."""
    for at, row in enumerate(rows):
        if at % EVERY:
            yield row
        elif at % (2 * EVERY):
            yield (*row[:4], f"101{at:08d}", *row[5:])
        else:
            yield (*row[:7], "大学本科", *row[8:])


def write_csv(path: Path, rows: Any) -> None:
    """A register as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(rows)


def write_workbook(path: Path, rows: list[Person]) -> None:
    """The same as a workbook."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("人员")
        for at, row in enumerate((HEADINGS, *rows)):
            sheet.write_row(at, 0, row)
