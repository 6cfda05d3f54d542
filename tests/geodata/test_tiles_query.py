"""The short way of tiles to the database: values in binary form, errors as psycopg's, a lost connection is told as one."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection

from geodata.prepared import idle, prepared
from geodata.tiles import query


@pytest.fixture
def link(db: None) -> psycopg.Connection:
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as opened:
        yield opened


@pytest.mark.parametrize("words", [(), ("009901",), ("009901", "", "网格")])
def test_a_text_array_arrives_as_it_was(link: psycopg.Connection, words: tuple[str, ...]) -> None:
    text = "SELECT convert_to(array_to_json($1::text[])::text, 'UTF8')"
    told = prepared(link, text, [query.text_array(words)])
    assert told == ("[" + ",".join(f'"{word}"' for word in words) + "]").encode()


def test_a_statement_is_prepared_once(link: psycopg.Connection) -> None:
    for number in (1, 2, 3):
        assert prepared(link, "SELECT int4send($1::int)", [query.INT4(number)]) == query.INT4(number)
    count = link.execute("SELECT count(*) FROM pg_prepared_statements WHERE name ~ '^grid_'").fetchone()
    assert count == (1,)


def test_an_error_is_the_statements_own(link: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        prepared(link, "SELECT int4send(1 / $1::int)", [query.INT4(0)])
    assert prepared(link, "SELECT int4send($1::int)", [query.INT4(1)]) == query.INT4(1)


def test_a_lost_connection_is_told(link: psycopg.Connection) -> None:
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [link.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        prepared(link, "SELECT int4send($1::int)", [query.INT4(1)])


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_was_given_up_is_prepared_again() -> None:
    """psycopg gives up all prepared statements after a rollback; tiles and look-ups must not end with it."""
    with query.bare_link() as link:
        assert prepared(link, "SELECT int4send($1::int)", [query.INT4(7)]) == query.INT4(7)
        link.execute("DEALLOCATE ALL")
        assert idle(link)
        assert prepared(link, "SELECT int4send($1::int)", [query.INT4(8)]) == query.INT4(8)
