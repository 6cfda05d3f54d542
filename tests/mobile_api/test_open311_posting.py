"""What other programs may post by Open311: reports like all others, by a key, once, without a trace of who wrote them."""

from __future__ import annotations

import base64
import logging
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.contrib.gis.geos import MultiPolygon
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone, translation

from geodata.models import Building, Cell
from gridmgmt.cases import intake, photo_errors, photo_files
from gridmgmt.cases.models import Case, CaseHistory, Photo, Report
from gridmgmt.contact import reporting_keys
from gridmgmt.contact.jobs import notify
from gridmgmt.contact.models import Notice, ReporterPhone, ReportingKey
from gridmgmt.events.models import OutboxEvent
from gridmgmt.organisation.models import User
from mobile_api.open311 import posting
from tests.mobile_api.conftest import picture
from tests.mobile_api.open311_world import ROOT, Program, tree
from tests.mobile_api.test_positions import Kept
from tests.world import AT, COUNTY, OTHER, STREET, World


@pytest.fixture
def program(world: World) -> Program:
    return Program()


def upload(colour: str = "red", kind: str = "JPEG", **options: Any) -> SimpleUploadedFile:
    return SimpleUploadedFile("p.jpg", picture(colour, kind, **options), content_type=f"image/{kind.lower()}")


def _building(cell: Cell) -> Building:
    shape = MultiPolygon(cell.geom.point_on_surface.buffer(0.0001), srid=cell.geom.srid)
    return Building.objects.create(
        county=cell.county,
        cell_code=cell.code,
        estate="江湾花园",
        name="3栋",
        address="望江路5号",
        geom=shape,
    )


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()[0]["description"]


def test_a_posted_report_goes_the_way_of_every_report(world, program):
    answer = program.post(world, address_string="澜榕街道望江路5号")
    assert answer.status_code == 201
    assert answer["Content-Type"] == "application/json; charset=utf-8"
    [row] = answer.json()
    assert list(row) == ["service_request_id", "service_notice", "account_id"]
    case = Case.objects.get(number=row["service_request_id"])
    assert (case.stage, case.category_id, case.text, case.address) == (
        "reported", "E0110", "路边有一堆垃圾", "澜榕街道望江路5号",
    )  # fmt: skip
    assert case.cell_code == world.cells["A"].code
    assert (case.geom.x, case.geom.y) == pytest.approx(world.point("A"))
    assert case.due_at is not None
    assert case.department is not None
    assert [step.action for step in CaseHistory.objects.filter(case=case)] == ["report"]
    assert OutboxEvent.objects.filter(topic="case.reported", payload__case=str(case.pk)).count() == 1


def test_the_report_tells_by_which_way_it_came(world, program):
    program.post(world)
    report = Report.objects.get()
    assert report.payload["channel"] == {"key": str(program.row.pk), "name": "城市随手拍"}
    case = report.case
    assert (case.source_id, case.source.is_public) == ("app", True)
    assert case.reporter.name == "城市随手拍"
    desk = Client()
    desk.force_login(world.acceptor)
    page = desk.get(f"/cases/{case.number}").content.decode()
    assert "城市随手拍" in page
    assert "居民手机端" in page


def test_the_same_in_xml(world, program):
    answer = program.post(world, form="xml")
    assert answer.status_code == 201
    found = tree(answer)
    assert found.tag == "service_requests"
    assert found.findtext("request/service_request_id") == Case.objects.get().number
    assert [one.tag for one in found.find("request")] == [
        "service_request_id",
        "service_notice",
        "account_id",
    ]


def test_a_form_as_the_standard_prints_it(world, program):
    x, y = world.point("B")
    sent = (
        f"api_key={program.key}&jurisdiction_id={STREET}&service_code=C0101&lat={y}&long={x}&address_string=1234+5th+street"
        "&email=smit333%40sfgov.edu&device_id=tt222111&account_id=123456&first_name=john&last_name=smith&phone=111111111"
        "&description=A+large+sinkhole%0D%0Ais+destroying+the+street"
        "&media_url=http%3A%2F%2F127.0.0.1%3A5432%2Fsecret.jpg&attribute%5Bstandard%5D=2&attribute[component]=3301010101000001"
    )
    with mock.patch("socket.socket.connect", side_effect=AssertionError("nothing is fetched")):
        answer = Client().post(
            f"{ROOT}/requests.xml", sent, content_type="application/x-www-form-urlencoded; charset=utf-8"
        )
    assert answer.status_code == 201, answer.content
    case = Case.objects.get()
    assert case.text == "A large sinkhole\nis destroying the street"
    assert case.standard.seq == 2
    report = Report.objects.get()
    assert "component_unknown" in report.flags
    assert report.payload["media_url"] == "http://127.0.0.1:5432/secret.jpg"
    for personal in ("smit333", "tt222111", "123456", "john", "smith", "111111111", program.key):
        assert personal not in str(report.payload)
    assert not Photo.objects.exists()
    assert not ReporterPhone.objects.exists()
    assert tree(answer).findtext("request/service_notice")


