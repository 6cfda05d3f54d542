"""Where GeoDjango finds GDAL and GEOS: inside the pyogrio and shapely wheels, else the system's."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

PATTERNS = {
    "gdal": ("pyogrio", ("pyogrio.libs/libgdal*.so*", "pyogrio/.dylibs/libgdal*.dylib")),
    "geos": ("shapely", ("shapely.libs/libgeos_c*.so*", "shapely/.dylibs/libgeos_c*.dylib")),
}


def library_path(name: str) -> str | None:
    """Path of "gdal" or "geos"; None lets Django search the system. GDAL_LIBRARY_PATH / GEOS_LIBRARY_PATH win."""
    override = os.environ.get(f"{name.upper()}_LIBRARY_PATH")
    if override:
        return override
    package, patterns = PATTERNS[name]
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    site = Path(next(iter(spec.submodule_search_locations))).parent
    for pattern in patterns:
        found = sorted(site.glob(pattern))
        if found:
            return str(found[-1])
    return None


def harden_gdal() -> None:
    """Environment that keeps GDAL from fetching addresses or following virtual files (set before it is loaded)."""
    os.environ.setdefault("GDAL_SKIP", "OGR_VRT,VRT,GTI,WMS,WCS,HTTP")
    os.environ.setdefault("GDAL_HTTP_PROXY", "127.0.0.1:9")
    os.environ.setdefault("CPL_VSIL_CURL_ALLOWED_EXTENSIONS", ".none")
    os.environ.setdefault("GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR" if sys.platform == "win32" else "FALSE")
