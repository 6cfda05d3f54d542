"""Cells: a file becomes a draft edition, complete for every community it names."""

from __future__ import annotations

from typing import Final

from importers.kinds.base import Field, Kind, Type, register
from importers.reading.shapes import POLYGON

CELLS: Final = register(
    Kind(
        name="cells",
        title="cells",
        table="geodata_cell",
        fields=(
            Field(
                "code",
                Type.CODE,
                required=True,
                max_length=16,
                pattern=r"^\d{14,16}$",
                headings=("code", "网格编码", "网格代码", "单元网格编码", "编码", "代码"),
                check="cell_code",
            ),
            Field("name", headings=("name", "网格名称", "名称")),
            Field(
                "households",
                Type.INTEGER,
                low=0,
                high=1_000_000,
                default=None,
                headings=("households", "户数"),
            ),
        ),
        geometry=POLYGON,
        key="code",
        sourced=False,
        stamp="",
    )
)
