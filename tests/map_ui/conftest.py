"""Signed-in browsers of the small street's people, and cases to look at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from gridmgmt.cases.intake import submit_report
from gridmgmt.cases.models import Case
from gridmgmt.organisation.models import User
from tests.world import AT, World, county_administrator, draft, sender


@pytest.fixture
def as_person(world: World) -> Callable[[str], Client]:
    """A browser in which a named person is signed in."""

    def signed_in(name: str) -> Client:
        client = Client()
        client.force_login(world.people[name])
        return client

    return signed_in


@pytest.fixture
def new_case(world: World) -> Callable[..., Case]:
    """A case reported by the worker in a cell of the drawing."""

    def report(letter: str = "A", **changes: object) -> Case:
        receipt = submit_report(draft=draft(world, letter, **changes), sender=sender(world), at=AT)
        return Case.objects.get(pk=receipt.case_id)

    return report


@pytest.fixture
def editor(world: World) -> User:
    """An administrator of the county, who may write flows."""
    return county_administrator(world)


@pytest.fixture
def office(editor: User) -> Client:
    """The browser of that administrator."""
    client = Client()
    client.force_login(editor)
    return client
