"""Dwellings: doors of buildings that are in the register, by address or by estate, building, entrance, floor, room."""

from __future__ import annotations

from typing import Final

from importers.kinds.base import NO_ROOM, Field, Kind, Type, register

DWELLINGS: Final = register(
    Kind(
        name="dwellings",
        title="dwellings",
        table="geodata_dwelling",
        fields=(
            Field(
                "address",
                max_length=160,
                shown=NO_ROOM,
                headings=("address", "地址", "门牌地址", "详细地址", "房屋地址", "坐落", "房屋坐落"),
            ),
            Field("estate", stored=False, headings=("estate", "小区", "小区名称", "所属小区")),
            Field(
                "building",
                stored=False,
                headings=("building", "楼栋", "楼栋名称", "楼栋号", "栋号", "幢", "栋"),
            ),
            Field("entrance", stored=False, headings=("entrance", "单元", "单元号", "梯")),
            Field("floor", stored=False, headings=("floor", "楼层", "所在层", "层")),
            Field(
                "room",
                stored=False,
                headings=("room", "房号", "室号", "房间号", "户室", "门牌号", "房屋信息"),
            ),
            Field("use", reader="dwelling_use", headings=("use", "房屋用途", "使用性质", "用途")),
            Field(
                "area_m2",
                Type.NUMBER,
                low=1,
                high=100_000,
                headings=("area_m2", "建筑面积", "面积", "房屋面积"),
            ),
        ),
        geometry="",
        geometry_required=False,
        sourced=False,
        subject="dwelling",
        logged=True,
        row_check="dwelling",
        personal=True,
    )
)
