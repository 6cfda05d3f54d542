"""The appraisal board and the lists behind its numbers, as people in their roles see them."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date

import pytest
from pypdf import PdfReader

from gridmgmt.organisation.models import Department
from gridmgmt.statistics import actions
from gridmgmt.statistics.models import PrintedBoard
from map_ui import appraisal_print
from tests.statistics.conftest import month, walk  # noqa: F401 - fixtures of the small month
from tests.world import PASSWORD, STREET

NOVEMBER = "kind=month&day=2026-11-01"


def seen_by(client, name, address):
    client.login(username=name, password=PASSWORD)
    return client.get(address)


def test_the_board_of_a_leader_opens_with_departments(client, world, month):  # noqa: F811
    page = seen_by(client, "leader", f"/appraisal?{NOVEMBER}")
    assert page.status_code == 200
    text = page.content.decode()
    assert "部门综合得分" in text
    assert Department.objects.get(key="sanitation_station", scope_code=STREET).name in text


def test_a_number_leads_to_its_cases(client, world, month):  # noqa: F811
    page = seen_by(
        client, "leader", f"/appraisal?{NOVEMBER}&by=community&i=handle_ontime_rate"
    ).content.decode()
    addresses = [a.replace("&amp;", "&") for a in re.findall(r'href="(/appraisal/list\?[^"]+)"', page)]
    assert addresses
    for address in addresses:
        listed = client.get(address)
        assert listed.status_code == 200
        assert listed.context["total"] == listed.content.decode().count('class="line-link')
    whole = client.get(f"/appraisal/list?{NOVEMBER}&number=handle_ontime_rate&side=denominator")
    assert whole.context["total"] == 5
    assert month["late"].case.number in whole.content.decode()


def test_nothing_to_divide_by_is_a_dash(client, world, month):  # noqa: F811
    page = seen_by(
        client,
        "leader",
        "/appraisal?kind=month&day=2026-11-01&by=community&i=report_num&i=verify_ontime_rate",
    )
    board = page.context["board"]
    assert sorted(row.cells[1].value for row in board.rows) == ["100.0", "—"]


def test_workers_find_their_own_row_alone(client, world, month):  # noqa: F811
    page = seen_by(client, "worker", f"/appraisal?{NOVEMBER}&by=person&set=workers")
    assert [row.name for row in page.context["board"].rows] == ["worker"]
    other = world.acceptor.pk
    denied = client.get(
        f"/appraisal/list?{NOVEMBER}&by=person&row={other}&number=accept_share&side=numerator"
    )
    assert denied.status_code == 404
    page = seen_by(client, "leader", f"/appraisal?{NOVEMBER}&by=person&set=workers")
    assert len(page.context["board"].rows) > 1


def test_another_street_sees_an_empty_board(client, world, month):  # noqa: F811
    page = seen_by(client, "neighbour_leader", f"/appraisal?{NOVEMBER}")
    assert page.context["board"].rows == []
    listed = client.get(f"/appraisal/list?{NOVEMBER}&number=report_num&side=numerator")
    assert listed.context["total"] == 0


def test_the_workbook_holds_values_and_no_formula(client, world, month):  # noqa: F811
    Department.objects.filter(key="sanitation_station").update(name='=HYPERLINK("http://x")')
    answer = seen_by(client, "leader", f"/appraisal.xlsx?{NOVEMBER}&by=department&i=handle_ontime_rate")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        texts = book.read("xl/sharedStrings.xml").decode()
        cells = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in cells
    assert "&#x27;=HYPERLINK" in texts or "'=HYPERLINK" in texts
    assert "2026-11" in texts
    assert "按时处置率 v1" in texts


@pytest.mark.parametrize(
    "query",
    ["kind=x", "kind=free&first=2026-12-01&last=2026-01-01", "day=9999-99-99", "by=x&i=y", "code=%00&department=1",
     "known=1900-01-01", "kind=free&first=2000-01-01&last=2026-01-01", "by=post&set=all", "by=minor", "by=cell", "by=major",
     "by=street&known=2026-11-05"],
)  # fmt: skip
def test_strange_addresses_give_a_board(client, world, query):
    assert seen_by(client, "leader", f"/appraisal?{query}").status_code == 200


@pytest.mark.parametrize(
    "query", ["number=x", "number=due_num&side=x", "number=due_num&by=x&row=1", "number=dept_score"]
)
def test_strange_numbers_have_no_list(client, world, query):
    assert seen_by(client, "leader", f"/appraisal/list?{query}").status_code == 404


def test_a_board_takes_few_statements(client, world, month, django_assert_max_num_queries):  # noqa: F811
    client.login(username="leader", password=PASSWORD)
    address = f"/appraisal?{NOVEMBER}&by=department&set=all"
    client.get(address)
    with django_assert_max_num_queries(26):
        client.get(address)


def test_a_past_day_can_be_asked_for(client, world, month):  # noqa: F811
    page = seen_by(client, "leader", f"/appraisal?{NOVEMBER}&known=2026-11-03&by=community&i=report_num")
    assert page.context["asked"].known == date(2026, 11, 3)
    assert page.context["board"].total.cells[0].value == "2"


def test_the_pdf_is_made_by_a_job_and_is_its_owners(client, world, month):  # noqa: F811
    client.login(username="leader", password=PASSWORD)
    waiting = client.post(f"/appraisal/print?{NOVEMBER}&by=department", follow=True)
    assert waiting.headers["Refresh"] == "3"
    wanted = PrintedBoard.objects.get()
    assert client.get(f"/appraisal/prints/{wanted.pk}.pdf").status_code == 404
    appraisal_print.make("", {"print": str(wanted.pk)})
    appraisal_print.make("", {"print": str(wanted.pk)})
    answer = client.get(f"/appraisal/prints/{wanted.pk}.pdf")
    text = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    assert "部门综合得分" in text
    assert "Refresh" not in client.get(f"/appraisal/prints/{wanted.pk}").headers
    client.login(username="supervisor", password=PASSWORD)
    assert client.get(f"/appraisal/prints/{wanted.pk}.pdf").status_code == 404
    actions.forget_prints(wanted.asked_at + actions.KEPT + actions.KEPT)
    assert not PrintedBoard.objects.exists()
