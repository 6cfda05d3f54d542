"""`transition`: steps of a case per second against the same statements on a bare connection, at 1 and 4 clients.

One set of cases is lived through while the statements are written down. Then equal sets are stepped by the platform
and by psycopg alone in turn, with identifiers put in the place of those of the first set.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import django

from tests.bench.rows import Row

CASES = 30
ROUNDS = 3
CLIENTS = (1, 4)
AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
GOAL = 0.6


@dataclass
class Statement:
    """One statement of a step; ``prepared`` when the platform prepares it on the server (cases.statements)."""

    sql: str
    params: Any
    inside: bool
    prepared: bool = False


@dataclass
class Recording:
    """What was sent for each case, step by step, and the identifiers that were made on the way."""

    steps: list[list[list[Statement]]] = field(default_factory=list)
    made: list[list[UUID]] = field(default_factory=list)


def run(_scale: str) -> list[Row]:
    """Rows of the bench."""
    django.setup()
    cast = make_cast()
    first = make_cases(cast, CASES)
    recording = record(cast, first)
    return [compare(cast, first, recording, clients) for clients in CLIENTS]


# --- people and cases ----------------------------------------------------------------------------------------------


def make_cast() -> dict[str, Any]:
    """A worker, the desk and the department of one cell, with roles of their own; made once and kept."""
    from geodata.models import Cell
    from gridmgmt.organisation.actions import grant_role
    from gridmgmt.organisation.models import Department, User

    cell = Cell.objects.filter(active=True).order_by("code")[0]
    street = cell.code[:9]
    squad = Department.objects.get(scope_code=street, key="sanitation_station")
    cast: dict[str, Any] = {"cell": cell, "department": squad}
    for role in ("worker", "acceptor", "registrar", "dispatcher", "handler"):
        user, _made = User.objects.get_or_create(username=f"bench_{role}", defaults={"name": role})
        department = squad if role == "handler" else None
        grant_role(user=user, role=role, scope_code=street, department=department, at=AT - timedelta(days=30))
        cast[role] = user
    return cast


def make_cases(cast: dict[str, Any], number: int) -> list[Any]:
    """So many equal reports, as they come in."""
    from geodata.ids import uuid7
    from gridmgmt.cases.intake import ReportDraft, Sender, submit_report
    from gridmgmt.cases.models import Case

    spot = cast["cell"].geom.point_on_surface
    made = []
    for _ in range(number):
        draft = ReportDraft(
            id=uuid7(), category_key="E0110", source="worker", x=spot.x, y=spot.y, datum="wgs84", captured_at=AT,
            payload={}, payload_sha256=b"\x01" * 32, accuracy_m=5.0,
        )  # fmt: skip
        sender = Sender(cast["worker"].pk, None, cast["cell"].code)
        made.append(submit_report(draft=draft, sender=sender, at=AT).case_id)
    by_id = Case.objects.in_bulk(made)
    return [by_id[key] for key in made]


def steps(cast: dict[str, Any]) -> list[tuple[str, Any, dict[str, Any]]]:
    """Six steps: two of the desk, one that starts the clock, two of the department, one that extends."""
    return [
        ("accept", cast["acceptor"], {}),
        ("register", cast["registrar"], {"standard": 1}),
        ("dispatch", cast["dispatcher"], {"department": cast["department"].pk}),
        ("sign", cast["handler"], {}),
        ("request_delay", cast["handler"], {"days": 1}),
        ("approve_delay", cast["dispatcher"], {"days": 1}),
    ]


def live(cast: dict[str, Any], case_id: UUID) -> Iterator[None]:
    """Take all steps of a case; yields after each."""
    from gridmgmt.cases.actions import take_step

    for number, (action, by, fields) in enumerate(steps(cast), 1):
        take_step(
            case_id=case_id, action=action, by=by, expected_version=number, at=AT + timedelta(minutes=number),
            fields=fields, text="bench",
        )  # fmt: skip
        yield


# --- writing down --------------------------------------------------------------------------------------------------


def record(cast: dict[str, Any], cases: list[Any]) -> Recording:
    """Live through the cases once; the first round also warms every cache."""
    kept = Recording()
    for _warm in live(cast, make_cases(cast, 1)[0].pk):
        pass
    for case in cases:
        with _listening() as (heard, made):
            kept.steps.append([heard_step(heard) for _ in live(cast, case.pk)])
        kept.made.append(list(made))
    return kept


def heard_step(heard: list[Statement]) -> list[Statement]:
    """What was heard since the last step."""
    taken, heard[:] = list(heard), []
    return taken


@contextmanager
def _listening() -> Iterator[tuple[list[Statement], list[UUID]]]:
    from django.db import connection

    from geodata import ids
    from gridmgmt.cases import statements

    heard: list[Statement] = []
    made: list[UUID] = []
    sent = statements._sent

    def hear(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        heard.append(Statement(sql, params, connection.in_atomic_block))
        return execute(sql, params, many, context)

    def hear_prepared(raw: Any, sql: str, values: Any) -> Any:
        heard.append(Statement(sql, values, connection.in_atomic_block, prepared=True))
        return sent(raw, sql, values)

    with (
        connection.execute_wrapper(hear),
        _patched(ids.uuid7, made),
        _swapped(statements, "_sent", hear_prepared),
    ):
        yield heard, made


@contextmanager
def _swapped(module: Any, name: str, value: Any) -> Iterator[None]:
    kept = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, kept)


@contextmanager
def _patched(original: Callable[[], UUID], made: list[UUID]) -> Iterator[None]:
    """Note every identifier the platform makes, wherever the function was imported or is a field's default."""
    from django.apps import apps

    from gridmgmt.cases import case_requests, ledger, step_rows
    from gridmgmt.events import outbox

    def noted() -> UUID:
        made.append(original())
        return made[-1]

    fields = [
        field
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.default is original
    ]
    for field_ in fields:
        field_.default = noted
        field_.__dict__.pop("_get_default", None)
    try:
        with ExitStack() as swaps:
            for module in (outbox, step_rows, case_requests, ledger):
                swaps.enter_context(_swapped(module, "uuid7", noted))
            yield
    finally:
        for field_ in fields:
            field_.default = original
            field_.__dict__.pop("_get_default", None)


