"""Import map: bare names of our modules and of the laid-out browser libraries → addresses with hashed names."""

from __future__ import annotations

import functools
import json
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static

HERE = Path(__file__).resolve().parent / "static" / "map_ui"
MODULE_FOLDERS = ("lib", "ui", "map", "pages", "phone")
LIBRARIES = {
    "leaflet": "map_ui/lib/leaflet.js",
    "maplibre-gl": "vendor/maplibre-gl/dist/maplibre-gl.mjs",
    "@maplibre/maplibre-gl-leaflet": "vendor/@maplibre/maplibre-gl-leaflet/dist/leaflet-maplibre-gl.mjs",
    "compressorjs": "vendor/compressorjs/dist/compressor.esm.js",
    "gcoord": "vendor/gcoord/dist/gcoord.esm-browser.prod.js",
    "idb": "vendor/idb/build/index.js",
}


def modules() -> list[str]:
    """Our modules as paths below static/map_ui: "lib/request.js" …"""
    return sorted(
        path.relative_to(HERE).as_posix()
        for folder in MODULE_FOLDERS
        for path in (HERE / folder).glob("*.js")
    )


def build_import_map() -> str:
    """JSON of {"imports": …}: "grid/lib/request.js" and the libraries by their package names."""
    imports = {f"grid/{name}": static(f"map_ui/{name}") for name in modules()}
    imports |= {name: static(path) for name, path in LIBRARIES.items()}
    return json.dumps({"imports": imports}, separators=(",", ":")).replace("<", "\\u003c")


_kept = functools.lru_cache(maxsize=1)(build_import_map)


def import_map_json() -> str:
    """The import map; kept for the life of the process unless files may change under it."""
    return build_import_map() if settings.DEBUG else _kept()
