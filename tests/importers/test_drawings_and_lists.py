"""KML and KMZ, drawings (DXF), and lists of division codes as JSON or of the whole country."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import pytest

from geodata.errors import DomainError
from geodata.models import Area, Building, Component
from importers import sniff
from tests.importers.conftest import Run, codes, fates
from tests.importers.test_bad_input import problems, read_here, refused

COUNTY = "000101"
RING = "113,23,5 113.001,23,5 113.001,23.001,5 113,23.001,5 113,23,5"
POLYGON = f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{RING}</coordinates></LinearRing></outerBoundaryIs></Polygon>"


def kml(path: Path, *placemarks: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> Path:
    body = "".join(f"<Placemark>{inner}</Placemark>" for inner in placemarks)
    path.write_text(
        f'{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>图</name><Folder><name>楼栋</name>{body}'
        "</Folder></Document></kml>",
        encoding="utf-8",
    )
    return path


def dxf(path: Path, *entities: str) -> Path:
    path.write_text(
        f"  0\nSECTION\n  2\nENTITIES\n{''.join(entities)}  0\nENDSEC\n  0\nEOF\n", encoding="utf-8"
    )
    return path


def outline(layer: str, *corners: tuple[float, float], closed: bool = True) -> str:
    points = "".join(f" 10\n{x}\n 20\n{y}\n" for x, y in corners)
    return (
        f"  0\nLWPOLYLINE\n  8\n{layer}\n100\nAcDbPolyline\n 90\n{len(corners)}\n 70\n{int(closed)}\n{points}"
    )


@pytest.mark.django_db
def test_placemarks_come_with_their_data(run: Run, tmp_path: Path) -> None:
    data = '<ExtendedData><Data name="floors"><value>7</value></Data></ExtendedData>'
    schema = '<ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="floors">9</SimpleData></SchemaData></ExtendedData>'
    path = kml(
        tmp_path / "b.kml",
        f"<name>甲楼</name>{data}{POLYGON}",
        f"<name>乙楼</name>{schema}<MultiGeometry>{POLYGON}{POLYGON.replace('113', '114')}</MultiGeometry>",
    )
    batch = run("buildings", path, county=COUNTY, to="applied")
    assert fates(batch) == {"new": 2}
    assert batch.summary["file_crs"] == "KML"
    assert dict(Building.objects.values_list("name", "floors")) == {"甲楼": 7, "乙楼": 9}
    assert Building.objects.get(name="甲楼").extra == {"folder": "楼栋"}
    with pytest.raises(DomainError, match="crs_contradiction"):
        run("buildings", path, county=COUNTY, datum="gcj02")


@pytest.mark.django_db
def test_kmz_is_unpacked(run: Run, tmp_path: Path) -> None:
    inner = kml(tmp_path / "doc.kml", "<name>灯</name><Point><coordinates>113,23</coordinates></Point>")
    with zipfile.ZipFile(tmp_path / "c.kmz", "w") as packed:
        packed.write(inner, "doc.kml")
        packed.writestr("files/icon.png", b"\x89PNG")
    batch = run(
        "components", tmp_path / "c.kmz", county=COUNTY, constants={"class_code": "0121"}, to="applied"
    )
    assert fates(batch) == {"new": 1}
    assert Component.objects.get().name == "灯"


@pytest.mark.parametrize(
    "inner",
    [
        "<Point><coordinates>113,23 114,24</coordinates></Point>",
        "<Point><coordinates>x,y</coordinates></Point>",
        "<Point><coordinates>113</coordinates></Point>",
        "<LineString><coordinates>113,23</coordinates></LineString>",
        POLYGON.replace("113,23,5</", "114,23,5</"),
        "<Polygon><outerBoundaryIs><LinearRing><coordinates></coordinates></LinearRing></outerBoundaryIs></Polygon>",
    ],
)
def test_a_broken_shape_is_a_rejected_row(tmp_path: Path, inner: str) -> None:
    path = kml(tmp_path / "a.kml", inner, "<Point><coordinates>113,23</coordinates></Point>")
    found = problems(path, constants={"kind": "green"})
    assert "geometry_unreadable" in found[0]
    assert found[1] == ""


def test_entities_depth_and_torn_ends_are_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE k [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    assert refused(kml(tmp_path / "b.kml", "<name>&b;</name>", head=bomb)) == "file_broken"
    torn = tmp_path / "t.kml"
    torn.write_text('<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>', encoding="utf-8")
    assert refused(torn) == "file_broken"
    assert refused(kml(tmp_path / "d.kml", "<Folder>" * 80 + "</Folder>" * 80)) == "file_broken"
    for encoding in ("gbk", "no-such", "rot13"):
        head = f'<?xml version="1.0" encoding="{encoding}"?>'
        assert refused(kml(tmp_path / "e.kml", "<name>a</name>", head=head)) == "encoding_unknown"
    other = tmp_path / "o.kml"
    other.write_text("<rss><channel/></rss>", encoding="utf-8")
    with pytest.raises(DomainError, match="format_refused"):
        sniff.sniff(other)


@pytest.mark.django_db
def test_closed_outlines_of_a_drawing_are_buildings(run: Run, tmp_path: Path) -> None:
    corners = ((400_000, 2_550_000), (400_020, 2_550_000), (400_020, 2_550_010), (400_000, 2_550_010))
    path = dxf(
        tmp_path / "b.dxf",
        outline("JMD", *corners),
        outline("DLSS", *corners, closed=False),
    )
    assert sniff.sniff(path) == "dxf"
    with pytest.raises(DomainError, match="crs_undeclared"):
        run("buildings", path, county=COUNTY)
    batch = run("buildings", path, county=COUNTY, datum="epsg:4547", only={"Layer": ["JMD"]}, to="applied")
    assert fates(batch) == {"new": 1}
    assert batch.counts["left_out"] == 1
    assert Building.objects.get().extra["Layer"] == "JMD"


@pytest.mark.parametrize(
    ("content", "found"), [(b"AutoCAD Binary DXF\r\n\x1a\x00", "binary DXF"), (b"AC1032\x00\x00", "DWG")]
)
def test_binary_drawings_are_refused_by_name(tmp_path: Path, content: bytes, found: str) -> None:
    path = tmp_path / "a.dxf"
    path.write_bytes(content)
    with pytest.raises(DomainError) as caught:
        sniff.sniff(path)
    assert (caught.value.code, caught.value.data["found"]) == ("format_refused", found)


@pytest.mark.django_db
def test_a_broken_drawing_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.dxf"
    path.write_text("  0\nSECTION\n  2\nENTITIES\n  0\nLWPOLYLINE\n 90\nx", encoding="utf-8")
    with pytest.raises(DomainError) as caught:
        run("buildings", path, county=COUNTY, datum="epsg:4547")
    assert caught.value.code == "file_broken"
    assert not Building.objects.exists()


LIST = [
    ("000101", "示例区"), ("000102", "邻区"), ("000101001", "甲街道"), ("000102001", "乙街道"), ("000101001001", "兰湖社区"),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["json", "csv"])
def test_one_county_is_taken_from_the_list_of_a_country(run: Run, tmp_path: Path, form: str) -> None:
    for profile, length in (("division-counties", 6), ("division-streets", 9), ("division-communities", 12)):
        rows = [
            {"code": code, "name": name, "provinceCode": "00"} for code, name in LIST if len(code) == length
        ]
        path = tmp_path / f"{profile}.{form}"
        if form == "json":
            path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        else:
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, ["code", "name", "provinceCode"])
                writer.writeheader()
                writer.writerows(rows)
        batch = run("areas", path, profile=profile, county=COUNTY, to="applied")
        assert fates(batch) == {"new": 1}
        assert batch.counts["left_out"] == len(rows) - 1
    assert set(Area.objects.values_list("code", flat=True)) == {"000101", "000101001", "000101001001"}
    assert Area.objects.get(code="000101001001").parent_id == "000101001"


def test_lists_that_are_no_tables_are_refused(tmp_path: Path) -> None:
    for text, code in (
        ("[]", "header_missing"),
        ("[1]", "not_rows"),
        ('[{"code": "1"}, [2]]', "not_rows"),
        ('[{"a": 1}', "json_broken"),
        ('[{"a":1}] x', "json_broken"),
    ):
        path = tmp_path / "a.json"
        path.write_text(text, encoding="utf-8")
        assert refused(path, "areas") == code, text
    path.write_text('[{"code": "000101", "name": {"zh": "区"}, "lon": 1.50}]', encoding="utf-8")
    rows, facts = read_here(path, "areas")
    assert facts["rows"] == 1
    assert '{"zh": "区"}' in [value.replace("\\\\", "") for value in rows[0]]


@pytest.mark.django_db
def test_json_rows_with_a_position_are_points(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text(
        '[{"名称": "灯", "lon": 113.0, "lat": 23}, {"名称": "井", "lon": "x", "lat": 23}]', encoding="utf-8"
    )
    batch = run("components", path, county=COUNTY, datum="wgs84", constants={"class_code": "0121"})
    assert fates(batch) == {"new": 1, "rejected": 1}
    assert codes(batch) >= {"coordinate_not_number"}
