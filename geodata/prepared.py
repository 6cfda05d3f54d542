"""One value by a prepared statement through libpq itself, for the few statements that run thousands of times a second."""

from __future__ import annotations

from itertools import count
from typing import Any, Final

import psycopg
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult

GIVEN_UP: Final = b"26000"
"""SQLSTATE of a prepared statement that is not there."""
NUMBERS: Final = count()


def prepared(link: psycopg.Connection[Any], text: str, values: list[bytes]) -> bytes | None:
    """The one value of a statement, through libpq itself: a cursor takes 110 µs of Python, this 15.

    Prepared once on a connection, and again after psycopg gave up all prepared statements (it does after a rollback);
    outside of a transaction only (``idle``), where that can be repaired. ``values`` are in PostgreSQL's binary form. Errors are
    psycopg's, OperationalError when the connection is lost.
    """
    names: dict[str, bytes] = link.__dict__.setdefault("grid_prepared", {})
    formats = [Format.BINARY] * len(values)
    if text in names:
        result = link.pgconn.exec_prepared(names[text], values, formats, Format.BINARY)
        if result.status == ExecStatus.TUPLES_OK:
            return result.get_value(0, 0)
        if result.error_field(DiagnosticField.SQLSTATE) != GIVEN_UP:
            return answered(link, result, ExecStatus.TUPLES_OK).get_value(0, 0)
    names[text] = name = b"grid_%d" % next(NUMBERS)
    answered(link, link.pgconn.prepare(name, text.encode()), ExecStatus.COMMAND_OK)
    result = link.pgconn.exec_prepared(name, values, formats, Format.BINARY)
    return answered(link, result, ExecStatus.TUPLES_OK).get_value(0, 0)


def idle(link: psycopg.Connection[Any]) -> bool:
    """True outside of a transaction."""
    return link.pgconn.transaction_status == TransactionStatus.IDLE


def answered(link: psycopg.Connection[Any], result: PGresult, wanted: ExecStatus) -> PGresult:
    """The result, if it is what was wanted."""
    if link.pgconn.status != ConnStatus.OK:
        raise psycopg.OperationalError("the connection is lost")
    if result.status != wanted:
        raise psycopg.errors.error_from_result(result)
    return result