# --- the same statements for other cases ---------------------------------------------------------------------------


def rewritten(recording: Recording, first: list[Any], place: int, case: Any) -> list[list[Statement]]:
    """The statements of the recorded case at a place, as they would be for another case."""
    from geodata.ids import uuid7

    old = first[place]
    swap: dict[Any, Any] = {old.pk: case.pk, old.number: case.number}
    swap |= {key: uuid7() for key in recording.made[place]}
    words = [(str(a), str(b)) for a, b in swap.items()]

    def value(given: Any) -> Any:
        if isinstance(given, str) and len(given) > 30:
            for a, b in words:
                given = given.replace(a, b)
            return given
        if isinstance(given, list | tuple):
            return type(given)(map(value, given))
        try:
            return swap.get(given, given)
        except TypeError:  # what cannot be a key is no identifier
            return given

    def again(one: Statement) -> Statement:
        params = (
            {name: value(given) for name, given in one.params.items()}
            if isinstance(one.params, dict)
            else tuple(map(value, one.params or ()))
        )
        return Statement(one.sql, params, one.inside, one.prepared)

    return [[again(one) for one in step] for step in recording.steps[place]]


def replay(connection: Any, work: list[list[Statement]]) -> None:
    """Send recorded steps over a bare connection, each answer read."""
    cursor = connection.cursor()
    for step in work:
        with connection.transaction():
            for one in step:
                if one.inside:
                    _send(cursor, one)
        for one in step:
            if not one.inside:
                _send(cursor, one)


def _send(cursor: Any, one: Statement) -> None:
    cursor.execute(one.sql, one.params, prepare=one.prepared or None, binary=one.prepared)
    if cursor.description:
        cursor.fetchall()


# --- timing --------------------------------------------------------------------------------------------------------


def compare(cast: dict[str, Any], first: list[Any], recording: Recording, clients: int) -> Row:
    """Rounds in turn, each on cases of its own; the medians of the rates."""
    rates: dict[str, list[float]] = {"ours": [], "bare": []}
    for _round in range(ROUNDS):
        for name, found in rates.items():
            sets = [make_cases(cast, CASES) for _ in range(clients)]
            found.append(_timed(name, cast, first, recording, sets))
    ours, bare = statistics.median(rates["ours"]), statistics.median(rates["bare"])
    sent = sum(len(step) for step in recording.steps[-1]) / len(recording.steps[-1])
    note = f"goal: ratio >= {GOAL}; {sent:.1f} statements a step, committed"
    return Row(
        "transition", f"{clients} client{'s' * (clients > 1)}", ours, "steps/s", bare, ours / bare, note
    )


def _timed(name: str, cast: Any, first: Any, recording: Recording, sets: list[list[Any]]) -> float:
    """Steps per second of one process a client, from a common start to the last one's end."""
    from django.db import connections

    connections.close_all()
    fork = multiprocessing.get_context("fork")
    ready, told = fork.Barrier(len(sets) + 1), fork.Queue()
    crowd = [
        fork.Process(target=_client, args=(name, cast, first, recording, cases, ready, told))
        for cases in sets
    ]
    for one in crowd:
        one.start()
    ready.wait(60)
    begin = time.perf_counter()
    done = sum(told.get(timeout=120) for _ in crowd)
    seconds = time.perf_counter() - begin
    for one in crowd:
        one.join(30)
    return done / seconds


def _client(
    name: str, cast: Any, first: Any, recording: Recording, cases: list[Any], ready: Any, told: Any
) -> None:
    import psycopg
    from django.db import connection

    from gridmgmt.cases import reference
    from gridmgmt.organisation.scope import scope_of

    connection.ensure_connection()
    reference.current()
    for _action, by, _fields in steps(cast):
        scope_of(by)
    if name == "ours":
        ready.wait(60)
        told.put(sum(1 for case in cases for _ in live(cast, case.pk)))
        return
    work = [rewritten(recording, first, place, case) for place, case in enumerate(cases)]
    settings = connection.get_connection_params()
    wanted = {
        key: settings[key] for key in ("dbname", "user", "password", "host", "port") if settings.get(key)
    }
    with psycopg.connect(**wanted, context=connection.connection, autocommit=True) as bare:
        replay(bare, [[Statement("SELECT 1", (), True)]])
        ready.wait(60)
        for case_work in work:
            replay(bare, case_work)
        told.put(sum(len(case_work) for case_work in work))
