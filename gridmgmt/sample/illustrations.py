"""Drawn street scenes that stand in for photos: no real place, no person, plainly a drawing with the case number."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 640, 480
Pen = ImageDraw.ImageDraw
_HORIZON, _KERB = 215, 330


@dataclass(frozen=True, slots=True)
class Picture:
    """JPEG bytes of a drawing and of its small copy."""

    full: bytes
    small: bytes


def draw(scene: str, *, after: bool, label: str, rng: np.random.Generator) -> Picture:
    """A street with the trouble of a scene, or the same street when it is over."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "#cfe3f2")
    pen = ImageDraw.Draw(image)
    _street(pen, rng)
    trouble, repaired = _SCENES.get(scene, _SCENES["rubbish"])
    (repaired if after else trouble)(pen, rng)
    _caption(pen, label, after=after)
    small = image.resize((360, 270), Image.Resampling.BILINEAR)
    return Picture(_jpeg(image), _jpeg(small))


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=78)
    return buffer.getvalue()


def _street(pen: Pen, rng: np.random.Generator) -> None:
    """House fronts with windows and shop signs, pavement, kerb, carriageway."""
    x = 0
    while x < WIDTH:
        wide, top = int(rng.integers(90, 170)), int(rng.integers(20, 110))
        wall = ("#d9c4a5", "#cdb89a", "#b9c3c9", "#d7cfc0", "#c7a98a")[int(rng.integers(5))]
        pen.rectangle((x, top, x + wide, _HORIZON + 40), fill=wall, outline="#8d7f6d")
        for wy in range(top + 14, _HORIZON - 20, 34):
            for wx in range(x + 12, x + wide - 20, 32):
                pen.rectangle((wx, wy, wx + 17, wy + 20), fill="#7d98a8", outline="#5f7480")
        sign = ("#b0413e", "#2f6f9f", "#4c8c4a", "#d08a2e")[int(rng.integers(4))]
        pen.rectangle((x + 6, _HORIZON - 14, x + wide - 6, _HORIZON + 6), fill=sign)
        pen.rectangle((x + 10, _HORIZON + 8, x + wide - 10, _HORIZON + 40), fill="#54606a")
        x += wide + 2
    pen.polygon([(0, _HORIZON + 40), (WIDTH, _HORIZON + 40), (WIDTH, _KERB), (0, _KERB)], fill="#c9c4ba")
    for k in range(0, WIDTH + 200, 44):
        pen.line([(k, _HORIZON + 40), (k * 1.5 - 160, _KERB)], fill="#b3ada2")
    pen.rectangle((0, _KERB, WIDTH, _KERB + 9), fill="#9a958b")
    pen.rectangle((0, _KERB + 9, WIDTH, HEIGHT), fill="#6d7175")
    for k in range(20, WIDTH, 120):
        pen.rectangle((k, 410, k + 62, 417), fill="#e9e6dc")


def _bin(pen: Pen, x: int, y: int) -> None:
    pen.rectangle((x, y, x + 46, y + 66), fill="#3f7d56", outline="#2c593d")
    pen.rectangle((x - 3, y - 8, x + 49, y), fill="#356b49")


def _rubbish(pen: Pen, rng: np.random.Generator) -> None:
    _bin(pen, 300, 232)
    for _ in range(26):
        x, y, r = int(rng.integers(210, 440)), int(rng.integers(278, 332)), int(rng.integers(8, 22))
        colour = ("#2f2f33", "#c9d4d8", "#8f5f3a", "#d8c24a", "#6f8fb0")[int(rng.integers(5))]
        pen.ellipse((x - r, y - r * 0.7, x + r, y + r * 0.7), fill=colour, outline="#444444")


def _clean_bin(pen: Pen, _rng: np.random.Generator) -> None:
    _bin(pen, 300, 232)


