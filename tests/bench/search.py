"""`search`: people found by name, initials, number and address as street staff type them; p95 of whole answers.

Beside the index of two signs stand what PostgreSQL brings: a trigram index on the same names (built for the run, then
rolled back) and no index at all.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable

import django

from tests.bench.rows import Row

EACH = 60
GOAL_MS = 50
SCOPES = {"district": ("009901",), "street": ("009901003",)}
PEOPLE = "SELECT id FROM geodata_person WHERE cell_code LIKE %s ORDER BY md5(id::text) LIMIT %s"
CELLS = "SELECT code FROM geodata_cell WHERE active AND code LIKE '009901003%' ORDER BY code LIMIT 2"


def run(scale: str) -> list[Row]:
    """Rows of the bench; nothing is kept."""
    django.setup()
    from django.db import connection

    connection.cursor().execute("SET max_parallel_workers_per_gather = 0")  # as in a web process
    return [*ours(), *peers()]


def ours() -> list[Row]:
    """p95 of each kind of question in each scope, search and rows of the page together."""
    from django.db import connection

    rows = []
    with connection.cursor() as cursor:
        cursor.execute(CELLS)
        two_cells = tuple(code for (code,) in cursor.fetchall())
    for name, codes in (SCOPES | {"two cells": two_cells}).items():
        for kind, texts in questions(codes).items():
            ms = p95(functools.partial(answer, prefixes=codes), texts)
            rows.append(
                Row(
                    "search",
                    f"{kind}, {name}",
                    ms,
                    "ms p95",
                    GOAL_MS,
                    GOAL_MS / ms,
                    "goal: 50 ms on 1.2 M people",
                )
            )
    return rows


def answer(text: str, prefixes: tuple[str, ...]) -> None:
    """What a page does: understand, find, read the rows; then the page behind it."""
    from gridmgmt.organisation.models import Role
    from gridmgmt.organisation.scope import Held, Scope
    from gridmgmt.registers import asking, rows, search

    scope = Scope(None, tuple(Held(Role.STAFF, prefix) for prefix in prefixes))
    text, _, after = text.partition("|")
    found = search.search(scope, asking.recognise(text), after=after or None)
    rows.people(found.people)


def questions(prefixes: tuple[str, ...]) -> dict[str, list[str]]:
    """Texts by kind, from people who live in the first of the codes."""
    from django.db import connection

    from geodata.models import Person
    from gridmgmt.registers.person_fields import opened

    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [prefixes[0] + "%", 4 * EACH])
        ids = [row[0] for row in cursor.fetchall()]
    people = list(Person.objects.filter(pk__in=ids).select_related("building"))
    long = [person for person in people if len(person.name) == 3]
    return {
        "name of two signs": [p.name for p in people if len(p.name) == 2],
        "two signs of three": [p.name[1:] for p in long],
        "name of three signs": [p.name for p in long],
        "name, next page": [f"{p.name[:2]}|{p.pk}" for p in long],
        "surname": [p.name[0] for p in people],
        "three initials": [p.name_initials for p in long],
        "two initials": [p.name_initials[:2] for p in long],
        "ID number": [opened(p, "id_no") for p in people],
        "telephone": [phone for p in people if (phone := opened(p, "phone"))],
        "building": [
            f"{p.building.estate}{p.building.name}" for p in people if p.building and p.building.estate
        ],
    }


def peers() -> list[Row]:
    """The bare look-up of two signs: by our index, by trigrams, by neither."""
    from django.db import connection, transaction

    texts = questions(("009901",))["two signs of three"]
    inside = "SELECT count(*) FROM geodata_person WHERE name LIKE %s"
    bigrams = "SELECT count(*) FROM geodata_person WHERE geodata_bigrams(name) @> geodata_bigrams(%s)"
    found = p95(lambda text: count(bigrams, text), texts)
    with transaction.atomic():
        connection.cursor().execute(
            "CREATE INDEX bench_trigrams ON geodata_person USING gin (name gin_trgm_ops)"
        )
        trigrams = p95(lambda text: count(inside, f"%{text}%"), texts[:10])
        trigrams_three = p95(lambda text: count(inside, f"%{text}%"), [f"汐{text}" for text in texts[:EACH]])
        transaction.set_rollback(True)
    none = p95(lambda text: count(inside, f"%{text}%"), texts[:5])
    return [
        Row("search", "two signs, bare, this index", found, "ms p95"),
        Row("search", "two signs, bare, trigram index", trigrams, "ms p95", found, trigrams / found),
        Row("search", "three signs, bare, trigram index", trigrams_three, "ms p95"),
        Row("search", "two signs, bare, no index", none, "ms p95", found, none / found),
    ]


def count(statement: str, text: str) -> None:
    """Run a bare look-up."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, [text])
        cursor.fetchall()


def p95(ask: Callable[[str], None], texts: Iterable[str]) -> float:
    """Milliseconds of the 95th percentile, after one round for the caches."""
    chosen = list(texts)[:EACH]
    spent = []
    for text in [*chosen[:3], *chosen]:
        begin = time.perf_counter()
        ask(text)
        spent.append((time.perf_counter() - begin) * 1000)
    measured = sorted(spent[3:])
    return measured[int(len(measured) * 0.95)] if len(measured) > 1 else measured[0]
