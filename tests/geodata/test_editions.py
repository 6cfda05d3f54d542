from __future__ import annotations

import datetime

import pytest
import shapely
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.utils import timezone

from geodata import editions
from geodata.cell_drafts import CellDraft, join_borders, outlines_under
from geodata.edition_checks import SLIVER_M2
from geodata.errors import DomainError
from geodata.models import Area, Building, Cell, Component, Edition, EditionState, Organisation, Person
from geodata.planning.frame import communities_of
from tests.world import AT, COUNTY, OTHER, STREET

FIRST, SECOND = STREET + "001", STREET + "002"
LATER = AT + datetime.timedelta(hours=1)
pytestmark = pytest.mark.django_db


def shape(world, *letters):
    return shapely.union_all([shapely.from_wkb(bytes(world.cells[letter].geom.wkb)) for letter in letters])


def prepare(world, *groups, scope=FIRST, at=LATER, **more):
    drafts = [CellDraft(shape(world, *group), **more) for group in groups]
    return editions.prepare_edition(scope_code=scope, title="新网格", cells=drafts, by=None, at=at)


def codes(edition):
    return list(edition.cells.order_by("code").values_list("code", flat=True))


def building(world, letter, **values):
    lon, lat = world.point(letter)
    d = 0.0001
    square = MultiPolygon(Polygon.from_bbox((lon - d, lat - d, lon + d, lat + d)), srid=4326)
    code = world.cells[letter].code
    return Building.objects.create(county=code[:6], cell_code=code, geom=square, **values)


def component(world, letter, serial):
    code = world.cells[letter].code
    return Component.objects.create(
        code=f"{COUNTY}0101{serial:06d}", class_code="0101", county=code[:6], cell_code=code,
        geom=Point(*world.point(letter), srid=4326),
    )  # fmt: skip


def test_a_draft_takes_the_scope_of_the_active_edition_above_and_the_next_number(world):
    edition = prepare(world, "AB", "CD")
    assert (edition.scope_code, edition.number, edition.state) == (STREET, 2, EditionState.DRAFT)
    assert not edition.cells.filter(active=True).exists()


def test_new_cells_are_numbered_from_one_when_none_keeps_its_code(world):
    assert codes(prepare(world, "CD", "AB")) == [FIRST + "001", FIRST + "002"]
    west = Edition.objects.get(number=2).cells.get(code=FIRST + "001")
    assert west.geom.centroid.x < world.cells["C"].geom.centroid.x


def test_an_unchanged_cell_keeps_its_code_and_new_ones_follow(world):
    edition = prepare(world, "A", "B", "CD")
    assert codes(edition) == [world.cells["A"].code, world.cells["B"].code, FIRST + "005"]


def test_a_cell_in_no_community_is_refused(world):
    afar = shapely.box(114.5, 20.1, 114.51, 20.11)
    with pytest.raises(DomainError) as refused:
        editions.prepare_edition(scope_code=FIRST, title="", cells=[CellDraft(afar)], by=None, at=LATER)
    assert refused.value.code == "cell_without_community"
    assert not Edition.objects.filter(number=2).exists()


def test_no_cell_is_drawn_in_a_community_that_was_abolished(world):
    gone = timezone.localdate()
    Area.objects.filter(code=FIRST).update(valid_to=gone + datetime.timedelta(days=1), successor_code=SECOND)
    assert FIRST in outlines_under(STREET)
    assert FIRST in communities_of(STREET)
    Area.objects.filter(code=FIRST).update(valid_to=gone)
    assert list(outlines_under(STREET)) == communities_of(STREET) == [SECOND]
    with pytest.raises(DomainError) as refused:
        prepare(world, "AB", scope=STREET)
    assert refused.value.code == "cell_without_community"


@pytest.mark.parametrize(
    ("drafts", "code"),
    [
        ([], "edition_empty"),
        ([{"code": OTHER + "001001"}], "cell_outside_scope"),
        ([{"code": SECOND + "001"}], "cell_outside_scope"),
        ([{"community_code": SECOND}], "cell_outside_scope"),
        ([{"code": FIRST + "009"}, {"code": FIRST + "009"}], "cell_code_duplicate"),
        ([{"code": FIRST + "000"}], "cell_serial_zero"),
    ],
)
def test_drafts_that_cannot_be_stored(world, drafts, code):
    cells = [CellDraft(shape(world, letter), **more) for letter, more in zip("AB", drafts, strict=False)]
    with pytest.raises(DomainError) as refused:
        editions.prepare_edition(scope_code=FIRST, title="", cells=cells, by=None, at=LATER)
    assert refused.value.code == code


