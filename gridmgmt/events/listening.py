"""LISTEN on a PostgreSQL channel, and loops that outlive the servers they talk to."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.db import DatabaseError, InterfaceError, connection, connections

from gridmgmt.events.link import AWAY

logger = logging.getLogger("gridmgmt.events")

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 3.0
LOST = (*AWAY, DatabaseError, InterfaceError, psycopg.Error)


@contextmanager
def listen(channel: str) -> Iterator[Callable[[float], bool]]:
    """Yield ``wait(seconds)``: True as soon as somebody notifies, False when the time is over."""
    params = connection.get_connection_params()
    with psycopg.connect(**params, autocommit=True) as link:
        link.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))

        def wait(seconds: float) -> bool:
            heard = False
            for _ in link.notifies(timeout=seconds, stop_after=1):
                heard = True
            return heard

        yield wait


def keep_running(name: str, once: Callable[[], None], stop: threading.Event) -> None:
    """Call ``once`` until told to stop; when a server is away, wait a little longer each time and go on.

    ``once`` is expected to run long; a run of ten seconds forgives earlier failures.
    """
    pause = FIRST_PAUSE_S
    while not stop.is_set():
        begin = time.monotonic()
        try:
            once()
        except LOST as error:
            logger.warning("server away", extra={"part": name, "error": type(error).__name__})
        except Exception:
            logger.exception("part failed, starting it again", extra={"part": name})
        finally:
            connections.close_all()
        pause = FIRST_PAUSE_S if time.monotonic() - begin > 10 else min(pause * 2, LONGEST_PAUSE_S)
        stop.wait(pause)
