"""Who finds which entry, in the bar and at a phone's lower edge."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from gridmgmt.organisation.scope import scope_of
from map_ui import navigation
from tests.world import World

Browser = Callable[[str], Client]


def test_a_worker_has_no_menu_of_settings(world: World) -> None:
    shown = navigation.links(scope_of(world.people["worker"]), "/")
    assert "/planner" not in {link.url for link in shown}
    assert not [menu for menu in navigation.grouped(shown) if menu.icon == "adjustments"]


def test_grouped_entries_stand_in_one_menu_only(world: World) -> None:
    shown = navigation.links(scope_of(world.people["leader"]), "/planner")
    in_menus = [link.url for menu in navigation.grouped(shown) for link in menu.links]
    assert "/planner" in in_menus
    assert len(in_menus) == len(set(in_menus))
    assert next(menu for menu in navigation.grouped(shown) if menu.icon == "adjustments").current


def test_a_phone_shows_every_entry_once_in_at_most_five_targets(world: World) -> None:
    for name in ("worker", "leader", "dispatcher", "importer"):
        shown = navigation.links(scope_of(world.people[name]), "/")
        tabs, more = navigation.phone_tabs(shown)
        assert len(tabs) + bool(more) <= 5
        assert sorted(link.url for link in tabs + more) == sorted(link.url for link in shown)


def test_the_page_marks_the_open_entry(as_person: Browser) -> None:
    page = as_person("leader").get("/planner").content.decode()
    assert page.count('aria-current="page"') >= 1
    assert "更多" in page