def test_a_mobile_number_is_sealed_with_the_case_and_shown_to_nobody(world, program):
    number = program.post(world, phone="+86 138-0013-8000").json()[0]["service_request_id"]
    row = ReporterPhone.objects.select_related("phone").get()
    assert row.case.number == number
    assert row.noted_by is None
    assert "13800138000" not in row.phone.number_masked
    assert b"13800138000" not in bytes(row.phone.number_sealed)
    assert "13800138000" not in str(Report.objects.get().payload)
    said = program.get(f"requests/{number}.json", api_key=program.key).content.decode()
    assert "138" not in said


def test_pictures_come_with_the_form_and_are_kept_like_all_photos(world, program):
    answer = program.post(world, media=[upload("red"), upload("blue", "PNG")], photo1=upload("green"))
    assert answer.status_code == 201
    case = Case.objects.get()
    assert case.complete
    rows = list(Photo.objects.filter(case=case))
    assert [(row.state, row.role) for row in rows] == [("stored", "before")] * 3
    assert sorted(row.media_type for row in rows) == ["image/jpeg", "image/jpeg", "image/png"]
    assert {row.uploaded_by_id for row in rows} == {program.row.account_id}


@pytest.mark.parametrize(
    ("data", "status"), [(b"<svg onload=alert(1)>", 415), (b"", 400), (picture()[:200], 400)]
)
def test_a_picture_that_is_none_is_refused_before_anything_is_kept(world, program, data, status, settings):
    answer = program.post(world, media=SimpleUploadedFile("x.jpg", data, content_type="image/jpeg"), once="a")
    assert answer.status_code == status
    assert not Report.objects.exists()
    with translation.override("zh-hans"):
        assert photo_errors.refused("photo_type_mismatch").text() == "内容不是 JPEG、PNG、WebP 或 HEIC 图片。"
    assert list((settings.MEDIA_ROOT / "incoming").glob("*")) == []
    assert program.post(world, once="a").status_code == 201


def test_a_report_whose_picture_could_not_be_kept_is_completed_by_sending_it_again(
    world, program, monkeypatch
):
    def full(*_given: Any) -> None:
        raise photo_errors.storage_full()

    kept = photo_files.publish
    monkeypatch.setattr(photo_files, "publish", full)
    first = program.post(world, media=upload())
    assert first.status_code == 507
    assert first["Retry-After"]
    monkeypatch.setattr(photo_files, "publish", kept)
    again = program.post(world, media=upload())
    assert again.status_code == 200
    case = Case.objects.get()
    assert case.number == again.json()[0]["service_request_id"]
    assert case.complete


