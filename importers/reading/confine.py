"""The child locks itself in before it opens anything: memory, time, files, network, and GDAL's drivers."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from pathlib import Path
from typing import Final

_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_PR_SET_NO_NEW_PRIVS: Final = 38
NICENESS: Final = 10
"""Reading a file waits for whoever answers people."""

ENVIRONMENT: Final[dict[str, str]] = {
    # reliability.md §0.8: what keeps GDAL from fetching addresses even where the network is still there
    "GDAL_SKIP": "OGR_VRT,VRT,GTI,WMS,WCS,HTTP",
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_DISABLE_READDIR_ON_OPEN": "FALSE",
    "GDAL_NUM_THREADS": "1",
    "GDAL_CACHEMAX": "64",
    "OGR_SQLITE_LOAD_EXTENSIONS": "",
    "OGR_SQLITE_LIST_VIRTUAL_OGR": "NO",
    "OSM_MAX_TMPFILE_SIZE": "100",
    "PROJ_NETWORK": "OFF",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}


def confine(*, memory: int, cpu_seconds: int, scratch: int) -> bool:
    """Limits this process for good and lets others go first; True when the network is gone as well.

    ``scratch``: bytes it may write."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (scratch, scratch))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    if not sys.platform.startswith("linux"):
        return False
    os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    flags = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWUSER | _CLONE_NEWNET
    return bool(libc.unshare(flags) == 0)


def keep_drivers(*allowed: str) -> None:
    """Takes every GDAL driver but the named ones out of the library that pyogrio has loaded."""
    import pyogrio  # noqa: F401, PLC0415 - loads the library and registers its drivers

    library = ctypes.CDLL(str(_loaded_gdal()))
    library.GDALGetDriver.restype = ctypes.c_void_p
    library.GDALGetDriverShortName.argtypes = [ctypes.c_void_p]
    library.GDALGetDriverShortName.restype = ctypes.c_char_p
    library.GDALDeregisterDriver.argtypes = [ctypes.c_void_p]
    for index in reversed(range(library.GDALGetDriverCount())):
        driver = library.GDALGetDriver(index)
        if library.GDALGetDriverShortName(driver).decode() not in allowed:
            library.GDALDeregisterDriver(driver)


def _loaded_gdal() -> Path:
    """The GDAL library that is mapped into this process."""
    with Path("/proc/self/maps").open(encoding="utf-8") as maps:
        for line in maps:
            path = line.rstrip("\n").partition("/")[2]
            if "libgdal" in path and ".so" in path:
                return Path(f"/{path}")
    raise RuntimeError("no GDAL library is loaded")
