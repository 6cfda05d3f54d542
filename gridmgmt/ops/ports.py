"""Loopback ports of the own servers: chosen once, remembered in var/ports.json, chosen anew when taken."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from gridmgmt.ops.layout import Layout

NAMES = ("postgres", "redis", "web", "feed")


def file_of(layout: Layout) -> Path:
    """The file that remembers the ports."""
    return layout.var / "ports.json"


def remembered(layout: Layout) -> dict[str, int]:
    """The ports of the last start; empty before the first or when the file was cut off."""
    try:
        found = json.loads(file_of(layout).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {str(name): int(port) for name, port in found.items()} if isinstance(found, dict) else {}


def remember(layout: Layout, ports: dict[str, int]) -> None:
    """Writes the ports, whole or not at all."""
    target = file_of(layout)
    fresh = target.with_suffix(".new")
    fresh.write_text(json.dumps(ports, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    fresh.replace(target)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def pick(taken: set[int]) -> int:
    """A free loopback port that is none of those taken."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in taken:
            return port


def settle(layout: Layout, running: set[str]) -> dict[str, int]:
    """A port for every server. Those of running servers stay; another's that somebody else took is
    replaced."""
    ports = remembered(layout)
    before = dict(ports)
    for name in NAMES:
        keep = name in ports and (name in running or is_free(ports[name]))
        if not keep:
            ports[name] = pick(set(ports.values()))
    if ports != before:
        remember(layout, ports)
    return ports
