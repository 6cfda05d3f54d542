"""The pages for residents: progress by number and code, and the answer after it is finished."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from gridmgmt.cases.models import Case
from gridmgmt.contact import receipts
from gridmgmt.contact.models import Rating
from tests.contact.cases import closed_case
from tests.world import AT, World

Report = Callable[..., Case]


@pytest.fixture
def anybody() -> Client:
    """A browser in which nobody is signed in."""
    return Client(headers={"accept-language": "zh-hans"})


def asked(client: Client, case: Case, code: str) -> tuple[int, str]:
    answer = client.post("/track", {"number": case.number, "code": code})
    return answer.status_code, answer.content.decode()


def alerts(page: str) -> list[str]:
    return re.findall(r'<div class="alert [^"]*" role="[a-z]+"[^>]*>([^<]*)</div>', page)


def test_number_and_code_show_how_far_it_is_and_nothing_else(
    world: World, anybody: Client, new_case: Report
) -> None:
    case = new_case("A", text="三单元李女士家门口")
    code = receipts.issue(case=case, by=world.worker, at=AT)
    status, page = asked(anybody, case, code)
    assert status == 200
    assert "已收到" in page
    assert alerts(page) == []  # it said everything the scripts may say, once
    for private in ("李女士", "worker"):
        assert private not in page


def test_a_wrong_code_tells_nothing(world: World, anybody: Client, new_case: Report) -> None:
    case = new_case("A")
    receipts.issue(case=case, by=world.worker, at=AT)
    status, page = asked(anybody, case, "ABCD-2345")
    assert (status, len(alerts(page))) == (404, 1)
    assert "暴露生活垃圾" not in page


def test_the_answer_is_kept_and_thanked_for(world: World, anybody: Client) -> None:
    case = closed_case(world)
    code = receipts.issue(case=case, by=world.worker, at=AT)
    _status, page = asked(anybody, case, code)
    proof = re.search(r'name="proof" value="([^"]+)"', page)
    assert proof is not None
    answer = anybody.post("/track/rate", {"proof": proof[1], "value": "basically", "text": "清得很快"})
    assert alerts(answer.content.decode()) == ["谢谢，您的评价已记录。"]
    assert Rating.objects.get().value == "basically"
