"""Health checks inside the containers: `answers URL` (any HTTP answer but a gateway's) or `part NAME` (sign of life)."""

from __future__ import annotations

import http.client
import sys
from urllib.parse import urlsplit

LONGEST_SILENCE_S = 60


def answers(url: str) -> bool:
    """Whether the server behind an address speaks HTTP; what it says about other parts is not its own health."""
    parts = urlsplit(url)
    link = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=6)
    try:
        link.request("GET", parts.path)
        return link.getresponse().status not in {500, 502, 504}
    except OSError:
        return False
    finally:
        link.close()


def part(name: str) -> bool:
    """Whether a background process gave a sign of life."""
    import django  # noqa: PLC0415 - the other check must not load it

    django.setup()
    from gridmgmt.events import heartbeat  # noqa: PLC0415

    age = heartbeat.age_s(name)
    return age is not None and age < LONGEST_SILENCE_S


if __name__ == "__main__":
    kind, subject = sys.argv[1:3]
    sys.exit(0 if {"answers": answers, "part": part}[kind](subject) else 1)
