"""Map context: roads, green, water, rail. The kind of feature is usually a constant of the profile."""

from __future__ import annotations

from typing import Final

from importers.kinds.base import ACCURACY, EXTERNAL_ID, Field, Kind, Type, register
from importers.reading.shapes import ANY

CONTEXT: Final = register(
    Kind(
        name="context",
        title="map context",
        table="geodata_contextfeature",
        fields=(
            EXTERNAL_ID,
            Field(
                "kind",
                required=True,
                max_length=8,
                choices=("road", "green", "water", "rail"),
                headings=("kind",),
            ),
            Field("subclass", max_length=40, headings=("subclass", "highway", "landuse", "类型")),
            Field("rank", Type.INTEGER, low=1, high=9, default="5", headings=("rank", "等级")),
            Field("name", headings=("name", "名称", "道路名称")),
            ACCURACY,
        ),
        geometry=ANY,
        stamp="county",
        hash_fields=("kind", "name"),
    )
)
