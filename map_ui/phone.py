"""The phone's program as a whole: which files it is made of, and by which mark one build differs from another.

The service worker takes all of them along at once (map_ui/templates/map_ui/phone/sw.js), so the list must be complete: it is
read from the imports of the modules themselves.
"""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.templatetags.static import static

from map_ui import assets, live_data, phone_phrases

ENTRY = "phone/app.js"
# What somebody sees who opens it for the first time.
FIRST_PAGE = "phone/signin.js"
STYLE = "map_ui/css/phone.css"
ICON = "map_ui/icon.svg"
LAMPS = "map_ui/lamps.svg"
# Static imports alone: what is imported when it is wanted (the map) is no part of the first load.
IMPORT = re.compile(r"""^import (?:[^"']*? from )?"([^"]+)";""", re.MULTILINE)
# Imported when it is wanted: a page is opened, a photo made small, the map looked at. Taken along with the rest all the same.
LATER = (
    "lib/shrink.js",
    *(f"phone/{page}.js" for page in ("today", "capture", "homes", "mine", "settings", "task", "spot")),
    "phone/map.js",
)
# What the map draws with: fetched when it is first opened, or when nothing else is to do, and kept from then on.
MAP_FILES = tuple(f"vendor/maplibre-gl/dist/{name}" for name in ("maplibre-gl.css", "maplibre-gl.mjs"))
# MapLibre names its worker itself, beside its own file: no hash in the address, its version behind a question mark.
MAP_WORKER = "vendor/maplibre-gl/dist/maplibre-gl-worker.mjs"
WORKBOX = tuple(
    f"vendor/workbox-{name}/build/workbox-{name}.prod.js"
    for name in ("core", "routing", "strategies", "precaching")
)
ICONS = (
    "alert-circle", "alert-triangle", "arrow-back-up", "building", "building-community", "camera", "checklist",
    "chevron-down", "chevron-left", "circle-check", "clipboard-check", "clock", "current-location", "download",
    "edit", "home", "inbox", "info-circle", "list-details", "lock", "logout", "map", "map-2", "map-pin",
    "photo", "player-play", "refresh", "route", "search", "send", "settings", "trash", "user-check", "users",
    "wifi", "wifi-off", "x",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Program:
    """One build: addresses of what runs at once, of all files with the mark of each (None: it stands in the address), the page
    they run in, and the mark of all of it."""

    scripts: tuple[str, ...]
    files: tuple[tuple[str, str | None], ...]
    shell: str
    version: str


def modules(entry: str = ENTRY) -> list[str]:
    """Our modules that an entry needs before it runs, itself among them: "phone/app.js" …"""
    found: list[str] = []
    todo = [entry]
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.append(name)
        source = (assets.HERE / name).read_text(encoding="utf-8")
        todo += [one.removeprefix("grid/") for one in IMPORT.findall(source) if one.startswith("grid/")]
    return sorted(found)


def libraries(names: list[str]) -> list[str]:
    """Paths of the npm libraries that modules import."""
    sources = [(assets.HERE / name).read_text(encoding="utf-8") for name in names]
    wanted = {one for source in sources for one in IMPORT.findall(source)}
    return sorted(path for name, path in assets.LIBRARIES.items() if name in wanted)


def build() -> Program:
    """The build of the files as they are now."""
    own = sorted({*modules(), *modules(FIRST_PAGE)})
    later = sorted({name for entry in LATER for name in modules(entry)} - set(own))
    scripts = [f"map_ui/{name}" for name in own] + libraries(own)
    wanted_later = [path for path in libraries(later) if path not in (*scripts, *MAP_FILES)]
    taken = [*scripts, STYLE, ICON, LAMPS, *(f"map_ui/{name}" for name in later), *wanted_later]
    marks = [(path, static(path), _digest(path)) for path in taken]
    mark = hashlib.sha256(repr(sorted(marks)).encode()).hexdigest()
    addresses = tuple(static(path) for path in scripts)
    shell = render_to_string("map_ui/phone/shell.html", shell_context(addresses, version=""))
    version = hashlib.sha256((mark + shell).encode()).hexdigest()[:12]
    shell = render_to_string("map_ui/phone/shell.html", shell_context(addresses, version=version))
    files = tuple((url, None if is_marked(path, url) else digest) for path, url, digest in marks)
    return Program(addresses, files, shell, version)


def is_marked(path: str, url: str) -> bool:
    """Whether an address carries the hash of its content, so that a browser may keep it for ever."""
    return Path(path).name != unquote(url).rpartition("/")[2]


def shell_context(scripts: tuple[str, ...], version: str) -> dict[str, object]:
    """What the page is made of; nothing of it depends on who asks."""
    return {
        "scripts": scripts,
        "icons": ICONS,
        "version": version,
        "phrases": phone_phrases.chinese(),
        "config": {
            "tiles": {"context": live_data.CONTEXT_TILES},
            "lamps": static(LAMPS),
            "max_tile_zoom": live_data.MAX_TILE_ZOOM,
            "map_style": static(MAP_FILES[0]),
            "map_files": [*(static(path) for path in MAP_FILES), settings.STATIC_URL + MAP_WORKER],
        },
    }


def _digest(path: str) -> str:
    found = finders.find(path)
    if not isinstance(found, str):
        raise FileNotFoundError(path)
    with Path(found).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


_kept = functools.lru_cache(maxsize=1)(build)


def program() -> Program:
    """The build; kept for the life of the process unless files may change under it."""
    return build() if settings.DEBUG else _kept()
