"""Buildings: footprints with floors."""

from __future__ import annotations

from typing import Final

from importers.kinds.base import ACCURACY, ADDRESS, EXTERNAL_ID, Field, Kind, Type, register
from importers.reading.shapes import POLYGON

USES: Final = (
    "residential",
    "mixed",
    "commercial",
    "office",
    "public",
    "school",
    "hospital",
    "industrial",
    "other",
)

BUILDINGS: Final = register(
    Kind(
        name="buildings",
        title="buildings",
        table="geodata_building",
        fields=(
            EXTERNAL_ID,
            Field(
                "code",
                Type.CODE,
                max_length=17,
                pattern=r"^\d{17}$",
                headings=("code", "楼栋编码", "楼栋代码", "建筑编码"),
                check="building_code",
            ),
            Field("name", headings=("name", "名称", "楼栋名称", "建筑名称", "小区/建筑名称")),
            Field("estate", headings=("estate", "小区", "小区名称", "所属小区")),
            ADDRESS,
            Field("use", max_length=12, choices=USES, default="other", headings=("use", "用途")),
            Field(
                "floors",
                Type.INTEGER,
                low=1,
                high=200,
                default=None,
                headings=("floors", "层数", "楼层数", "地上层数", "building:levels"),
            ),
            Field(
                "floors_below",
                Type.INTEGER,
                low=0,
                high=20,
                default="0",
                headings=("floors_below", "地下层数"),
            ),
            Field(
                "height_m",
                Type.NUMBER,
                low=0.1,
                high=999,
                default=None,
                headings=("height_m", "高度", "建筑高度", "height"),
            ),
            Field(
                "built_year",
                Type.INTEGER,
                low=1000,
                high=2100,
                default=None,
                headings=("built_year", "建成年份", "建造年代"),
            ),
            ACCURACY,
        ),
        geometry=POLYGON,
        point_in_tables=True,
        key="code",
        hash_fields=("name",),
    )
)