def test_an_unknown_area_is_refused(world):
    with pytest.raises(DomainError) as refused:
        prepare(world, "AB", scope="009901009")
    assert refused.value.code == "area_unknown"


def test_a_faultless_edition_becomes_checked(world):
    edition = prepare(world, "AB", "CD")
    found = editions.check_edition(edition_id=edition.pk)
    assert [(f.code, f.data) for f in found] == [("communities_kept", {"count": 1})]
    edition.refresh_from_db()
    assert edition.state == EditionState.CHECKED
    assert edition.checks[0]["code"] == "communities_kept"


def test_an_edition_with_a_gap_stays_a_draft_and_cannot_be_activated(world):
    edition = prepare(world, "A", "B")
    found = editions.check_edition(edition_id=edition.pk)
    assert [f.code for f in found if f.severity == "error"] == ["community_gap"]
    with pytest.raises(DomainError) as refused:
        editions.activate_edition(edition_id=edition.pk, by=None, at=LATER)
    assert (refused.value.code, refused.value.data["codes"]) == ("edition_has_errors", ["community_gap"])
    edition.refresh_from_db()
    assert edition.state == EditionState.DRAFT
    assert Cell.objects.filter(active=True, code__startswith=FIRST).count() == 4


def test_activation_retires_the_old_edition_and_keeps_the_other_communities(world):
    old = Edition.objects.get(scope_code=STREET, number=1)
    before = {cell.code: cell.geom.wkt for cell in old.cells.filter(community_code=SECOND)}
    edition = prepare(world, "AB", "CD")
    done = editions.activate_edition(edition_id=edition.pk, by=None, at=LATER)
    old.refresh_from_db()
    assert done.retired == (old.pk,)
    assert (old.state, old.valid_to) == (EditionState.RETIRED, LATER)
    assert (done.edition.state, done.edition.valid_from) == (EditionState.ACTIVE, LATER)
    active = Cell.objects.filter(active=True, code__startswith=STREET)
    assert {cell.edition_id for cell in active} == {edition.pk}
    assert {cell.code: cell.geom.wkt for cell in active.filter(community_code=SECOND)} == before
    assert old.cells.count() == 12
    assert not old.cells.filter(active=True).exists()


def test_the_neighbour_street_is_not_touched(world):
    before = list(Cell.objects.filter(code__startswith=OTHER).values_list("code", "active"))
    editions.activate_edition(edition_id=prepare(world, "ABCD").pk, by=None, at=LATER)
    assert list(Cell.objects.filter(code__startswith=OTHER).values_list("code", "active")) == before


def test_rows_are_stamped_with_their_new_cell_and_people_follow_the_building(world):
    house, far = building(world, "C"), building(world, "a")
    person = Person.objects.create(name="测试一", county=COUNTY, cell_code=house.cell_code, building=house)
    shop = Organisation.objects.create(
        name="铺一",
        county=COUNTY,
        cell_code=house.cell_code,
        building=house,
        geom=Point(*world.point("A"), srid=4326),
    )
    kiosk = Organisation.objects.create(
        name="亭一", county=COUNTY, cell_code=world.cells["D"].code, geom=Point(*world.point("D"), srid=4326)
    )
    lamp = component(world, "D", 1)
    edition = prepare(world, "AB", "CD")
    moves = editions.preview_edition(edition_id=edition.pk)
    done = editions.activate_edition(edition_id=edition.pk, by=None, at=LATER)
    assert done.moves == moves
    assert (moves.buildings, moves.people, moves.organisations, moves.components) == (1, 1, 2, 1)
    assert (moves.cells_new, moves.cells_same, moves.cells_changed, moves.cells_gone) == (0, 8, 2, 2)
    for row in (house, person, shop, kiosk, lamp):
        row.refresh_from_db()
        assert row.cell_code == FIRST + "002"
    far.refresh_from_db()
    assert far.cell_code == world.cells["a"].code


def test_preview_writes_nothing(world):
    house = building(world, "C")
    edition = prepare(world, "AB", "CD")
    editions.preview_edition(edition_id=edition.pk)
    house.refresh_from_db()
    edition.refresh_from_db()
    assert (house.cell_code, edition.state) == (world.cells["C"].code, EditionState.DRAFT)


def test_a_person_without_a_building_keeps_only_a_code_that_still_means_the_same(world):
    kept = Person.objects.create(name="甲", county=COUNTY, cell_code=world.cells["A"].code)
    lost = Person.objects.create(name="乙", county=COUNTY, cell_code=world.cells["C"].code)
    editions.activate_edition(edition_id=prepare(world, "A", "B", "CD").pk, by=None, at=LATER)
    kept.refresh_from_db()
    lost.refresh_from_db()
    assert (kept.cell_code, lost.cell_code) == (world.cells["A"].code, FIRST)


