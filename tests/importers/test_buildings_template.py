"""The building template of another system, filled in: points where footprints should be, and names that are nobody's business."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.contrib.gis.geos import Point
from django.db import connection

from geodata.models import Building
from tests.importers.conftest import Run, fates
from tests.importers.people_world import STREET, make_street, write_xlsx

pytestmark = pytest.mark.django_db


def test_buildings_with_a_point_alone_stand_as_a_square_and_say_so(run: Run, tmp_path: Path) -> None:
    make_street()
    headings = [
        "小区/建筑名称",
        "类型",
        "所属网格",
        "详细地址",
        "建成年份",
        "安全负责人",
        "业主电话",
        "纬度",
        "经度",
    ]
    rows = [
        [
            "试验花园1栋",
            "住宅小区",
            "一格",
            "试验路1号",
            "2015",
            "某某",
            "12345678901",
            "23.0101",
            "113.0202",
        ],
        ["试验大厦", "商业大厦", "一格", "试验路3号", "", "", "", "23.0111", "113.0212"],
        ["没有位置", "其他", "一格", "", "", "", "", "", ""],
    ]
    path = write_xlsx(
        tmp_path / "b.xlsx", headings, [["必填，在网格内唯一", "必填", "必填", *["可选"] * 6], *rows]
    )
    said = {"profile": "buildings-template", "datum": "wgs84", "prefixes": (STREET,)}
    batch = run("buildings", path, to="applied", **said)
    assert fates(batch) == {"new": 2, "rejected": 1}
    assert batch.summary["reasons"]["note"] == {"shape_from_point": 2}
    found = Building.objects.get(name="试验花园1栋")
    assert (found.use, found.built_year, found.address) == ("residential", 2015, "试验路1号")
    assert found.geom.contains(Point(113.0202, 23.0101, srid=4326))
    with connection.cursor() as cursor:
        cursor.execute("SELECT ST_Area(geom::geography) FROM geodata_building WHERE id = %s", [found.pk])
        assert 98 < cursor.fetchone()[0] < 102
    assert "某某" not in json.dumps(found.extra, ensure_ascii=False)
    assert "12345678901" not in json.dumps(found.extra, ensure_ascii=False)
    assert fates(run("buildings", path, to="applied", **said)) == {"same": 2, "rejected": 1}
