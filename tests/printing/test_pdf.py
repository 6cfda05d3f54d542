"""What every printed page promises: Chinese text that can be read back, embedded fonts, equal bytes, no network."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader
from weasyprint.urls import FatalURLFetchingError

from gridmgmt.printing import pdf

PAGE = '<html lang="zh-Hans"><title>督办</title><body style="font-family:Noto Serif CJK SC">{}</body></html>'
DOT = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/%3E"


def read(written: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(written))


def test_chinese_text_and_rare_characters_can_be_read_back() -> None:
    text = read(pdf.from_html(PAGE.format("<p>督办通知书〔2026〕12号 喆堃龘𬭛</p>"))).pages[0].extract_text()
    assert "督办通知书〔2026〕12号" in text
    assert "喆堃龘𬭛" in text


def test_every_font_is_embedded() -> None:
    page = read(pdf.from_html(PAGE.format("督办 ABC 123"))).pages[0]
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        descendant = font["/DescendantFonts"][0].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descendant["/FontDescriptor"].get_object())


def test_the_same_page_gives_the_same_bytes() -> None:
    page = PAGE.format("<p>监察建议书</p>")
    assert pdf.from_html(page) == pdf.from_html(page)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/a.png", "https://example.org/a.png", "file:///etc/hostname", "//e.org/a"]
)
def test_an_outside_address_stops_the_rendering(address: str) -> None:
    with pytest.raises(FatalURLFetchingError):
        pdf.from_html(PAGE.format(f'<img src="{address}">'))


def test_a_style_sheet_from_outside_stops_the_rendering() -> None:
    with pytest.raises(FatalURLFetchingError):
        pdf.from_html(PAGE.format('<link rel="stylesheet" href="https://example.org/a.css">'))


def test_an_image_that_carries_its_content_is_shown() -> None:
    assert len(read(pdf.from_html(PAGE.format(f'<img src="{DOT}">'))).pages) == 1


def test_a_template_becomes_a_page() -> None:
    assert len(read(pdf.render("printing/sheet.html", {})).pages) == 1