def _cover(pen: Pen, _rng: np.random.Generator) -> None:
    pen.ellipse((240, 365, 400, 425), fill="#4a4c50", outline="#303236", width=4)
    for k in range(258, 390, 18):
        pen.line([(k, 375), (k, 415)], fill="#5d6064", width=3)


def _open_hole(pen: Pen, rng: np.random.Generator) -> None:
    pen.ellipse((240, 365, 400, 425), fill="#121315", outline="#303236", width=4)
    pen.ellipse((370, 345, 500, 395), fill="#4a4c50", outline="#303236", width=4)
    for _ in range(9):
        x, y = int(rng.integers(215, 425)), int(rng.integers(360, 435))
        pen.line(
            [(x, y), (x + int(rng.integers(-20, 20)), y + int(rng.integers(-9, 9)))], fill="#3b3d40", width=2
        )


def _lamp(pen: Pen, colour: str, lean: int) -> None:
    pen.line([(330, _KERB), (330 + lean, 70)], fill="#5b6166", width=9)
    pen.line([(330 + lean, 72), (400 + lean, 60)], fill="#5b6166", width=7)
    pen.ellipse((390 + lean, 52, 430 + lean, 76), fill=colour, outline="#40454a", width=2)


def _tree(pen: Pen, crown: int, *, broken: bool) -> None:
    pen.rectangle((320, 190, 342, _KERB), fill="#7a5a3c")
    for dx, dy in ((-60, 0), (0, -40), (60, 0), (0, 20)):
        pen.ellipse((331 + dx - crown, 150 + dy - crown, 331 + dx + crown, 150 + dy + crown), fill="#5f9150")
    if broken:
        pen.line([(335, 215), (450, 300), (520, 330)], fill="#7a5a3c", width=12)
        pen.ellipse((455, 285, 560, 345), fill="#6d8f4a")


def _stalls(pen: Pen, rng: np.random.Generator) -> None:
    for k in range(3):
        x = 120 + k * 150
        pen.polygon(
            [(x - 14, 235), (x + 124, 235), (x + 108, 212), (x, 212)],
            fill=("#c8443f", "#e0a93a", "#3c7fae")[k],
        )
        pen.rectangle((x, 280, x + 110, 318), fill="#a9794a", outline="#6b4a2b")
        for _ in range(14):
            a, b = x + int(rng.integers(6, 100)), 270 + int(rng.integers(0, 14))
            pen.ellipse((a, b, a + 12, b + 12), fill=("#d9482b", "#7fb03f", "#e6b422")[int(rng.integers(3))])


def _bicycle(pen: Pen, x: int, y: int) -> None:
    for dx in (0, 52):
        pen.ellipse((x + dx, y, x + dx + 40, y + 40), outline="#2a2d30", width=4)
    pen.line([(x + 20, y + 20), (x + 44, y - 6), (x + 72, y + 20), (x + 20, y + 20)], fill="#d28a1f", width=4)


def _bicycles(pen: Pen, rng: np.random.Generator) -> None:
    for k in range(8):
        _bicycle(pen, 90 + k * 54 + int(rng.integers(-8, 8)), 278 + int(rng.integers(-10, 12)))


def _racked(pen: Pen, _rng: np.random.Generator) -> None:
    pen.rectangle((60, 300, 330, 326), outline="#f2f2f2", width=4)
    for k in range(3):
        _bicycle(pen, 70 + k * 84, 282)


def _cars(pen: Pen, _rng: np.random.Generator) -> None:
    for x, colour in ((110, "#a33b3b"), (350, "#3b5fa3")):
        pen.polygon(
            [(x + 40, 262), (x + 140, 262), (x + 172, 298), (x + 10, 298)], fill="#a9c3d2", outline="#3d464c"
        )
        pen.rectangle((x, 296, x + 200, 336), fill=colour, outline="#30343a")
        for dx in (34, 140):
            pen.ellipse((x + dx, 318, x + dx + 40, 358), fill="#1d1f21")


