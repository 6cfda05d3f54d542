"""A plan drawn as a picture: for people who change the generator and want to see what they did."""

from __future__ import annotations

import shapely
from PIL import Image, ImageDraw
from shapely.geometry.base import BaseGeometry

from geodata.sample.blocks import WIDTH_M
from geodata.sample.cuts import RIVER
from geodata.sample.plan import StreetPlan

_GROUND = {
    "park": "#dbeecf",
    "school": "#f5e6c8",
    "hospital": "#f7d9d9",
    "business": "#e4e9f1",
    "old_town": "#f0e6da",
}
_BUILDING = {
    "slab": "#cbbba8", "tower": "#a49ac0", "house": "#bd9673", "village_house": "#ae8a68", "shops": "#dd9a6c",
    "office": "#8aa1bd", "mall": "#7c98c4", "school": "#dcb968", "hospital": "#d57f7f", "market": "#e2a850",
    "kindergarten": "#e8cb70", "pavilion": "#86ae78", "gate": "#999999",
}  # fmt: skip
_ROAD_WIDTH_M = {2: 30.0, 3: 21.0, 4: 11.0, 5: 13.0, 7: 7.0, 9: 3.0}


class Sheet:
    """A square sheet of paper over the outline of a street, north up."""

    def __init__(self, plan: StreetPlan, pixels: int) -> None:
        west, south, east, north = plan.net.outline.bounds
        self.scale = pixels / max(east - west, north - south)
        self.west, self.north = west, north
        self.image = Image.new("RGB", (pixels, pixels), "#f4f2ee")
        self.draw = ImageDraw.Draw(self.image)

    def at(self, geometry: BaseGeometry) -> list[tuple[float, float]]:
        """Pixels of a line's or ring's vertices."""
        return [((x - self.west) * self.scale, (self.north - y) * self.scale) for x, y in geometry.coords]

    def fill(self, geometry: BaseGeometry, colour: str, outline: str | None = None) -> None:
        """Fill every polygon of a geometry."""
        for part in shapely.get_parts(geometry):
            if part.geom_type == "Polygon" and not part.is_empty:
                self.draw.polygon(self.at(part.exterior), fill=colour, outline=outline)

    def line(self, geometry: BaseGeometry, colour: str, width_m: float) -> None:
        """Draw every line of a geometry."""
        for part in shapely.get_parts(geometry):
            self.draw.line(
                self.at(part), fill=colour, width=max(1, round(width_m * self.scale)), joint="curve"
            )


def draw_plan(plan: StreetPlan, pixels: int = 1600) -> Image.Image:
    """The street as a map picture."""
    sheet = Sheet(plan, pixels)
    for block in plan.blocks:
        sheet.fill(block.ground.buffer(3), _GROUND.get(block.use, "#eeebe4"))
    for kind, colour in (("green", "#cfe6c3"), ("water", "#a9cfe8")):
        for feature in plan.features:
            if feature.kind == kind:
                sheet.fill(feature.geom, colour)
    for feature in sorted((f for f in plan.features if f.kind == "road"), key=lambda f: -f.rank):
        sheet.line(feature.geom, "#fde9a8" if feature.rank == 2 else "#ffffff", _ROAD_WIDTH_M[feature.rank])
    for building in plan.buildings:
        sheet.fill(building.outline, _BUILDING[building.kind], "#6b5a4e")
    for x, y in plan.components.points:
        px, py = (x - sheet.west) * sheet.scale, (sheet.north - y) * sheet.scale
        sheet.draw.ellipse((px - 1, py - 1, px + 1, py + 1), fill="#5d8f4e")
    return sheet.image


__all__ = ["RIVER", "WIDTH_M", "draw_plan"]