def test_an_address_that_surely_means_one_building_is_a_place(world, program):
    cell = world.cells["c"]
    building = _building(cell)
    answer = program.post(world, lat=None, long=None, address_string="江湾花园3栋2单元501")
    assert answer.status_code == 201, answer.content
    case = Case.objects.get()
    assert building.geom.covers(case.geom)
    assert case.address == "江湾花园3栋2单元501"
    unsure = program.post(world, lat=None, long=None, address_string="江湾")
    assert told(unsure) == (400, "address_string names no single building here; send lat and long.")


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"service_code": None}, 400, "service_code was not provided."),
        ({"service_code": ""}, 400, "service_code was not provided."),
        ({"service_code": "E9999"}, 404, "service_code was not found."),
        ({"service_code": "G0304"}, 404, "service_code was not found."),
        ({"lat": None, "long": None}, 400, "lat, long was not provided."),
        ({"lat": None, "long": None, "address_id": "5"}, 400, "lat, long was not provided."),
        ({"lat": None}, 400, "lat was not provided."),
        ({"long": ""}, 400, "long was not provided."),
        ({"lat": "91"}, 400, "lat has a value that is not possible."),
        ({"lat": "nan"}, 400, "lat has a value that is not possible."),
        ({"long": "1e3"}, 400, "long has a value that is not possible."),
        ({"lat": "0", "long": "0"}, 400, "This place lies outside of the jurisdiction."),
        ({"description": "x" * 4001}, 400, "description has a value that is not possible."),
        ({"description": "a\x00b"}, 400, "description has a value that is not possible."),
        ({"address_string": "a\nb"}, 400, "address_string has a value that is not possible."),
        ({"media_url": "x" * 501}, 400, "media_url has a value that is not possible."),
        ({"attribute[standard]": "99"}, 400, "attribute[standard] has a value that is not possible."),
        ({"attribute[colour]": "red"}, 400, "attribute[colour] has a value that is not possible."),
        ({"attribute[component]": "1"}, 400, "attribute[component] has a value that is not possible."),
        ({"attribute[]": "1"}, 400, "attribute has a value that is not possible."),
        ({"attribute[standard][]": ["1", "2"]}, 400, "attribute[standard] has a value that is not possible."),
        ({"jurisdiction_id": "city.gov"}, 404, "jurisdiction_id was not found."),
        ({"jurisdiction_id": OTHER}, 400, "This place lies outside of the jurisdiction."),
        ({"api_key": None}, 403, "api_key was not provided."),
        ({"api_key": ""}, 403, "api_key was not provided."),
        ({"api_key": "wrong"}, 403, "This api_key is not valid (any more)."),
    ],
)
def test_what_is_missing_or_wrong_is_named_and_nothing_is_kept(world, program, change, status, words):
    code = "C0101" if any(name.startswith("attribute[c") for name in change) else "E0110"
    if "attribute[colour]" in change:
        code = "E0110"
    answer = program.post(world, **({"service_code": code} | change))
    assert told(answer) == (status, words)
    assert answer.json()[0]["code"] == status
    shown = tree(program.post(world, form="xml", **({"service_code": code} | change)))
    assert (shown.tag, shown.findtext("error/code"), shown.findtext("error/description")) == (
        "errors", str(status), words,
    )  # fmt: skip
    assert not Report.objects.exists()


def test_only_forms_are_taken(world, program):
    answer = program.client.post(
        f"{ROOT}/requests.json", {"api_key": program.key}, content_type="application/json"
    )
    assert answer.status_code == 415
    broken = program.client.post(
        f"{ROOT}/requests.json", b"--x", content_type="multipart/form-data; boundary=" + "y" * 300
    )
    assert broken.status_code == 400
    large = program.client.post(
        f"{ROOT}/requests.json", "a=" + "b" * 9_000_000, content_type="application/x-www-form-urlencoded"
    )
    assert large.status_code == 413
    many = "&".join(f"a{n}=1" for n in range(2000))
    crowded = program.client.post(
        f"{ROOT}/requests.json", many, content_type="application/x-www-form-urlencoded"
    )
    assert crowded.status_code == 400


def test_no_session_and_no_phone_posts_here(world, phone, program):
    browser = Client()
    browser.force_login(world.acceptor)
    for client, headers in ((browser, {}), (Client(), phone.headers)):
        answer = client.post(f"{ROOT}/requests.json", {"service_code": "E0110"}, headers=headers)
        assert answer.status_code == 403
    strict = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    strict.force_login(world.acceptor)
    assert (
        strict.post(f"{ROOT}/requests.json", {"api_key": "wrong"})
        .json()[0]["description"]
        .startswith("This api_key")
    )


def test_the_key_opens_nothing_else(world, program):
    for header in (f"Bearer {program.key}", f"Token {program.key}"):
        assert Client().get("/api/v1/me", headers={"authorization": header}).status_code == 401
    account = program.row.account
    assert not account.is_active
    assert not account.has_usable_password()
    for password in ("", "!", program.key, account.password):
        assert not Client().login(username=account.username, password=password)


def test_the_key_may_stand_in_a_header_or_the_query(world, program):
    x, y = world.point("A")
    form = {"service_code": "E0110", "lat": y, "long": x}
    by_header = Client().post(f"{ROOT}/requests.json", form, headers={"x-api-key": program.key})
    by_query = Client().post(f"{ROOT}/requests.json?api_key={program.key}", form)
    assert (by_header.status_code, by_query.status_code) == (201, 200)


