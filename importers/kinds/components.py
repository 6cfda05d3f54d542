"""Components: points with a class of the catalogue and an owner; a missing code is made at the end of its class."""

from __future__ import annotations

from typing import Final

from importers.kinds.base import ACCURACY, EXTERNAL_ID, Field, Kind, Type, register
from importers.reading.shapes import POINT

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
                check="component_code",
            ),
            Field(
                "class_code",
                Type.CODE,
                required=True,
                max_length=5,
                pattern=r"^\d{4,5}$",
                headings=("class_code", "分类代码", "小类代码", "部件类别"),
            ),
            Field("name", headings=("name", "部件名称", "名称")),
            Field("owner_key", max_length=40, headings=("owner_key", "权属单位", "养护单位")),
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
    )
)
