from __future__ import annotations

import pytest
import shapely
from shapely import affinity, box

from geodata.cell_numbers import free_codes, reading_order
from geodata.edition_checks import MESSAGES, SEVERITY, CellShape, check_cells, degrees, metric, sentence
from geodata.errors import DomainError

COMMUNITY = "009901001001"
# One community of 400 m × 200 m in ground metres around 114.2° E, 20.4° N, drawn in metres and stored in degrees.
EAST, NORTH = 520_000.0, 2_256_000.0


def ground(x0, y0, x1, y1):
    return box(EAST + x0, NORTH + y0, EAST + x1, NORTH + y1)


def lonlat(shape):
    return degrees([shape])[0]


def cell(serial, shape, community=COMMUNITY):
    return CellShape(f"{community}{serial:03d}", lonlat(shape))


OUTLINE = {COMMUNITY: lonlat(ground(0, 0, 400, 200))}
WEST_HALF, EAST_HALF = ground(0, 0, 200, 200), ground(200, 0, 400, 200)


def codes(found):
    return [finding.code for finding in found]


def test_two_halves_tile_their_community():
    assert check_cells([cell(1, WEST_HALF), cell(2, EAST_HALF)], OUTLINE) == []


def test_a_gap_is_found_with_its_place_and_size():
    (finding,) = check_cells([cell(1, WEST_HALF), cell(2, ground(203, 0, 400, 200))], OUTLINE)
    assert finding.code == "community_gap"
    assert finding.severity == "error"
    assert finding.data["area_m2"] == pytest.approx(600, abs=2)
    assert metric([finding.geometry])[0].equals_exact(ground(200, 0, 203, 200).normalize(), 0.02) or (
        metric([finding.geometry])[0].symmetric_difference(ground(200, 0, 203, 200)).area < 1
    )


def test_an_overlap_names_both_cells():
    (finding,) = check_cells([cell(1, ground(0, 0, 205, 200)), cell(2, EAST_HALF)], OUTLINE)
    assert finding.code == "cells_overlap"
    assert finding.cells == (f"{COMMUNITY}001", f"{COMMUNITY}002")
    assert finding.data["area_m2"] == pytest.approx(1000, abs=2)


def test_a_cell_beyond_the_outline_is_found():
    found = check_cells([cell(1, WEST_HALF), cell(2, ground(200, 0, 410, 200))], OUTLINE)
    assert codes(found) == ["cell_outside_community"]
    assert found[0].data["area_m2"] == pytest.approx(2000, abs=3)


def test_rounding_to_seven_decimals_is_no_gap():
    rounded = [
        CellShape(c.code, shapely.set_precision(c.geom, 1e-7))
        for c in (cell(1, WEST_HALF), cell(2, EAST_HALF))
    ]
    assert check_cells(rounded, OUTLINE) == []


def test_four_centimetres_are_rounding_and_eight_are_not():
    assert check_cells([cell(1, WEST_HALF), cell(2, ground(200.04, 0, 400, 200))], OUTLINE) == []
    assert codes(check_cells([cell(1, WEST_HALF), cell(2, ground(200.08, 0, 400, 200))], OUTLINE)) == [
        "community_gap"
    ]


def test_a_sliver_is_an_error():
    found = check_cells(
        [cell(1, WEST_HALF), cell(2, ground(200.4, 0, 400, 200)), cell(3, ground(200, 0, 200.4, 200))],
        OUTLINE,
    )
    assert codes(found) == ["cell_sliver"]
    assert found[0].data["area_m2"] == pytest.approx(80, abs=1)


def test_a_bow_tie_is_reported_once_and_hides_no_other_fault():
    tie = shapely.Polygon(
        [(EAST, NORTH), (EAST + 200, NORTH + 200), (EAST + 200, NORTH), (EAST, NORTH + 200)]
    )
    found = check_cells([cell(1, tie), cell(2, EAST_HALF)], OUTLINE)
    assert codes(found)[0] == "cell_invalid"
    assert "community_gap" in codes(found)


def test_codes_twice_unknown_communities_and_parts():
    other = "009901001009"
    two_parts = shapely.MultiPolygon([ground(0, 0, 100, 200), ground(150, 0, 200, 200)])
    found = check_cells(
        [
            cell(1, two_parts),
            cell(2, ground(100, 0, 150, 200)),
            cell(2, EAST_HALF),
            cell(1, ground(500, 0, 600, 90), other),
        ],
        OUTLINE,
    )
    assert set(codes(found)) == {"cell_code_duplicate", "cell_without_community", "cell_in_parts"}
    assert {f.code: f.severity for f in found}["cell_in_parts"] == "warning"


def test_without_an_outline_gaps_are_not_judged_but_overlaps_are():
    found = check_cells([cell(1, ground(0, 0, 250, 200)), cell(2, EAST_HALF)], {COMMUNITY: None})
    assert codes(found) == ["cells_overlap", "community_without_outline"]


def test_cells_of_two_communities_may_touch():
    neighbour = "009901001002"
    outlines = OUTLINE | {neighbour: lonlat(ground(400, 0, 600, 200))}
    cells = [cell(1, WEST_HALF), cell(2, EAST_HALF), cell(1, ground(400, 0, 600, 200), neighbour)]
    assert check_cells(cells, outlines) == []


def test_every_finding_has_a_severity_and_a_sentence():
    assert set(SEVERITY) == set(MESSAGES)
    (finding,) = check_cells([cell(1, WEST_HALF), cell(2, ground(203, 0, 400, 200))], OUTLINE)
    stored = finding.as_dict()
    assert COMMUNITY in sentence(stored)
    assert stored["geometry"]["type"] == "Polygon"


def test_numbers_run_from_west_to_east_and_row_by_row_southwards():
    #  0 1 2
    #  3 4 5   with every middle shaken by up to 20 m
    middles = [(0, 190), (110, 210), (190, 200), (10, 90), (90, 110), (205, 100)]
    assert reading_order(middles, 10_000) == [0, 1, 2, 3, 4, 5]
    shuffled = [middles[k] for k in (4, 2, 0, 5, 1, 3)]
    assert [shuffled[k] for k in reading_order(shuffled, 10_000)] == middles


def test_new_codes_follow_the_highest_one_taken():
    assert free_codes(COMMUNITY, [], 2, 3) == [f"{COMMUNITY}001", f"{COMMUNITY}002"]
    assert free_codes(COMMUNITY, [f"{COMMUNITY}007", "009901001002099"], 1, 3) == [f"{COMMUNITY}008"]
    with pytest.raises(DomainError) as refused:
        free_codes(COMMUNITY, [f"{COMMUNITY}98"], 2, 2)
    assert refused.value.code == "cell_serials_exhausted"


def test_metres_survive_the_way_to_degrees_and_back():
    shape = affinity.rotate(WEST_HALF, 17)
    assert metric([lonlat(shape)])[0].equals_exact(shape, 1e-6)
