"""Chinese is complete: every sentence of code and templates has a translation with the same placeholders."""

from __future__ import annotations

from pathlib import Path

import pytest

from map_ui import sentences
from map_ui.sentences import Sentence

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def test_no_sentence_is_without_translation() -> None:
    found = sentences.collect(ROOT)
    known = sentences.read_po(CATALOGUE.read_text(encoding="utf-8"))
    assert len(found) > 400
    assert sentences.gaps(found, known) == []


def test_no_translation_is_left_over() -> None:
    known = sentences.read_po(CATALOGUE.read_text(encoding="utf-8"))
    assert set(known) - set(sentences.collect(ROOT)) == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('gettext("Hello")', {Sentence("Hello")}),
        ('_("One") or gettext_lazy("Two")', {Sentence("One"), Sentence("Two")}),
        ('ngettext("%(n)d day", "%(n)d days", 2)', {Sentence("%(n)d day", plural="%(n)d days")}),
        ('pgettext("limit", "days")', {Sentence("days", context="limit")}),
        ('DomainError(code="x", message="Not so.")', {Sentence("Not so.")}),
        ("gettext(name)", set()),
    ],
)
def test_sentences_are_found_in_code(source: str, found: set[Sentence]) -> None:
    assert sentences.in_python(source) == found


def test_sentences_are_found_in_templates() -> None:
    source = '{% translate "Sign in" %}{% blocktranslate with a=b %}To {{ a }}.{% endblocktranslate %}'
    assert sentences.in_template(source) == {Sentence("Sign in"), Sentence("To %(a)s.")}


def test_the_file_survives_a_round_trip() -> None:
    kept = {
        Sentence('Say "%(x)s"\nnow'): "说“%(x)s”",
        Sentence("a", plural="b"): "丙",
        Sentence("c", context="d"): "丁",
    }
    text = sentences.write_po(kept, {sentence: ["a.py"] for sentence in kept})
    assert sentences.read_po(text) == kept


@pytest.mark.parametrize("translated", ["", "没有占位", "%(other)s"])
def test_gaps_are_seen(translated: str) -> None:
    sentence = Sentence("To %(name)s")
    assert sentences.gaps([sentence], {sentence: translated})
