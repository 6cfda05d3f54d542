"""The documents themselves: words, file, hash."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from pypdf import PdfReader

from geodata.errors import DomainError
from gridmgmt.supervision import files, jobs, numbering, wording
from gridmgmt.supervision.models import Card, Notice
from gridmgmt.supervision.scan import scan
from tests.supervision.scenes import M, handled
from tests.supervision.test_scan import DUE
from tests.world import World


@pytest.fixture
def media(tmp_path: Path, settings) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def notice(street: World, media: Path) -> Notice:
    handled(street)
    scan(DUE + 90 * M)
    return Notice.objects.get()


def make(notice: Notice) -> Notice:
    jobs.make_document("event", {"notice": str(notice.pk)})
    notice.refresh_from_db()
    return notice


def text_of(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return "".join(page.extract_text() for page in pages).replace("\n", "").replace(" ", "")


def test_the_urging_notice_says_who_what_until_when_and_why(notice: Notice) -> None:
    text = text_of(files.read(make(notice)))
    for words in (
        "澜榕街道办事处", "澜榕街督〔2026〕1号", "督办通知书", "暴露生活垃圾", "4工作时", "超期1小时30分钟",
        "2026年11月20日", "抄送",
    ):  # fmt: skip
        assert words in text, words
    assert notice.card.number in text


def test_the_recommendation_goes_to_the_discipline_office_and_names_the_notice_before(
    notice: Notice, street: World
) -> None:
    scan(Card.objects.get(level="yellow").urge_until)
    red = make(Notice.objects.get(kind="recommendation"))
    text = text_of(files.read(red))
    for words in (
        "监察建议书",
        "澜榕街监〔2026〕1号",
        "已发澜榕街督〔2026〕1号督办通知书",
        red.content["discipline"],
    ):
        assert words in text, words


def test_the_file_is_made_once_and_read_back_by_its_hash(notice: Notice) -> None:
    first = files.read(make(notice))
    assert hashlib.sha256(first).digest() == bytes(notice.sha256)
    made_at = notice.made_at
    assert files.read(make(notice)) == first
    assert notice.made_at == made_at


def test_a_changed_file_is_not_handed_out(notice: Notice, media: Path) -> None:
    make(notice)
    path = media / notice.file
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(DomainError, match="notice_damaged"):
        files.read(notice)


def test_a_document_whose_file_is_not_made_yet_is_not_handed_out(notice: Notice) -> None:
    with pytest.raises(DomainError, match="notice_not_ready"):
        files.read(notice)


def test_numbers_follow_the_form_of_official_documents() -> None:
    assert (
        numbering.document_number(place="澜榕街道", kind="urging", year=2026, serial=7)
        == "澜榕街督〔2026〕7号"
    )
    assert (
        numbering.document_number(place="清河镇", kind="recommendation", year=2026, serial=7)
        == "清河镇监〔2026〕7号"
    )


@pytest.mark.parametrize(
    ("seconds", "unit", "words"),
    [
        (0, "work_hour", "不足1分钟"),
        (5400, "work_hour", "1小时30分钟"),
        (8 * 3600, "work_day", "1个工作日"),
        (19 * 3600, "work_day", "2个工作日3小时"),
        (90_000, "urgent_hour", "1天1小时"),
    ],
)
def test_durations_in_words(seconds: int, unit: str, words: str) -> None:
    assert wording.chinese_span(seconds, unit, 480) == words
