"""The public client `georeport` against our own door over real connections, in both formats. It reads and posts nothing."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from georeport import GeoReport

from gridmgmt.cases.models import Case
from tests.mobile_api.open311_world import RANGE, Program, handled
from tests.world import STREET


@pytest.fixture(params=["json", "xml"])
def client(request: pytest.FixtureRequest, committed_world: Any, live_server: Any) -> GeoReport:
    return GeoReport(f"{live_server.url}/open311/v2", jurisdiction=STREET, output_format=request.param)


def test_service_list_and_definition(client: GeoReport) -> None:
    listed = {row["service_code"]: row for row in client.get_service_list()}
    assert len(listed) > 200
    assert listed["E0110"]["type"] == "realtime"
    assert str(listed["C0101"]["metadata"]).lower() == "true"
    told = client.get_service_definition("C0101")
    assert told["service_code"] == "C0101"
    with pytest.raises(requests.HTTPError, match="404"):
        client.get_service_definition("E9999")


def test_requests_by_filter_and_by_number(client: GeoReport, committed_world: Any) -> None:
    rubbish, cover = handled(committed_world), handled(committed_world, category_key="C0101")
    listed = client.get_service_requests(**RANGE)
    assert {row["service_request_id"] for row in listed} == {rubbish.number, cover.number}
    both = client.get_service_requests(service_request_id=f"{rubbish.number},{cover.number}")
    assert [row["service_request_id"] for row in both] == [row["service_request_id"] for row in listed]
    one = client.get_service_request(cover.number)
    assert (one["service_code"], one["status"]) == ("C0101", "open")
    with pytest.raises(requests.HTTPError, match="404"):
        client.get_service_request("YX-none")


def test_a_report_is_posted_over_a_real_connection_and_read_again(
    committed_world: Any, live_server: Any
) -> None:
    program = Program()
    x, y = committed_world.point("A")
    form = {"api_key": program.key, "service_code": "E0110", "lat": y, "long": x, "description": "垃圾"}
    told = requests.post(f"{live_server.url}/open311/v2/requests.json", data=form, timeout=60)
    assert told.status_code == 201
    number = told.json()[0]["service_request_id"]
    assert Case.objects.get().number == number
    assert (
        requests.post(f"{live_server.url}/open311/v2/requests.json", data=form, timeout=60).json()
        == told.json()
    )
    own = requests.get(
        f"{live_server.url}/open311/v2/requests/{number}.json", headers={"X-Api-Key": program.key}, timeout=60
    )
    assert own.json()[0]["status"] == "open"
