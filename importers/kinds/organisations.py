"""Organisations: shops, companies, schools, offices at a point, tied to the building they stand in."""

from __future__ import annotations

from typing import Final

from importers.kinds.base import ACCURACY, ADDRESS, EXTERNAL_ID, Field, Kind, Type, register
from importers.reading.shapes import POINT

ORGANISATIONS: Final = register(
    Kind(
        name="organisations",
        title="organisations",
        table="geodata_organisation",
        subject="organisation",
        fields=(
            EXTERNAL_ID,
            Field(
                "credit_code",
                Type.CODE,
                max_length=18,
                pattern=r"^[0-9A-Z]{18}$",
                headings=("credit_code", "统一社会信用代码", "社会信用代码", "信用代码"),
                check="credit_code",
            ),
            Field(
                "name",
                required=True,
                max_length=120,
                headings=("name", "名称", "单位名称", "企业名称", "机构名称"),
            ),
            Field("kind", max_length=40, headings=("kind", "类别", "单位类别", "行业")),
            Field(
                "floor",
                Type.INTEGER,
                low=-20,
                high=200,
                default=None,
                headings=("floor", "所在楼层"),
            ),
            ADDRESS,
            ACCURACY,
        ),
        geometry=POINT,
        key="credit_code",
        key_per_county=True,
        hash_fields=("name",),
    )
)
