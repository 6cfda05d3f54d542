"""What may be corrected at a door, with the codes to choose from, and the words of codes that homes carry; in both languages."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final

from django.utils import translation
from pydantic_core import to_json

from geodata import codelists
from geodata.models.building import BuildingUse
from geodata.models.person import LifeState, Sex
from gridmgmt.registers.amendment_fields import FIELDS
from mobile_api.queries import Tagged

STANDARDS: Final = ("education", "marital", "employment", "relation")
GONE: Final = (LifeState.MOVED_OUT, LifeState.DEAD)
Word = dict[str, str]


@functools.cache
def packed() -> Tagged:
    """The pack; the same for everybody until another program runs."""
    words = _words()
    fields = [
        {
            "key": key,
            **_word(field.name),
            "kind": _kind(key, words),
            "hand": field.by_hand,
            "codes": words.get(key.partition(".")[2], []),
        }
        for key, field in FIELDS.items()
    ]
    raw = to_json({"fields": fields, "words": words}).decode()
    return Tagged(f"f1-{sha256(raw.encode()).hexdigest()[:16]}", raw)


def _words() -> dict[str, list[Word]]:
    standards = {name: _standard(name) for name in STANDARDS}
    return standards | {
        "sex": _choices((Sex.MALE, Sex.FEMALE)),
        "use": _choices(BuildingUse),
        "gone": _choices(GONE),
    }


def _standard(name: str) -> list[Word]:
    english = codelists.names(name, english=True)
    return [
        {"code": code, "name": word, "name_en": english[code]} for code, word in codelists.names(name).items()
    ]


def _choices(members: Iterable[Any]) -> list[Word]:
    return [{"code": str(member.value), **_word(member.label)} for member in members]


def _word(text: Any) -> Word:
    with translation.override("zh-hans"):
        chinese = str(text)
    with translation.override("en"):
        return {"name": chinese, "name_en": str(text)}


def _kind(key: str, words: dict[str, list[Word]]) -> str:
    """By which control a value is asked for."""
    field = key.partition(".")[2]
    known = {"birth_date": "date", "phone": "tel", "id_no": "id", "area_m2": "number", "name": "name"}
    return "codes" if field in words else known.get(field, "text")