def test_what_lies_in_no_cell_any_more_is_known_to_the_smallest_area(world):
    stray = component(world, "A", 7)
    Component.objects.filter(pk=stray.pk).update(geom=Point(114.3, 20.3, srid=4326))
    editions.activate_edition(edition_id=prepare(world, "ABCD").pk, by=None, at=LATER)
    stray.refresh_from_db()
    assert stray.cell_code == STREET


def test_a_draft_older_than_the_active_edition_is_refused(world):
    older = prepare(world, "ABC", "D")
    editions.activate_edition(
        edition_id=prepare(world, "AB", "CD").pk, by=None, at=LATER + datetime.timedelta(minutes=5)
    )
    with pytest.raises(DomainError) as refused:
        editions.activate_edition(edition_id=older.pk, by=None, at=LATER + datetime.timedelta(hours=1))
    assert refused.value.data["codes"] == ["edition_outdated"]


def test_an_edition_is_activated_once(world):
    edition = prepare(world, "ABCD")
    editions.activate_edition(edition_id=edition.pk, by=None, at=LATER)
    with pytest.raises(DomainError) as refused:
        editions.activate_edition(edition_id=edition.pk, by=None, at=LATER)
    assert refused.value.code == "edition_not_draft"


def test_time_does_not_run_backwards(world):
    edition = prepare(world, "ABCD", at=AT)
    with pytest.raises(DomainError) as refused:
        editions.activate_edition(edition_id=edition.pk, by=None, at=AT)
    assert refused.value.code == "edition_time_reversed"


def test_a_community_edition_below_an_active_street_is_refused(world):
    edition = Edition.objects.create(scope_code=FIRST, number=1, created_at=LATER)
    for k, draft in enumerate(("AB", "CD"), 1):
        Cell.objects.create(
            edition=edition, code=f"{FIRST}{k:03d}", county=COUNTY, community_code=FIRST,
            geom=MultiPolygon(Polygon.from_ewkt("SRID=4326;" + shape(world, *draft).wkt)),
        )  # fmt: skip
    with pytest.raises(DomainError) as refused:
        editions.activate_edition(edition_id=edition.pk, by=None, at=LATER)
    assert refused.value.code == "edition_scope_covered"


def test_a_wider_edition_follows_several_narrow_ones(world):
    drafts = [CellDraft(shape(world, *"ABCD")), *(CellDraft(shape(world, c)) for c in "abcdefgh")]
    edition = editions.prepare_edition(scope_code=COUNTY, title="", cells=drafts, by=None, at=LATER)
    done = editions.activate_edition(edition_id=edition.pk, by=None, at=LATER)
    assert len(done.retired) == 2
    assert Edition.objects.filter(state=EditionState.ACTIVE).get() == done.edition
    assert Cell.objects.filter(active=True, code__startswith=OTHER).count() == 12


def test_an_active_edition_can_be_checked_again_without_losing_its_state(world):
    active = Edition.objects.get(scope_code=STREET)
    assert editions.check_edition(edition_id=active.pk) == []
    active.refresh_from_db()
    assert active.state == EditionState.ACTIVE


def test_a_draft_can_be_given_other_cells_and_thrown_away(world):
    edition = prepare(world, "A", "B")
    editions.replace_cells(edition_id=edition.pk, cells=[CellDraft(shape(world, *"ABCD"))], at=LATER)
    assert codes(edition) == [FIRST + "001"]
    editions.discard_edition(edition_id=edition.pk)
    assert not Edition.objects.filter(pk=edition.pk).exists()
    active = Edition.objects.get(scope_code=STREET)
    with pytest.raises(DomainError) as refused:
        editions.discard_edition(edition_id=active.pk)
    assert refused.value.code == "edition_not_draft"


def test_borders_a_centimetre_apart_are_joined_and_true_overlaps_stay():
    west = shapely.Polygon([(114, 20), (114.001, 20), (114.001, 20.001), (114, 20.001)])
    near = shapely.Polygon([(114.00100008, 20), (114.002, 20), (114.002, 20.001), (114.00100008, 20.001)])
    joined = join_borders([west, near])
    assert shapely.coverage_is_valid(joined)
    far = shapely.Polygon([(114.00095, 20), (114.002, 20), (114.002, 20.001), (114.00095, 20.001)])
    assert join_borders([west, far]) == [west, far]
    assert SLIVER_M2 == 100
