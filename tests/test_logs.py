"""Log lines: one object each, and no row of the database in them."""

from __future__ import annotations

import json
import logging

import pytest
from django.db import Error, connection, transaction

from gridmgmt.logs import JsonFormatter
from gridmgmt.organisation.models import User
from tests.world import World

SEVERAL_LINES = "DO $$ BEGIN RAISE EXCEPTION 'refused' USING DETAIL = E'Failing row contains (one\\ntwo\\n\\nthree)'; END $$"


def logged(error: BaseException) -> str:
    """The line that would be written for an exception."""
    told = (type(error), error, error.__traceback__)
    return JsonFormatter().format(
        logging.LogRecord("x", logging.ERROR, "x.py", 1, "request failed", (), told)
    )


def test_a_refused_row_is_not_quoted_in_the_log(world: World) -> None:
    with pytest.raises(Error, match=r"\(leader\)") as caught, transaction.atomic():
        User.objects.create(username=world.people["leader"].username, name="x")
    line = logged(caught.value)
    assert "(leader)" not in line
    assert "IntegrityError" in json.loads(line)["exception"]


@pytest.mark.django_db
def test_a_quoted_row_of_several_lines_is_left_out_whole() -> None:
    with (
        pytest.raises(Error, match="three") as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(SEVERAL_LINES)
    line = logged(caught.value)
    assert "refused" in line
    assert not any(word in line for word in ("(one", "two", "three"))


def test_a_stranger_cannot_begin_a_line_of_the_log() -> None:
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, 'a\n{"level": "error"}', (), None)
    assert len(JsonFormatter().format(record).splitlines()) == 1
