"""The planner's page and what its script asks for: scope, proposals, edits, drafts, activation."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from geodata.models import Cell, ContextFeature, Edition, EditionState
from tests.world import OTHER, STREET, World

Browser = Callable[[str], Client]
FIRST = STREET + "001"


def post(client: Client, path: str, body: Any) -> Any:
    return client.post(
        f"/planner/{path}",
        json.dumps(body),
        content_type="application/json",
        headers={"Accept": "application/json"},
    )


def state_of(client: Client, code: str = FIRST) -> dict[str, Any]:
    return client.get(f"/planner/area/{code}", headers={"Accept": "application/json"}).json()


def saved(client: Client, cells: list[Any], code: str = FIRST, **more: Any) -> Any:
    body = {"code": code, "cells": cells, "base": state_of(client, code)["base"], "title": "试划", **more}
    return post(client, "save", body)


def merged(client: Client, *chosen: int) -> list[Any]:
    cells = state_of(client)["cells"]
    return post(client, "merge", {"code": FIRST, "cells": cells, "chosen": list(chosen)}).json()["cells"]


@pytest.mark.parametrize(
    ("name", "status"), [("leader", 200), ("importer", 200), ("worker", 403), ("handler", 403)]
)
def test_planners_open_the_page_and_others_do_not(as_person: Browser, name: str, status: int) -> None:
    assert as_person(name).get("/planner").status_code == status


def test_the_page_offers_only_areas_in_scope(as_person: Browser) -> None:
    text = as_person("leader").get("/planner").content.decode()
    assert FIRST in text
    assert OTHER not in text


def test_an_area_tells_outline_cells_and_editions(world: World, as_person: Browser) -> None:
    state = state_of(as_person("leader"))
    assert [cell["properties"]["code"] for cell in state["cells"]] == [world.cells[k].code for k in "ABCD"]
    assert state["communities"][0]["outline"]["type"] == "MultiPolygon"
    assert [edition["state"] for edition in state["editions"]] == ["active"]


@pytest.mark.parametrize("name", ["worker", "neighbour_leader"])
def test_a_strange_area_is_refused_by_every_door(as_person: Browser, name: str) -> None:
    client = as_person(name)
    answer = client.get(f"/planner/area/{FIRST}", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (403, "planner_not_permitted")
    for path in ("propose", "split", "merge", "check", "save"):
        assert post(client, path, {"code": FIRST, "cells": []}).status_code == 403
    edition = Edition.objects.get(scope_code=STREET)
    assert client.get(f"/planner/editions/{edition.pk}").status_code == 404
    for act in ("activate", "discard"):
        assert post(client, f"editions/{edition.pk}/{act}", {}).status_code == 404


def test_a_proposal_follows_the_roads(world: World, as_person: Browser) -> None:
    middle = world.cells["B"].geom.extent[2]
    _west, south, _east, north = world.cells["B"].geom.extent
    road = f"SRID=4326;LINESTRING({middle} {south - 0.001}, {middle} {north + 0.001})"
    ContextFeature.objects.create(county=STREET[:6], kind="road", geom=road)
    whole = sum(cell.area_m2 for cell in Cell.objects.filter(community_code=FIRST))
    answer = post(as_person("leader"), "propose", {"code": FIRST, "area_m2": round(whole / 2)}).json()
    assert [cell["properties"]["code"] for cell in answer["cells"]] == [FIRST + "001", FIRST + "002"]
    assert answer["quality"]["along_roads"] == 1.0
    assert answer["quality"]["deviation"] < 0.01


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"code": FIRST}, "target_invalid"),
        ({"code": FIRST, "households": 300}, "target_without_households"),
        ({"code": FIRST, "households": "many"}, "planner_request"),
        ({"code": "x"}, "planner_request"),
        ([], "planner_request"),
    ],
)
def test_a_proposal_that_cannot_be_made_says_why(as_person: Browser, body: Any, code: str) -> None:
    answer = post(as_person("leader"), "propose", body)
    assert answer.json()["code"] == code
    assert 400 <= answer.status_code < 500


def test_a_split_keeps_the_code_for_the_larger_piece(world: World, as_person: Browser) -> None:
    client = as_person("leader")
    cells = state_of(client)["cells"]
    west, south, east, north = world.cells["A"].geom.extent
    cut = south + (north - south) * 0.3
    line = {"type": "LineString", "coordinates": [[west - 0.001, cut], [east + 0.0002, cut]]}
    after = post(client, "split", {"code": FIRST, "cells": cells, "chosen": 0, "line": line}).json()["cells"]
    codes = [cell["properties"]["code"] for cell in after]
    assert sorted(codes) == [FIRST + f"00{k}" for k in (1, 2, 3, 4, 5)]
    answer = post(client, "check", {"code": FIRST, "cells": after}).json()
    assert answer["findings"] == []


def test_merging_apart_is_refused(as_person: Browser) -> None:
    client = as_person("leader")
    cells = state_of(client)["cells"]
    answer = post(client, "merge", {"code": FIRST, "cells": cells, "chosen": [0, 2]})
    assert (answer.status_code, answer.json()["code"]) == (422, "merge_apart")


def test_a_check_stores_nothing_and_points_at_the_gap(as_person: Browser) -> None:
    client = as_person("leader")
    cells = state_of(client)["cells"]
    (finding,) = post(client, "check", {"code": FIRST, "cells": cells[:3]}).json()["findings"]
    assert (finding["code"], finding["severity"], finding["geometry"]["type"]) == (
        "community_gap",
        "error",
        "Polygon",
    )
    assert FIRST in finding["text"]
    assert Edition.objects.filter(scope_code=STREET).count() == 1


def test_a_crossed_outline_is_a_finding_and_cannot_be_saved(as_person: Browser) -> None:
    client = as_person("leader")
    cells = state_of(client)["cells"]
    ring = cells[0]["geometry"]["coordinates"][0]
    ring[1], ring[2] = ring[2], ring[1]
    found = post(client, "check", {"code": FIRST, "cells": cells}).json()["findings"]
    assert ("cell_invalid", "error") in {(finding["code"], finding["severity"]) for finding in found}
    assert saved(client, cells).json()["code"] == "geometry_invalid"


def test_saved_checked_previewed_and_activated(world: World, as_person: Browser) -> None:
    client = as_person("leader")
    answer = saved(client, merged(client, 0, 1)).json()
    assert answer["edition"]["state"] == EditionState.CHECKED
    key = answer["edition"]["id"]
    moves = client.get(f"/planner/editions/{key}/preview").json()["moves"]
    assert (moves["cells_changed"], moves["cells_gone"]) == (1, 1)
    again = saved(client, merged(client, 2, 3), edition=key).json()
    assert again["edition"]["id"] == key
    assert post(client, f"editions/{key}/activate", {}).json()["edition"]["state"] == EditionState.ACTIVE
    assert Cell.objects.filter(active=True, community_code=FIRST).count() == 3


def test_a_page_that_is_older_than_the_active_edition_cannot_save(world: World, as_person: Browser) -> None:
    client = as_person("leader")
    cells, old = merged(client, 0, 1), state_of(client)["base"]
    key = saved(client, cells).json()["edition"]["id"]
    post(client, f"editions/{key}/activate", {})
    answer = post(client, "save", {"code": FIRST, "cells": cells, "base": old})
    assert (answer.status_code, answer.json()["code"]) == (409, "edition_base_changed")


def test_a_draft_is_thrown_away(as_person: Browser) -> None:
    client = as_person("leader")
    key = saved(client, merged(client, 0, 1)).json()["edition"]["id"]
    assert post(client, f"editions/{key}/discard", {}).status_code == 200
    assert not Edition.objects.filter(pk=key).exists()


@pytest.mark.parametrize(
    "cells",
    [
        None,
        [{}],
        [{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [1, 2]}}],
    ],
)
def test_broken_cells_are_refused(as_person: Browser, cells: Any) -> None:
    assert 400 <= post(as_person("leader"), "check", {"code": FIRST, "cells": cells}).status_code < 500