def _pothole(pen: Pen, rng: np.random.Generator) -> None:
    points = [
        (320 + 110 * np.cos(a) * rng.uniform(0.7, 1.1), 405 + 38 * np.sin(a) * rng.uniform(0.7, 1.1))
        for a in np.linspace(0, 6.1, 15)
    ]
    pen.polygon(points, fill="#3c3a37", outline="#2b2927")
    pen.ellipse((280, 392, 360, 418), fill="#7f97a3")


def _patched(pen: Pen, _rng: np.random.Generator) -> None:
    pen.rectangle((215, 370, 430, 440), fill="#55585b", outline="#484b4e")


def _posters(pen: Pen, rng: np.random.Generator) -> None:
    pen.rectangle((230, 90, 430, 300), fill="#cfc6b6", outline="#8d7f6d")
    for _ in range(18):
        x, y = int(rng.integers(236, 395)), int(rng.integers(96, 270))
        pen.rectangle(
            (x, y, x + 32, y + 22),
            fill=("#f4f1d0", "#f2d3d3", "#d6e6f2")[int(rng.integers(3))],
            outline="#777777",
        )


def _wall(pen: Pen, _rng: np.random.Generator) -> None:
    pen.rectangle((230, 90, 430, 300), fill="#cfc6b6", outline="#8d7f6d")


def _scaffold(pen: Pen, _rng: np.random.Generator) -> None:
    for x in range(200, 470, 44):
        pen.line([(x, 70), (x, 300)], fill="#b08b3e", width=5)
    for y in range(80, 300, 52):
        pen.line([(200, y), (464, y)], fill="#b08b3e", width=5)


def _wire(pen: Pen, _rng: np.random.Generator) -> None:
    pen.line([(90, 60), (90, _KERB)], fill="#6a5a48", width=10)
    pen.line([(560, 60), (560, _KERB)], fill="#6a5a48", width=10)
    pen.line(
        [(90, 70), (200, 190), (330, 268), (450, 190), (560, 70)], fill="#1f2124", width=4, joint="curve"
    )


def _taut(pen: Pen, _rng: np.random.Generator) -> None:
    pen.line([(90, 60), (90, _KERB)], fill="#6a5a48", width=10)
    pen.line([(560, 60), (560, _KERB)], fill="#6a5a48", width=10)
    pen.line([(90, 70), (325, 88), (560, 70)], fill="#1f2124", width=4)


def _nothing(_pen: Pen, _rng: np.random.Generator) -> None:
    """An ordinary street."""


Brush = Callable[[Pen, np.random.Generator], None]
_SCENES: dict[str, tuple[Brush, Brush]] = {
    "rubbish": (_rubbish, _clean_bin),
    "manhole": (_open_hole, _cover),
    "lamp": (lambda pen, _: _lamp(pen, "#3a3d40", 26), lambda pen, _: _lamp(pen, "#fff2b0", 0)),
    "tree": (lambda pen, _: _tree(pen, 62, broken=True), lambda pen, _: _tree(pen, 52, broken=False)),
    "vending": (_stalls, _nothing),
    "bikes": (_bicycles, _racked),
    "parking": (_cars, _nothing),
    "road": (_pothole, _patched),
    "poster": (_posters, _wall),
    "noise": (_scaffold, _scaffold),
    "building": (_scaffold, _wall),
    "wire": (_wire, _taut),
    "people": (_nothing, _nothing),
    "pets": (_nothing, _nothing),
}
SCENES = tuple(_SCENES)


def _caption(pen: Pen, label: str, *, after: bool) -> None:
    """A band that says what this is."""
    pen.rectangle((0, HEIGHT - 34, WIDTH, HEIGHT), fill="#22303c")
    pen.text(
        (12, HEIGHT - 27),
        f"{label}  {'AFTER' if after else 'BEFORE'}  DEMO DRAWING",
        fill="#ffffff",
        font=ImageFont.load_default(18),
    )