def test_a_revoked_key_is_refused_and_its_reports_stay(world, program):
    program.post(world)
    reporting_keys.revoke(key_id=program.row.pk, by=None, at=timezone.now())
    assert told(program.post(world, "B")) == (403, "This api_key is not valid (any more).")
    assert Report.objects.count() == 1


def test_a_key_reports_into_its_own_place_alone(world):
    neighbour, county = Program("邻街", OTHER), Program("全区", COUNTY)
    assert told(neighbour.post(world)) == (400, "This place lies outside of the jurisdiction.")
    assert county.post(world).status_code == 201


def test_the_same_content_again_is_the_same_report_for_a_while(world, program):
    first = program.post(world, media=upload())
    again = program.post(world, media=upload())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert program.post(world, description="另一堆").json() != first.json()
    assert program.post(world, phone="13800138000").json() != first.json()
    assert program.post(world, media=upload(), account_id="another person").json() != first.json()
    assert Program("另一个").post(world, media=upload()).json() != first.json()
    assert Case.objects.count() == 5


def test_the_number_of_who_wrote_cannot_be_tried_out_on_what_is_stored(world, program, settings):
    """The content is in the payload: a plain hash over it and a number would tell the number after 10^10 tries."""
    given = {"once": "a", "phone": "13800138000"}
    program.post(world, **given)
    kept = bytes(Report.objects.get().payload_sha256)
    settings.FIELD_SEARCH_KEY = base64.b64encode(b"another key of this installation").decode()
    answer = program.post(world, **given)
    assert (len(kept), answer.status_code) == (32, 409)


def test_after_a_while_the_same_words_are_a_new_report(world, program, time_machine):
    start = timezone.now().replace(minute=14, second=50)
    time_machine.move_to(start, tick=False)
    first = program.post(world).json()
    time_machine.move_to(start + timedelta(minutes=14), tick=False)  # the next quarter of an hour
    assert program.post(world).json() == first
    time_machine.move_to(start + timedelta(minutes=16), tick=False)
    assert program.post(world).json() != first


def test_an_idempotency_key_holds_for_ever_and_for_its_program_alone(world, program, time_machine):
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    first = program.post(world, once="0199-abc")
    time_machine.move_to(start + timedelta(days=80), tick=False)
    again = program.post(world, once="0199-abc")
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    changed = program.post(world, once="0199-abc", description="anders")
    assert changed.status_code == 409
    assert Program("另一个").post(world, once="0199-abc").json() != first.json()
    for wrong in ("x" * 129, "a b"):
        assert program.post(world, once=wrong).status_code == 400


def test_a_token_is_the_idempotency_key_and_tells_the_number_to_its_program(world, program):
    number = program.post(world, once="0199-abc").json()[0]["service_request_id"]
    assert program.get("tokens/0199-abc.json", api_key=program.key).json() == [
        {"service_request_id": number, "token": "0199-abc"}
    ]
    found = tree(program.get("tokens/0199-abc.xml", api_key=program.key))
    assert found.findtext("request/service_request_id") == number
    assert found.findtext("request/token") == "0199-abc"
    assert told(program.get("tokens/other.json", api_key=program.key)) == (404, "token was not found.")
    stranger = Program("另一个")
    assert stranger.get("tokens/0199-abc.json", api_key=stranger.key).status_code == 404
    assert told(program.get("tokens/0199-abc.json")) == (403, "api_key was not provided.")


def test_wrong_keys_are_soon_not_looked_up(world, program, monkeypatch):
    monkeypatch.setattr(reporting_keys, "MOST_WRONG", 3)
    statuses = [program.post(world, api_key=f"guess{n}").status_code for n in range(5)]
    assert statuses == [403, 403, 403, 429, 429]
    answer = program.post(world)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) >= 60
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    x, y = world.point("A")
    form = {"api_key": program.key, "service_code": "E0110", "lat": y, "long": x}
    assert elsewhere.post(f"{ROOT}/requests.json", form).status_code == 201


def test_a_program_without_measure_is_slowed(world, program, monkeypatch):
    monkeypatch.setattr(reporting_keys, "MOST_REPORTS", 2)
    statuses = [program.post(world, description=str(n)).status_code for n in range(4)]
    assert statuses == [201, 201, 429, 429]
    assert Case.objects.count() == 2


def test_the_key_is_kept_as_a_hash_and_when_it_was_used(world, program):
    program.post(world)
    row = ReportingKey.objects.get()
    assert bytes(row.digest) == reporting_keys.digest(program.key)
    assert program.key.startswith(row.hint)
    assert row.used_at is not None
    assert program.key not in str(row.__dict__)


