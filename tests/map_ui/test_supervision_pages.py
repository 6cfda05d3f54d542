"""Pages of supervision: who may open them, what they show, what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from gridmgmt.supervision import publishing
from gridmgmt.supervision.models import Card, Notice, Publication, PublishedRow
from gridmgmt.supervision.results import Result, hidden
from gridmgmt.supervision.scan import scan
from tests.supervision import scenes
from tests.supervision.test_scan import DUE
from tests.world import AT, STREET, World

Browser = Callable[[str], Client]


@pytest.fixture
def yellow(world: World) -> Card:
    scenes.ready()
    scenes.handled(world)
    scan(DUE)
    return Card.objects.get(level="yellow")


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("leader", "/monitor", 200),
        ("supervisor", "/monitor/state", 200),
        ("dispatcher", "/monitor?wall=1", 200),
        ("worker", "/monitor", 403),
        ("handler", "/monitor", 403),
        ("handler", "/cards", 200),
        ("worker", "/cards", 403),
        ("supervisor", "/results", 200),
        ("leader", "/results", 403),
    ],
)
def test_pages_are_for_their_roles(
    as_person: Browser, yellow: Card, who: str, path: str, status: int
) -> None:
    assert as_person(who).get(path).status_code == status


def test_the_monitor_shows_near_over_and_the_cards(as_person: Browser, yellow: Card) -> None:
    page = as_person("leader").get("/monitor").content.decode()
    assert "环境卫生" in page or "环卫" in page
    assert "lamp=red" in page


def test_the_list_shows_the_scope_and_nothing_else(as_person: Browser, yellow: Card) -> None:
    assert yellow.number in as_person("dispatcher").get("/cards").content.decode()
    assert yellow.number in as_person("handler").get("/cards").content.decode()
    assert yellow.number not in as_person("other_handler").get("/cards").content.decode()
    assert yellow.number not in as_person("neighbour_leader").get("/cards").content.decode()
    assert yellow.number not in as_person("neighbour_leader").get("/cards.csv").getvalue().decode()


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("level=yellow", True),
        ("level=red", False),
        ("state=issued", True),
        ("waiting=answer", True),
        ("department=sanitation_station", True),
        ("department=enforcement_squad", False),
        ("text=督〔2026〕1号", True),
        ("text=路灯", False),
        ("since=2026-11-20&until=2026-11-20", True),
        ("since=2026-11-21", False),
        ("level=nonsense&since=nonsense&page=-3", True),
    ],
)
def test_each_filter_keeps_and_drops(as_person: Browser, yellow: Card, query: str, there: bool) -> None:
    page = as_person("dispatcher").get(f"/cards?{query}").content.decode()
    assert (f"/cards/{yellow.pk}" in page) is there


def test_the_export_holds_the_document_number(as_person: Browser, yellow: Card) -> None:
    lines = as_person("supervisor").get("/cards.csv?level=yellow").getvalue().decode().splitlines()
    assert len(lines) == 3
    assert yellow.notice.number in lines[1]


def test_the_list_asks_the_same_however_many_cards(
    as_person: Browser, world: World, yellow: Card, django_assert_max_num_queries: Callable
) -> None:
    for _ in range(4):
        scenes.handled(world)
    scan(DUE)
    client = as_person("dispatcher")
    client.get("/cards")
    with django_assert_max_num_queries(16):
        client.get("/cards")


def test_a_handler_answers_on_the_cards_page(as_person: Browser, yellow: Card) -> None:
    client = as_person("handler")
    assert "answer-plan" in client.get(f"/cards/{yellow.pk}").content.decode()
    client.post(f"/cards/{yellow.pk}/steps", {"action": "answer", "text": "已安排"})
    yellow.refresh_from_db()
    assert (yellow.state, yellow.answer) == ("answered", "已安排")


def test_a_refused_step_is_said_on_the_page(as_person: Browser, yellow: Card) -> None:
    client = as_person("supervisor")
    for _ in range(2):
        answer = client.post(f"/cards/{yellow.pk}/steps", {"action": "serve"}, follow=True)
    assert "当前状态下不能进行这项操作" in answer.content.decode()


def test_a_card_of_others_is_unknown(as_person: Browser, yellow: Card) -> None:
    assert as_person("neighbour_leader").get(f"/cards/{yellow.pk}").status_code == 404
    answer = as_person("other_handler").post(f"/cards/{yellow.pk}/steps", {"action": "serve"})
    assert answer.status_code == 404


def test_a_document_is_for_its_scope_and_waits_until_it_is_made(as_person: Browser, yellow: Card) -> None:
    notice = Notice.objects.get()
    path = f"/notices/{notice.pk}.pdf"
    assert as_person("neighbour_leader").get(path).status_code == 404
    assert as_person("leader").get(path).status_code == 409
    assert Client().get(path).status_code == 302


def test_urging_from_the_case_page_gives_a_notice_with_the_leaders_day(
    as_person: Browser, world: World
) -> None:
    from datetime import timedelta

    from django.utils import timezone

    scenes.ready()
    case = scenes.handled(world, at=timezone.now() - timedelta(minutes=5))
    case.refresh_from_db()
    day = timezone.localdate() + timedelta(days=2)
    as_person("leader").post(
        f"/cases/{case.number}/steps",
        {"action": "urge", "version": case.version, "text": "请抓紧", "until": day.isoformat()},
    )
    card = Card.objects.get(object_id=case.pk, level="urged")
    assert timezone.localtime(card.urge_until).date() == day
    panel = as_person("leader").get(f"/cases/{case.number}/panel").content.decode()
    assert card.notice.number in panel


def test_small_numbers_and_what_gives_them_away_are_hidden() -> None:
    assert hidden(Result(100, 97, 3, 3, 0)) == Result(100, None, None, None, 0)
    assert hidden(Result(4, 4, 0, 0, 0)) == Result(None, None, None, 0, 0)
    assert hidden(Result(20, 15, 5, 5, 7)) == Result(20, 15, 5, 5, 7)
    assert hidden(Result(9, 9, 0, 0, 0)) == Result(9, 9, 0, 0, 0)


def test_only_what_was_published_and_not_retracted_is_public(
    as_person: Browser, world: World, yellow: Card
) -> None:
    public = Client()
    assert "2026-10" not in public.get("/public/results").content.decode()
    client = as_person("supervisor")
    client.post("/results/publish", {"street": STREET, "month": "2026-10"})
    kept = Publication.objects.get()
    answer = public.get("/public/results")
    assert "2026-10" in answer.content.decode()
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in answer.headers
    client.post(f"/results/{kept.pk}/retract", {"reason": "数据有误"})
    assert "2026-10" not in public.get("/public/results").content.decode()


def test_nobody_else_publishes_and_a_running_month_is_not_over(as_person: Browser, world: World) -> None:
    from geodata.errors import DomainError

    as_person("leader").post("/results/publish", {"street": STREET, "month": "2026-10"})
    assert not Publication.objects.exists()
    for month in ("2026-11", "2026-13", "x"):
        with pytest.raises(DomainError, match="month_invalid"):
            publishing.publish(street=STREET, month=month, by=world.supervisor, at=AT)
    with pytest.raises(DomainError, match="card_not_permitted"):
        publishing.publish(street="009901002", month="2026-10", by=world.supervisor, at=AT)


def test_a_month_is_published_once_and_again_after_retracting(world: World) -> None:
    from geodata.errors import DomainError

    first = publishing.publish(street=STREET, month="2026-10", by=world.supervisor, at=AT)
    with pytest.raises(DomainError, match="already_published"):
        publishing.publish(street=STREET, month="2026-10", by=world.supervisor, at=AT)
    publishing.retract(publication_id=first.pk, by=world.supervisor, at=AT, reason="有误")
    with pytest.raises(DomainError, match="already_retracted"):
        publishing.retract(publication_id=first.pk, by=world.supervisor, at=AT, reason="有误")
    publishing.publish(street=STREET, month="2026-10", by=world.supervisor, at=AT)


def test_a_publication_counts_late_and_cards_per_department(world: World, yellow: Card) -> None:
    from tests.supervision.test_scan import feed_back

    for _ in range(6):
        feed_back(world, scenes.handled(world), at=DUE - scenes.H)
    kept = publishing.publish(street=STREET, month="2026-11", by=world.supervisor, at=AT.replace(month=12))
    row = PublishedRow.objects.get(publication=kept, department=yellow.department.name)
    assert (row.finished, row.on_time, row.late, row.yellow, row.red) == (6, 6, 0, None, 0)
    assert kept.month == date(2026, 11, 1)
