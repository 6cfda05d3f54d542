"""Many points at once get what each would get alone."""

from __future__ import annotations

from django.db import connection

from gridmgmt.cases import reference, statements
from gridmgmt.cases.batch import route_points
from gridmgmt.cases.intake import Place, route
from gridmgmt.cases.models import RoutingRule
from tests.world import AT

CATEGORIES = ["E0110", "E0401", "C0101"]


def test_batch_equals_the_single_way_and_borders_go_to_the_smaller_code(world):
    RoutingRule.objects.create(
        key="near", category_key="E0401", area_code=world.cells["B"].code, department_key="sanitation_station"
    )
    shape = world.cells["A"].geom.extent
    spots = [world.point(letter) for letter in "ABCDefgh"] + [(shape[2], world.point("A")[1]), (0.0, 0.0)]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE spots (id int, geom geometry(Point, 4326), category_key text)")
        for number, (lon, lat) in enumerate(spots):
            cursor.execute(
                "INSERT INTO spots VALUES (%s, ST_SetSRID(ST_MakePoint(%s, %s), 4326), %s)",
                [number, lon, lat, CATEGORIES[number % 3]],
            )
        cursor.execute("CREATE INDEX ON spots USING gist (geom)")
    known = reference.current()
    route_points(
        statements.raw_connection(),
        known,
        points="spots",
        categories=CATEGORIES,
        into="found",
        source="worker",
        at=AT,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.id, f.cell_code, d.department::text, d.rule, d.due_at FROM found f "
            "JOIN found_decisions d USING (decision) ORDER BY f.id"
        )
        rows = cursor.fetchall()
    assert len(rows) == 9  # the point in the Atlantic has no cell
    assert rows[8][1] == world.cells["A"].code
    for number, code, department, rule, due_at in rows:
        alone = route(
            known, place=Place(code, None), category_key=CATEGORIES[number % 3], source="worker", at=AT
        )
        assert department == alone.decision.department.id
        assert rule == alone.decision.match.rule.key
        assert due_at == alone.due_at
    assert rows[1][3] == "near"
