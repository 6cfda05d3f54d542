"""Division, cell, building and component codes: what is accepted, refused and cut."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import codes
from geodata.codes import CommunityKind, ComponentScheme, Level, StreetKind
from geodata.errors import DomainError

STREET = "440104004"
COMMUNITY = "440104004104"


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as refused:
        call()
    return refused.value.code


def test_codes_of_a_real_street_are_accepted() -> None:
    assert codes.county_code("440104") == "440104"
    assert codes.street_code(STREET) == STREET
    assert codes.community_code(COMMUNITY) == COMMUNITY
    assert codes.street_code("441900003") == "441900003"  # Dongguan has no counties
    assert codes.community_code("009901001001") == "009901001001"  # fictitious


@pytest.mark.parametrize(
    ("check", "text", "code"),
    [
        (codes.county_code, "44010", "code_length"),
        (codes.county_code, "44010a", "code_not_digits"),
        (codes.county_code, "４４０１０４", "code_not_digits"),
        (codes.county_code, "٤٤٠١٠٤", "code_not_digits"),
        (codes.county_code, "440104\n", "code_not_digits"),
        (codes.county_code, "", "code_not_digits"),
        (codes.county_code, "990104", "county_code_unknown"),
        (codes.county_code, "440100", "county_code_unknown"),
        (codes.county_code, "440004", "county_code_unknown"),
        (codes.street_code, "440104000", "street_code_range"),
        (codes.street_code, "440104600", "street_code_range"),
        (codes.community_code, "440104004000", "community_code_range"),
        (codes.community_code, "440104004600", "community_code_range"),
        (codes.community_code, "440104004700", "community_code_range"),
        (codes.cell_code, COMMUNITY + "000", "cell_serial_zero"),
        (codes.cell_code, COMMUNITY + "01", "code_length"),
        (codes.building_code, COMMUNITY + "00000", "building_serial_zero"),
        (codes.building_code, COMMUNITY + "0001", "code_length"),
        (codes.component_code, "4401040001000001", "component_class_zero"),
        (codes.component_code, "4401040100000001", "component_class_zero"),
        (codes.component_code, "4401040101000000", "component_serial_zero"),
        (codes.component_code, "440104010100001", "code_length"),
    ],
)
def test_each_fault_has_its_own_code(check: Callable[[str], object], text: str, code: str) -> None:
    assert refusal(lambda: check(text)) == code


def test_text_only_never_numbers() -> None:
    assert refusal(lambda: codes.county_code(440104)) == "code_not_digits"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("digits", "kind"),
    [
        ("001", StreetKind.SUBDISTRICT),
        ("100", StreetKind.TOWN),
        ("399", StreetKind.TOWNSHIP),
        ("599", StreetKind.QUASI),
    ],
)
def test_street_digits_tell_the_kind(digits: str, kind: StreetKind) -> None:
    assert codes.street_kind("440104" + digits) is kind


@pytest.mark.parametrize(
    ("digits", "kind"),
    [
        ("001", CommunityKind.RESIDENTS),
        ("199", CommunityKind.RESIDENTS),
        ("200", CommunityKind.VILLAGERS),
        ("498", CommunityKind.QUASI_RESIDENTS),
        ("500", CommunityKind.QUASI_VILLAGERS),
        ("601", CommunityKind.MERGED),
    ],
)
def test_community_digits_tell_the_kind(digits: str, kind: CommunityKind) -> None:
    assert codes.community_kind(STREET + digits) is kind


@pytest.mark.parametrize(("digits", "text"), [(2, "01"), (3, "001"), (4, "0001")])
def test_cells_have_as_many_digits_as_the_scheme_says(digits: int, text: str) -> None:
    cell = codes.cell_code(COMMUNITY + text, digits)
    assert (cell.community, cell.serial) == (COMMUNITY, 1)
    assert codes.make_cell_code(COMMUNITY, 1, digits) == cell.code
    assert codes.level_of(cell.code, digits) is Level.CELL


def test_a_serial_too_big_for_its_digits_is_refused() -> None:
    assert refusal(lambda: codes.make_cell_code(COMMUNITY, 1000)) == "code_length"
    assert refusal(lambda: codes.make_building_code(COMMUNITY, 100_000)) == "code_length"
    assert refusal(lambda: codes.make_component_code("440104", "0101", 1_000_000)) == "code_length"
    with pytest.raises(ValueError):
        codes.cell_code(COMMUNITY + "00001", 5)


def test_component_is_cut_by_its_scheme() -> None:
    short = codes.component_code("3205080101000001")
    assert (short.county, short.class_code, short.serial) == ("320508", "0101", 1)
    long = codes.component_code("4401040108012345", ComponentScheme.MINOR_3)
    assert (long.class_code, long.serial) == ("01080", 12345)
    assert codes.make_component_code("320508", "0101", 1) == short.code
    assert codes.make_component_code("440104", "01080", 12345, ComponentScheme.MINOR_3) == long.code


def test_building_is_cut_into_community_and_serial() -> None:
    building = codes.building_code("44010400410400012")
    assert (building.community, building.serial) == (COMMUNITY, 12)
    assert codes.make_building_code(COMMUNITY, 12) == building.code


def test_levels_by_length() -> None:
    lengths = {
        2: "province",
        4: "city",
        6: "county",
        9: "street",
        12: "community",
        15: "cell",
        17: "building",
    }
    assert {n: codes.level_of("44010400410400012"[:n]).value for n in lengths} == lengths
    for length in (1, 3, 5, 7, 8, 10, 11, 13, 14, 16, 18):
        assert refusal(lambda n=length: codes.level_of("4" * n)) == "code_length"


def test_parents_lead_up_to_the_county() -> None:
    assert codes.parent("440104004104001") == COMMUNITY
    assert codes.parent("44010400410400012") == COMMUNITY
    assert codes.parent("44") == ""
    assert codes.ancestors("440104004104001") == [COMMUNITY, STREET, "440104"]
    assert refusal(lambda: codes.parent("4401040")) == "code_length"


def test_scope_prefix_must_end_at_a_level() -> None:
    assert codes.starts_with(COMMUNITY, "440104")
    assert codes.starts_with(COMMUNITY, "")
    assert not codes.starts_with(COMMUNITY, "44010")
    assert not codes.starts_with("440104", COMMUNITY)


@given(st.text(max_size=20))
def test_any_text_is_a_code_or_a_domain_error(text: str) -> None:
    for check in (
        codes.county_code,
        codes.community_code,
        codes.cell_code,
        codes.building_code,
        codes.component_code,
    ):
        try:
            check(text)
        except DomainError:
            continue
        assert text.isdigit()


def test_every_division_of_the_country_passes(shared_data: Path) -> None:
    folder = shared_data / "division-codes"
    with (folder / "streets.csv").open(encoding="utf-8") as rows:
        streets = [row["code"] for row in csv.DictReader(rows)]
    with gzip.open(folder / "villages.csv.gz", "rt", encoding="utf-8") as rows:
        villages = [row["code"] for row in csv.DictReader(rows)]
    refused = [code for code in streets if not _passes(codes.street_code, code)]
    refused += [code for code in villages if not _passes(codes.community_code, code)]
    # Kinmen stands in the list without streets, as 000.
    assert set(refused) <= {"350527000", "350527000000"}
    assert len(streets) + len(villages) > 600_000


def _passes(check: Callable[[str], object], code: str) -> bool:
    try:
        check(code)
    except DomainError:
        return False
    return True