def test_nobody_is_told_who_is_not_there(world, program):
    program.post(world)
    case = Case.objects.get()
    event = OutboxEvent.objects.get(topic="case.reported")
    notify(str(event.event_id), {"case": str(case.pk), "notify": "reporter|acceptor", "version": 1})
    assert set(Notice.objects.values_list("user__username", flat=True)) == {"acceptor"}


def test_key_and_words_are_in_no_log_line_whatever_happens(world, program, monkeypatch):
    kept, root = Kept(), logging.getLogger()
    before = root.level
    root.addHandler(kept)
    root.setLevel(logging.INFO)
    try:
        program.post(world, lat="x")
        program.post(world, api_key="wrong-but-secret")
        program.get("requests/none.json", api_key=program.key)

        def broken(**_values: Any) -> None:
            raise RuntimeError("broken")

        monkeypatch.setattr(intake, "submit_report", broken)
        program.client.raise_request_exception = False
        answer = program.post(world, phone="13800138000")
        assert (answer.status_code, answer.json()[0]["code"]) == (500, 500)
        assert "broken" not in answer.content.decode()
    finally:
        root.removeHandler(kept)
        root.setLevel(before)
    assert any("broken" in line for line in kept.lines)
    for secret in (program.key, "wrong-but-secret", "13800138000", "垃圾"):
        assert not any(secret in line for line in kept.lines)


def test_keys_are_made_for_public_sources_and_known_places_alone(world):
    from geodata.errors import DomainError
    from gridmgmt.organisation.scope import scope_of

    given = {"name": "x", "source": "app", "scope_code": STREET, "by": None, "at": AT}
    for change, code in (
        ({"name": " "}, "key_name_missing"), ({"name": "a\nb"}, "key_name_missing"), ({"source": "worker"}, "key_source_unknown"),
        ({"source": "none"}, "key_source_unknown"), ({"scope_code": "0099"}, "key_place_unknown"),
        ({"scope_code": ""}, "key_place_unknown"), ({"by": scope_of(world.leader)}, "organisation_not_permitted"),
        ({"by": scope_of(world.administrator), "scope_code": COUNTY}, "organisation_not_permitted"),
    ):  # fmt: skip
        with pytest.raises(DomainError) as error:
            reporting_keys.make(**(given | change))
        assert error.value.code == code
    assert not User.objects.filter(username__startswith="key-").exists()
    made = reporting_keys.make(**(given | {"by": scope_of(world.administrator)}))
    assert list(reporting_keys.keys_of(scope_of(world.administrator))) == [made.row]
    assert list(reporting_keys.keys_of(scope_of(world.leader))) == []
    with pytest.raises(DomainError, match="organisation_not_permitted"):
        reporting_keys.revoke(key_id=made.row.pk, by=scope_of(world.leader), at=AT)


def test_the_command_makes_lists_and_revokes_keys(world, capsys):
    from django.core.management import call_command
    from django.core.management.base import CommandError

    call_command("reportingkeys", "add", "城市随手拍", "--place", STREET)
    key = capsys.readouterr().out.strip()
    assert reporting_keys.holder_of(key, address="", at=AT).name == "城市随手拍"
    call_command("reportingkeys", "list")
    listed = capsys.readouterr().out
    assert "城市随手拍" in listed
    assert key not in listed
    call_command("reportingkeys", "revoke", str(ReportingKey.objects.get().pk))
    with pytest.raises(CommandError, match="key_place_unknown"):
        call_command("reportingkeys", "add", "x", "--place", "0")
    assert ReportingKey.objects.get().revoked_at is not None


def test_sent_at_once_it_is_one_number(world, program):
    at = timezone.now()
    sha = b"\x01" * 32
    assert posting._recent_id(program.row, sha, at) == posting._recent_id(program.row, sha, at)
    assert posting._recent_id(program.row, sha, at) != posting._recent_id(program.row, b"\x02" * 32, at)


@pytest.mark.parametrize(
    "changes", [{"service_code": "E0110\x00"}, {"jurisdiction_id": "3\x00"}, {"email": "a\x00"}]
)
def test_a_nul_in_a_form_is_a_wrong_value(world, changes):
    assert Program().post(world, **changes).status_code == 400
    assert not Report.objects.exists()
