"""Components: points with a class of the catalogue and an owner; a missing code is made at the end of its class."""

from __future__ import annotations

from typing import Final

from importers.kinds.base import ACCURACY, EXTERNAL_ID, Field, Kind, Type, register
from importers.reading.shapes import POINT

LAYOUTS: Final = ("2+2+6", "2+3+5")
"""How the ten digits after the county are cut: major, minor, serial (geodata.codes.ComponentScheme)."""

COMPONENTS: Final = register(
    Kind(
        name="components",
        title="components",
        table="geodata_component",
        fields=(
            EXTERNAL_ID,
            Field(
                "code",
                Type.CODE,
                max_length=16,
                pattern=r"^\d{16}$",
                headings=("code", "部件编码", "部件代码", "部件标识码"),
            ),
            Field("layout", stored=False, choices=LAYOUTS, headings=("layout", "编码结构", "编码规则")),
            Field(
                "class_code",
                Type.CODE,
                required=True,
                max_length=5,
                pattern=r"^\d{4,5}$",
                headings=("class_code", "分类代码", "小类代码", "部件类别"),
            ),
            Field("name", headings=("name", "部件名称", "名称")),
            Field(
                "owner_key",
                max_length=40,
                headings=("owner_key", "权属单位", "养护单位", "权属部门", "主管部门"),
            ),
            Field(
                "state",
                max_length=8,
                choices=("sound", "damaged", "missing", "removed"),
                default="sound",
                headings=("state", "状态"),
            ),
            ACCURACY,
        ),
        geometry=POINT,
        key="code",
        hash_fields=("class_code", "name"),
        row_check="component",
        subject="component",
    )
)
