"""ID numbers, credit codes, telephones and their masks. All numbers of persons are fictitious or the standard's own."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import codes
from geodata.codes import IdKind, PhoneKind, Sex
from geodata.errors import DomainError

STANDARD_EXAMPLE = "11010519491231002X"  # printed in GB 11643
FICTITIOUS_BODY = "009901199001011"


def with_check(body: str) -> str:
    return body + codes.check_digit(body)


def id_refusal(text: str, today: date | None = None) -> str:
    with pytest.raises(DomainError) as refused:
        codes.parse_id_number(text, today=today)
    assert text == "" or text not in str(refused.value.as_dict())
    return refused.value.code


def test_example_of_the_standard() -> None:
    found = codes.parse_id_number(STANDARD_EXAMPLE)
    assert found.birth_date == date(1949, 12, 31)
    assert (found.sex, found.area, found.kind, found.was_15) == (Sex.FEMALE, "110105", IdKind.RESIDENT, False)


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002x",
        " 110105 19491231 002X ",
        "１１０１０５１９４９１２３１００２Ｘ",
        "'11010519491231002X",
    ],
)
def test_common_writings_are_understood(text: str) -> None:
    assert codes.parse_id_number(text).number == STANDARD_EXAMPLE


def test_old_number_of_15_digits_is_upgraded() -> None:
    found = codes.parse_id_number("110105491231002")
    assert found.number == STANDARD_EXAMPLE
    assert found.was_15


@pytest.mark.parametrize(
    ("area", "kind"),
    [
        ("810000", IdKind.HONG_KONG_PERMIT),
        ("820000", IdKind.MACAO_PERMIT),
        ("830000", IdKind.TAIWAN_PERMIT),
        ("911840", IdKind.FOREIGN_RESIDENT),
        ("009901", IdKind.FICTITIOUS),
        ("440104", IdKind.RESIDENT),
    ],
)
def test_area_tells_the_document(area: str, kind: IdKind) -> None:
    assert codes.parse_id_number(with_check(f"{area}19900101001")).kind is kind


@pytest.mark.parametrize("area", ["990101", "909840", "710101", "810101", "160101", "020101"])
def test_areas_that_issue_no_numbers_are_refused(area: str) -> None:
    assert id_refusal(with_check(f"{area}19900101001")) == "id_area_unknown"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("110105194912310021", "id_check_digit"),
        ("11010519491231012X", "id_check_digit"),
        ("1101051949123100", "id_length"),
        ("", "id_length"),
        ("1101051949123100AX", "id_not_digits"),
        ("11010549123100X", "id_not_digits"),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "id_not_digits"),
        ("1.10105E+17", "id_digits_lost"),
        ("1.10105194912310e+17", "id_digits_lost"),
        (with_check("11010519490231002"), "id_birth_date"),
        (with_check("11010500000101002"), "id_birth_date"),
        (with_check("11010517491231002"), "id_birth_date"),
    ],
)
def test_each_fault_of_an_id_number_has_its_own_code(text: str, code: str) -> None:
    assert id_refusal(text) == code


def test_birth_in_the_future_is_refused_when_today_is_given() -> None:
    number = with_check("00990120300101001")
    assert codes.parse_id_number(number).birth_date.year == 2030
    assert id_refusal(number, date(2026, 11, 22)) == "id_birth_date"


births = st.dates(date(1850, 1, 1), date(2100, 1, 1))


@given(births, st.integers(0, 999))
def test_what_is_put_in_is_read_out(born: date, order: int) -> None:
    found = codes.parse_id_number(with_check(f"009901{born:%Y%m%d}{order:03d}"))
    assert found.birth_date == born
    assert (found.sex is Sex.MALE) == (order % 2 == 1)


@given(births, st.integers(0, 999), st.integers(0, 17), st.integers(1, 9))
def test_any_single_wrong_digit_is_noticed(born: date, order: int, place: int, step: int) -> None:
    number = with_check(f"009901{born:%Y%m%d}{order:03d}")
    digit = 10 if number[place] == "X" else int(number[place])
    changed = "0123456789"[(digit + step) % 10]
    wrong = number[:place] + changed + number[place + 1 :]
    if wrong != number:
        with pytest.raises(DomainError):
            codes.parse_id_number(wrong)


@given(births, st.integers(0, 999), st.integers(0, 16))
def test_any_exchange_of_neighbours_is_noticed(born: date, order: int, place: int) -> None:
    number = with_check(f"009901{born:%Y%m%d}{order:03d}")
    wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if wrong != number:
        with pytest.raises(DomainError):
            codes.parse_id_number(wrong)


@given(st.text(max_size=25))
def test_any_text_is_an_id_number_or_a_domain_error(text: str) -> None:
    try:
        found = codes.parse_id_number(text)
    except DomainError:
        return
    assert len(found.number) == 18


def test_credit_code_is_cut_into_its_parts() -> None:
    found = codes.parse_credit_code("91350100M000100Y43")
    assert (found.registrar, found.category, found.area, found.organisation) == (
        "9",
        "1",
        "350100",
        "M000100Y4",
    )
    assert codes.parse_credit_code(" 91350100m000100y43 ").code == found.code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("91350100M000100Y4", "credit_code_length"),
        ("", "credit_code_length"),
        ("91350100M000100Y44", "credit_code_check"),
        ("91350100M000I00Y43", "credit_code_form"),
        ("913501A0M000100Y43", "credit_code_form"),
        ("91350100S000100Y43", "credit_code_form"),
    ],
)
def test_each_fault_of_a_credit_code_has_its_own_code(text: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        codes.parse_credit_code(text)
    assert refused.value.code == code


ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@given(st.text(ALPHABET, min_size=9, max_size=9), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_any_single_wrong_character_of_a_credit_code_is_noticed(body: str, place: int, other: str) -> None:
    first = f"91009901{body}"
    code = first + codes.credit_check(first)
    assert codes.parse_credit_code(code).organisation == body
    wrong = code[:place] + other + code[place + 1 :]
    if wrong != code:
        with pytest.raises(DomainError):
            codes.parse_credit_code(wrong)


@pytest.mark.parametrize(
    ("text", "number", "kind", "extension"),
    [
        ("10012345678", "10012345678", PhoneKind.MOBILE, ""),
        ("+86 100-1234-5678", "10012345678", PhoneKind.MOBILE, ""),
        ("008610012345678", "10012345678", PhoneKind.MOBILE, ""),
        ("１００１２３４５６７８", "10012345678", PhoneKind.MOBILE, ""),
        ("02083330000", "020-83330000", PhoneKind.LANDLINE, ""),
        ("(020) 8333 0000", "020-83330000", PhoneKind.LANDLINE, ""),
        ("0755-2333000", "0755-2333000", PhoneKind.LANDLINE, ""),
        ("020-83330000转801", "020-83330000", PhoneKind.LANDLINE, "801"),
        ("020-83330000-801", "020-83330000", PhoneKind.LANDLINE, "801"),
        ("020-83330000 ext. 12", "020-83330000", PhoneKind.LANDLINE, "12"),
        ("400 000 0000", "400-000-0000", PhoneKind.SERVICE, ""),
        ("12345", "12345", PhoneKind.SERVICE, ""),
        ("95500", "95500", PhoneKind.SERVICE, ""),
        ("110", "110", PhoneKind.SERVICE, ""),
    ],
)
def test_telephones_in_common_writings(text: str, number: str, kind: PhoneKind, extension: str) -> None:
    found = codes.parse_phone(text)
    assert (found.number, found.kind, found.extension) == (number, kind, extension)


def test_local_number_needs_an_area_code() -> None:
    with pytest.raises(DomainError) as refused:
        codes.parse_phone("83330000")
    assert refused.value.code == "phone_area_code_missing"
    assert codes.parse_phone("83330000", area_code="020").number == "020-83330000"


@pytest.mark.parametrize(
    "text", ["", "abc", "1001234567", "100123456789", "+1 212 555 0100", "0000-0000", "无", "-", "1e11"]
)
def test_what_is_no_telephone_is_refused(text: str) -> None:
    with pytest.raises(DomainError) as refused:
        codes.parse_phone(text)
    assert refused.value.code == "phone_form"


@given(st.text(max_size=30))
def test_any_text_is_a_telephone_or_a_domain_error(text: str) -> None:
    try:
        found = codes.parse_phone(text)
    except DomainError:
        return
    again = codes.parse_phone(found.number)
    assert (again.number, again.kind) == (found.number, found.kind)


def test_masks() -> None:
    assert codes.mask_id(STANDARD_EXAMPLE) == "110105********002X"
    assert codes.mask_id("110105491231002") == "110105*****1002"
    assert codes.mask_phone("10012345678") == "100****5678"
    assert codes.mask_phone("020-83330000") == "020-****0000"
    assert codes.mask_phone("0755-2333000") == "0755-***3000"
    names = {"王小明": "王*明", "王明": "王*", "王": "*", "": "", "欧阳娜娜": "欧**娜", " 王明 ": "王*"}
    assert {name: codes.mask_name(name) for name in names} == names


@pytest.mark.parametrize("text", ["", "1", "12345", "X" * 18, "1101051949123100", "护照E12345678"])
def test_an_id_of_unknown_form_is_masked_whole(text: str) -> None:
    assert codes.mask_id(text) == "*" * len(text)


@given(st.text(max_size=30))
def test_masks_keep_the_length_and_hide_most(text: str) -> None:
    assert len(codes.mask_id(text)) == len(text)
    assert codes.mask_phone(text).count("*") >= min(3, len(text))
    stripped = text.strip()
    if stripped.strip("*"):
        assert "*" in codes.mask_name(text)
