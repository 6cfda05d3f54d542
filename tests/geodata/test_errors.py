"""Domain errors: a stable code, a message in the reader's language, and nothing lost on the way between processes."""

from __future__ import annotations

import pickle

from django.utils import translation

from geodata.crs import Datum, to_wgs84
from geodata.errors import DomainError


def zone_error() -> DomainError:
    try:
        to_wgs84(38435000.0, 2560000.0, Datum.parse("epsg:4547"))
    except DomainError as error:
        return error
    raise AssertionError("a zone in front must be refused")


def test_message_is_translated_when_it_is_asked_for_and_filled_from_data() -> None:
    error = zone_error()
    with translation.override("en"):
        english = error.as_dict()
    assert english == {
        "code": "coordinate_zone_prefix",
        "message": "The easting carries zone number 38 in front; its datum has none.",
        "data": {"zone": 38},
    }
    with translation.override("zh-hans"):
        assert error.text() == "横坐标前带有带号 38，而所声明的坐标系不带带号。"


def test_log_form_is_english_whatever_the_reader_speaks() -> None:
    with translation.override("zh-hans"):
        assert str(zone_error()).startswith("coordinate_zone_prefix: The easting")


def test_an_error_survives_the_way_between_processes() -> None:
    error = DomainError(code="a_b", message="%(n)s things", status=409, data={"n": 3})
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (again.code, again.message, again.status, again.data) == ("a_b", "%(n)s things", 409, {"n": 3})
    assert str(again) == "a_b: 3 things"


def test_data_is_the_error_s_own() -> None:
    data = {"n": 1}
    error = DomainError(code="a", message="m", data=data)
    error.data["n"] = 2
    assert data == {"n": 1}
    assert DomainError(code="a", message="100 %", data=data).as_dict()["message"] == "100 %"
