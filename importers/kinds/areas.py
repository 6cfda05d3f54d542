"""Areas: counties, streets and communities, with or without a boundary."""

from __future__ import annotations

from typing import Final

from importers.kinds.base import Field, Kind, Type, register
from importers.reading.shapes import POLYGON

AREAS: Final = register(
    Kind(
        name="areas",
        title="areas",
        table="geodata_area",
        fields=(
            Field(
                "code",
                Type.CODE,
                required=True,
                max_length=12,
                pattern=r"^(\d{6}|\d{9}|\d{12})$",
                headings=("code", "区划代码", "行政区划代码", "统计用区划代码", "代码", "编码"),
                check="area_code",
            ),
            Field("name", required=True, headings=("name", "名称", "区划名称")),
            Field("name_en", max_length=120, headings=("name_en", "name:en", "英文名")),
            Field("number_prefix", max_length=8, headings=("number_prefix",)),
            Field(
                "valid_from",
                Type.DATE,
                default=None,
                reader="day_ahead",
                headings=("valid_from", "设立日期", "启用日期", "生效日期"),
            ),
            Field(
                "valid_to",
                Type.DATE,
                default=None,
                reader="day_ahead",
                headings=("valid_to", "撤销日期", "废止日期", "失效日期"),
            ),
            Field(
                "successor_code",
                Type.CODE,
                max_length=12,
                default=None,
                pattern=r"^(\d{6}|\d{9}|\d{12})$",
                headings=("successor_code", "承继代码", "变更后代码", "新代码", "新区划代码"),
            ),
        ),
        geometry=POLYGON,
        geometry_required=False,
        primary="code",
        key="code",
        sourced=False,
        stamp="",
    )
)
