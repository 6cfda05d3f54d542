"""What everybody may read by Open311, and how: filed cases of public categories, nothing of who reported."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gridmgmt.cases.actions import take_step
from gridmgmt.cases.models import Case, Category
from gridmgmt.contact import publicity, reporting_keys
from gridmgmt.contact.publicity import Openness
from tests.cases.test_steps import open_case, step
from tests.mobile_api.open311_world import RANGE, ROOT, Program, filed, handled, numbers, tree
from tests.world import AT, COUNTY, OTHER, STREET, stored_photo

FIELDS = [
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
    "agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address",
    "address_id", "zipcode", "lat", "long", "media_url",
]  # fmt: skip


def get(path: str, **given: object) -> object:
    return Client().get(f"{ROOT}/{path}", given, headers={"accept-language": "en"})


def test_discovery_names_the_door_in_both_forms(world, settings):
    settings.PUBLIC_ORIGIN = "https://grid.example"
    told = Client().get("/open311/discovery.json").json()
    assert told["endpoints"][0]["url"] == "https://grid.example/open311/v2"
    assert told["endpoints"][0]["formats"] == ["text/xml", "application/json"]
    found = tree(Client().get("/open311/v2/discovery.xml"))
    assert found.tag == "discovery"
    assert found.findtext("endpoints/endpoint/specification") == "http://wiki.open311.org/GeoReport_v2"
    assert [one.text for one in found.findall("endpoints/endpoint/formats/format")] == [
        "text/xml", "application/json",
    ]  # fmt: skip


def test_services_are_what_residents_may_report(world):
    listed = get("services.json").json()
    codes = {row["service_code"] for row in listed}
    assert {"C0101", "E0110", "G0401"} <= codes
    assert not any(code.startswith(("G03", "G05", "G06")) for code in codes)
    row = next(row for row in listed if row["service_code"] == "E0110")
    assert list(row) == [
        "service_code",
        "service_name",
        "description",
        "metadata",
        "type",
        "keywords",
        "group",
    ]
    assert (row["service_name"], row["type"]) == ("Exposed household rubbish", "realtime")
    found = tree(get("services.xml"))
    assert found.tag == "services"
    assert {one.findtext("service_code") for one in found.findall("service")} == codes
    assert {one.findtext("metadata") for one in found.findall("service")} == {"true", "false"}


def test_services_speak_the_language_asked_for(world):
    chinese = Client().get(f"{ROOT}/services/E0110.json", headers={"accept-language": "zh-CN"})
    assert chinese["Content-Language"] == "zh-hans"
    listed = Client().get(f"{ROOT}/services.json", headers={"accept-language": "zh-CN"}).json()
    assert next(row for row in listed if row["service_code"] == "E0110")["service_name"] == "暴露生活垃圾"


def test_a_definition_offers_the_conditions_of_the_catalogue(world):
    told = get("services/C0101.json").json()
    condition, component = told["attributes"]
    assert (condition["code"], condition["datatype"], condition["required"]) == (
        "standard",
        "singlevaluelist",
        False,
    )
    assert [value["key"] for value in condition["values"]] == ["1", "2", "3", "4"]
    assert component["code"] == "component"
    found = tree(get("services/C0101.xml"))
    assert found.findtext("service_code") == "C0101"
    assert len(found.findall("attributes/attribute/values/value/name")) == 4


@pytest.mark.parametrize("code", ["G0304", "E9999", "nothing", "E01101234567"])
def test_a_service_that_is_none_of_theirs_is_not_there(world, code):
    answer = get(f"services/{code}.json")
    assert (answer.status_code, answer.json()) == (
        404, [{"code": 404, "description": "service_code was not found."}],
    )  # fmt: skip


def test_a_category_out_of_use_is_no_service(world):
    Category.objects.filter(key="E0110").update(active=False)
    assert get("services/E0110.xml").status_code == 404
    assert "E0110" not in get("services.json").content.decode()


def test_a_request_has_the_fields_of_the_standard_and_no_others(world):
    case = handled(world, text="举报人张三 13800138000", address="望江路5号3单元402")
    [row] = get(f"requests/{case.number}.json").json()
    assert list(row) == FIELDS
    assert row["service_request_id"] == case.number
    assert (row["status"], row["status_notes"]) == ("open", "Being handled")
    assert row["requested_datetime"] == "2026-11-20T02:00:00Z"
    assert row["agency_responsible"] == case.department.name_en
    assert row["description"] == case.standard.condition_en
    found = tree(get(f"requests/{case.number}.xml"))
    assert [one.tag for one in found.find("request")] == FIELDS
    assert found.findtext("request/service_request_id") == case.number
    assert found.find("request/media_url").text is None


def test_nothing_of_who_reported_what_and_where_exactly(world):
    case = handled(world, text="举报人张三 13800138000", address="望江路5号3单元402")
    stored_photo(case, "before", AT)
    for form in ("json", "xml"):
        for path in (f"requests/{case.number}.{form}", f"requests.{form}"):
            said = Client().get(f"{ROOT}/{path}", RANGE).content.decode()
            assert case.number in said
            for secret in (
                "张三",
                "13800138000",
                "望江路",
                "402",
                world.worker.name,
                "/photos/",
                str(case.pk),
            ):
                assert secret not in said
    [row] = get(f"requests/{case.number}.json").json()
    assert (row["lat"], row["long"]) == (round(case.geom.y, 3), round(case.geom.x, 3))
    assert (row["lat"], row["long"]) != (case.geom.y, case.geom.x)
    assert row["address"] == "澜榕街道001社区, 澜榕街道"


def test_a_street_fixture_is_told_to_about_ten_metres(world):
    case = handled(world, category_key="C0101")
    [row] = get(f"requests/{case.number}.json").json()
    assert (row["lat"], row["long"]) == (round(case.geom.y, 4), round(case.geom.x, 4))


def test_a_case_is_public_from_filing_on_and_not_before(world):
    case = open_case(world)
    for who, action, fields, seen in (
        (None, "", {}, False),
        ("acceptor", "accept", {}, False),
        ("registrar", "register", {"standard": 1}, True),
        ("dispatcher", "return_to_registrar", {}, False),
        ("registrar", "void", {}, False),
    ):
        if who:
            step(world, case, who, action, text="理由", **fields)
        assert (get(f"requests/{case.number}.json").status_code == 200) is seen, action
        assert (case.number in numbers(get("requests.json", **RANGE))) is seen, action


def test_before_dispatch_no_department_is_named(world):
    case = filed(world)
    [row] = get(f"requests/{case.number}.json").json()
    assert case.department is not None
    assert row["agency_responsible"] is None


def test_a_closed_case_says_so_and_when(world):
    case = handled(world)
    stored_photo(case, "after", AT + timedelta(hours=1))
    step(world, case, "handler", "feed_back", text="已清理", at=AT + timedelta(hours=2))
    stored_photo(case, "site", AT + timedelta(hours=3))
    step(world, case, "worker", "check_pass", at=AT + timedelta(hours=3))
    [row] = get(f"requests/{case.number}.json").json()
    assert (row["status"], row["status_notes"]) == ("closed", "Finished")
    assert (row["updated_datetime"], row["expected_datetime"]) == ("2026-11-20T05:00:00Z", None)
    assert numbers(get("requests.json", status="closed", **RANGE)) == [case.number]
    assert numbers(get("requests.json", status="open", **RANGE)) == []
    assert numbers(get("requests.json", status="open,closed", **RANGE)) == [case.number]


def test_a_case_joined_with_another_is_closed_when_it_was_filed_and_hidden_when_not(world):
    master = handled(world)
    late, early = filed(world), open_case(world)
    for case, who in ((late, "dispatcher"), (early, "acceptor")):
        step(world, case, who, "merge", master=master.number)
    [row] = get(f"requests/{late.number}.json").json()
    assert (row["status"], row["status_notes"]) == ("closed", "Joined with the same matter")
    assert get(f"requests/{early.number}.json").status_code == 404


@pytest.mark.parametrize("category", ["G0401", "G0304", "L0101", "G0501"])
def test_what_happens_in_homes_and_between_people_is_read_by_nobody(world, category):
    if not Category.objects.filter(key=category).exists():
        category = Category.objects.filter(key__startswith=category[:1]).earliest("key").key
    case = handled(world)
    Case.objects.filter(pk=case.pk).update(category_id=category)
    assert get(f"requests/{case.number}.json").status_code == 404
    assert numbers(get("requests.json", **RANGE)) == []
    assert numbers(get("requests.json", service_request_id=case.number)) == []


def test_every_category_has_its_answer_and_the_longest_beginning_wins(world, monkeypatch):
    assert publicity.openness("C0101") == Openness("everybody", 4)
    assert publicity.openness("G0304") is None
    monkeypatch.setattr(
        publicity, "_file", lambda: {"E": Openness("everybody", 3), "E0110": Openness("sender", 3)}
    )
    assert publicity.openness("E0110") == Openness("sender", 3)
    case = handled(world)
    assert get(f"requests/{case.number}.json").status_code == 404


def test_a_flow_nobody_has_looked_at_publishes_nothing(world, monkeypatch):
    case = handled(world)
    monkeypatch.setattr(publicity, "PUBLISHED", {})
    assert get(f"requests/{case.number}.json").status_code == 404


def test_branches_of_a_joint_case_are_not_requests(world):
    case = handled(world)
    Case.objects.filter(pk=case.pk).update(parent=open_case(world))
    assert get(f"requests/{case.number}.json").status_code == 404


def test_filters_narrow_and_numbers_override_them(world):
    rubbish, cover = handled(world), handled(world, "a", category_key="C0101")
    both = [cover.number, rubbish.number]
    assert sorted(numbers(get("requests.json", **RANGE))) == sorted(both)
    assert numbers(get("requests.json", service_code="E0110", **RANGE)) == [rubbish.number]
    assert sorted(numbers(get("requests.json", service_code="E0110, C0101", **RANGE))) == sorted(both)
    assert numbers(get("requests.json", service_code="E9999", **RANGE)) == []
    assert sorted(
        numbers(get("requests.json", service_request_id=",".join(both), status="closed"))
    ) == sorted(both)
    twice = Client().get(f"{ROOT}/requests.json?service_request_id={both[0]}&service_request_id={both[1]}")
    assert sorted(numbers(twice)) == sorted(both)
    assert (
        numbers(get("requests.json", service_request_id="", service_code="", status="", page="", **RANGE))
        != []
    )


def test_dates_bound_what_is_listed(world):
    case = handled(world)
    inside = ({"start_date": "2026-11-20T02:00:00Z"}, {"end_date": "2026-11-20T10:00:00+08:00"}, RANGE)
    for given in inside:
        assert numbers(get("requests.json", **given)) == [case.number], given
    outside = ({"start_date": "2026-11-20T02:00:01Z"}, {"end_date": "2026-11-20T01:59:59Z"})
    for given in outside:
        assert numbers(get("requests.json", **given)) == [], given


def test_without_dates_it_is_the_last_ninety_days(world):
    case = handled(world)
    for days, seen in ((89, True), (91, False)):
        Case.objects.filter(pk=case.pk).update(reported_at=timezone.now() - timedelta(days=days))
        assert (numbers(get("requests.json")) == [case.number]) is seen


def test_pages_neither_repeat_nor_hide(world):
    cases = {handled(world).number for _turn in range(5)}
    pages = [numbers(get("requests.json", page=n, page_size=2, **RANGE)) for n in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert {number for page in pages for number in page} == cases


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"status": "done"}, "status"), ({"page": "0"}, "page"), ({"page_size": "1001"}, "page_size"),
        ({"page": "x"}, "page"), ({"page": "100001", "page_size": "1"}, "page"), ({"page": "९"}, "page"),
        ({"start_date": "2026-11-20"}, "start_date"), ({"start_date": "2026-11-20T00:00:00"}, "start_date"),
        ({"start_date": "yesterday"}, "start_date"), ({"end_date": "0001-01-01T00:00:00Z"}, "end_date"),
        ({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-04-02T00:00:00Z"}, "end_date"),
        ({"start_date": "2026-04-02T00:00:00Z", "end_date": "2026-01-01T00:00:00Z"}, "end_date"),
        ({"service_request_id": "1," * 201 + "1"}, "service_request_id"), ({"service_code": "\x00"}, "query"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name(world, given, name):
    answer = get("requests.json", **given)
    assert (answer.status_code, answer.json()) == (
        400, [{"code": 400, "description": f"{name} has a value that is not possible."}],
    )  # fmt: skip


def test_a_jurisdiction_is_a_county_or_street_by_its_code(world):
    case = handled(world)
    for code in (COUNTY, STREET):
        assert numbers(get("requests.json", jurisdiction_id=code, **RANGE)) == [case.number]
        assert get(f"requests/{case.number}.json", jurisdiction_id=code).status_code == 200
        assert get("services.json", jurisdiction_id=code).status_code == 200
    assert numbers(get("requests.json", jurisdiction_id=OTHER, **RANGE)) == []
    assert get(f"requests/{case.number}.json", jurisdiction_id=OTHER).status_code == 404
    for path in ("requests.json", "services.json", "services/E0110.json", f"requests/{case.number}.json"):
        for wrong in ("city.gov", "0099", STREET + "001", "%", STREET + "0" * 40):
            answer = get(path, jurisdiction_id=wrong)
            assert (answer.status_code, answer.json()[0]["description"]) == (
                404,
                "jurisdiction_id was not found.",
            )


@pytest.mark.parametrize(
    "path", ["requests", "requests.html", "nothing.json", "", "tokens.xml", "services/E0110"]
)
def test_any_other_address_is_told_in_the_same_form(world, path):
    answer = get(path)
    assert answer.status_code == 404
    if path.endswith("json"):
        assert answer.json() == [{"code": 404, "description": "URL was not found."}]
    else:
        assert tree(answer).findtext("error/code") == "404"


def test_other_methods_are_refused_in_the_same_form(world):
    for method in ("put", "delete", "patch", "options"):
        answer = getattr(Client(), method)(f"{ROOT}/services.xml")
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
        assert tree(answer).findtext("error/code") == "405"
    assert Client().head(f"{ROOT}/services.json").status_code == 200


def test_fifty_requests_take_the_same_queries_as_one(world):
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert get("requests.json", **RANGE).status_code == 200
        return len(seen)

    handled(world)
    cost()
    one = cost()
    for _turn in range(5):
        handled(world)
    assert cost() == one


def test_hidden_columns_are_not_even_read(world):
    handled(world)
    with CaptureQueriesContext(connection) as seen:
        get("requests.json", **RANGE)
    asked = " ".join(query["sql"] for query in seen)
    assert '"cases_case"."number"' in asked
    for column in ("text", "address", "decision"):
        assert f'"cases_case"."{column}"' not in asked


def test_a_database_that_is_away_is_told_in_the_same_form(world, monkeypatch):
    from django.db import OperationalError

    def away() -> None:
        raise OperationalError("gone: password=secret")

    monkeypatch.setattr(publicity, "reportable", away)
    for form in ("json", "xml"):
        answer = get(f"services.{form}")
        assert answer.status_code == 503
        assert answer["Retry-After"]
        assert "secret" not in answer.content.decode()
    assert json.loads(get("services.json").content)[0]["code"] == 503


def test_a_key_reads_its_own_reports_from_the_first_day(world):
    mine, other = Program(), Program("另一个")
    number = mine.post(world).json()[0]["service_request_id"]
    home = mine.post(world, service_code="G0401").json()[0]["service_request_id"]
    assert get(f"requests/{number}.json").status_code == 404
    assert other.get(f"requests/{number}.json", api_key=other.key).status_code == 404
    for one in (number, home):
        [row] = mine.get(f"requests/{one}.json", api_key=mine.key).json()
        assert (row["status"], row["status_notes"]) == ("open", "Received")
        assert "垃圾" not in json.dumps(row, ensure_ascii=False)
    assert set(numbers(mine.get("requests.json", api_key=mine.key))) == {number, home}
    assert numbers(mine.get("requests.json")) == []
    assert mine.get("requests.json", api_key="wrong").status_code == 403


def test_a_step_of_somebody_shows_at_once(world):
    program = Program()
    number = program.post(world).json()[0]["service_request_id"]
    case = Case.objects.get(number=number)
    take_step(
        case_id=case.pk,
        action="not_accept",
        by=world.acceptor,
        expected_version=1,
        at=timezone.now(),
        text="重复",
    )
    [row] = program.get(f"requests/{number}.json", api_key=program.key).json()
    assert (row["status"], row["status_notes"]) == ("closed", "Not accepted")
    assert get(f"requests/{number}.json").status_code == 404


@pytest.mark.parametrize(
    "path", ["requests/a%00.json", "services/a%00.xml", "requests.json?service_code=a%00"]
)
def test_a_nul_is_a_wrong_value_and_no_fault_of_ours(world, path):
    assert get(path).status_code == 400


def test_reading_without_a_key_is_counted_by_address(world, monkeypatch):
    monkeypatch.setattr(reporting_keys, "MOST_READ", 2)
    assert [get("requests.json").status_code for _turn in range(2)] == [200, 200]
    refused = get("requests/20261126000001.xml")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) >= 60
    elsewhere = Client(REMOTE_ADDR="198.51.100.9").get(f"{ROOT}/requests.json")
    assert elsewhere.status_code == 200
    assert Program().get("requests.json", api_key=Program("另一个").key).status_code == 200
