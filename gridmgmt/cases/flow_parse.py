"""Rows of a flow that come from outside, from a file or a form: types, lengths, words. Pure.

Whether a flow makes sense is not judged here but by ``flow_checks``: what is half written may be kept as a draft.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from geodata.errors import DomainError
from geodata.errors import mark as _
from gridmgmt.cases import flow_words as words
from gridmgmt.cases.workflow import (
    ANY_STAGE,
    BEGINNING,
    SAME_STAGE,
    FieldDef,
    RequestDef,
    StageDef,
    TransitionDef,
)

KEY = re.compile(r"[a-z][a-z0-9_]{0,23}")
ARGUMENT = re.compile(r"[a-z0-9_]{1,40}")
MOST_WORDS, MOST_CHOICES, MOST_NOTIFY = 30, 50, 60
LONGEST_SHOWN = 40


class RawRow:
    """The values of one row. Every error is 422 and names the place and the column in its data: flow_value_missing,
    flow_value_too_long, flow_value_invalid, flow_column_unknown, flow_row_unreadable."""

    def __init__(self, raw: object, place: str, columns: Collection[str]) -> None:
        self.place = place
        if not isinstance(raw, Mapping):
            raise self._error("row_unreadable", "", raw, _("%(place)s: “%(value)s” is not a row of columns."))
        self.raw: Mapping[str, Any] = raw
        for name in raw:
            if name not in columns:
                raise self._error(
                    "column_unknown", str(name), "", _("%(place)s: there is no column “%(column)s”.")
                )

    def bad(self, column: str, value: object) -> DomainError:
        """The value is not allowed in the column."""
        return self._error(
            "value_invalid", column, value, _("%(place)s, %(column)s: “%(value)s” is not allowed here.")
        )

    def text(self, column: str, most: int, *, needed: bool = False) -> str:
        """Printable text of at most so many characters."""
        value = self.raw.get(column, "")
        if not isinstance(value, str) or not value.isprintable():
            raise self.bad(column, value)
        value = value.strip()
        if needed and not value:
            raise self._error(
                "value_missing", column, "", _("%(place)s, %(column)s: this must be filled in.")
            )
        if len(value) > most:
            message = _("%(place)s, %(column)s: at most %(most)s characters.")
            raise self._error("value_too_long", column, value, message, most=most)
        return value

    def key(self, column: str, *others: str) -> str:
        """A key of small letters, digits and underscores, or one of the other words allowed here."""
        value = self.text(column, 24, needed="" not in others)
        if value not in others and not KEY.fullmatch(value):
            raise self.bad(column, value)
        return value

    def choice(self, column: str, allowed: Collection[str], default: str = "") -> str:
        """One word of a list."""
        value = self.raw.get(column, default)
        if not isinstance(value, str) or value not in allowed:
            raise self.bad(column, value)
        return value

    def number(self, column: str, least: int, most: int) -> int | None:
        """A whole number in its bounds, or None."""
        value = self.raw.get(column)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.bad(column, value)
        return value

    def several(
        self, column: str, allowed: Collection[str] | None, most: int = MOST_WORDS
    ) -> tuple[str, ...]:
        """Words of a list, each once, in their order; without a list: keys."""
        values = self.raw.get(column, [])
        if not isinstance(values, list) or len(values) > most:
            raise self.bad(column, values)
        for value in values:
            known = isinstance(value, str) and (KEY.fullmatch(value) if allowed is None else value in allowed)
            if not known or values.count(value) > 1:
                raise self.bad(column, value)
        return tuple(values)

    def terms(self, column: str, known: Mapping[str, bool]) -> tuple[str, ...]:
        """Words of a list, each once, with an argument where one is needed."""
        values = self.raw.get(column, [])
        if not isinstance(values, list) or len(values) > MOST_WORDS:
            raise self.bad(column, values)
        for value in values:
            fits = isinstance(value, str) and words.known_term(value, dict(known)) and len(value) <= 50
            argument = words.argument_of(value) if fits else ""
            if not fits or (argument and not ARGUMENT.fullmatch(argument)) or values.count(value) > 1:
                raise self.bad(column, value)
        return tuple(values)

    def texts(self, column: str, most: int) -> tuple[str, ...]:
        """Several short texts, each once."""
        values = self.raw.get(column, [])
        if not isinstance(values, list) or len(values) > MOST_CHOICES:
            raise self.bad(column, values)
        for value in values:
            if (
                not isinstance(value, str)
                or not value.strip()
                or not value.isprintable()
                or values.count(value) > 1
            ):
                raise self.bad(column, value)
            if len(value) > most:
                message = _("%(place)s, %(column)s: at most %(most)s characters.")
                raise self._error("value_too_long", column, value, message, most=most)
        return tuple(values)

    def _error(self, code: str, column: str, value: object, message: str, **more: object) -> DomainError:
        shown = str(value)
        shown = shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}…"
        data = {"place": self.place, "column": column, "value": shown, **more}
        return DomainError(code=f"flow_{code}", status=422, message=message, data=data)


def columns_of(row: type) -> tuple[str, ...]:
    """Columns of a row outside: those of the definition, without its number in the order."""
    return tuple(name for name in row.__dataclass_fields__ if name != "order")  # type: ignore[attr-defined]


def stage(raw: object, place: str, order: int) -> StageDef:
    """One stage."""
    row = RawRow(raw, place, columns_of(StageDef))
    limit = row.number("limit_value", 1, 365)
    unit = row.choice("limit_unit", ("", *words.LIMIT_UNITS))
    if (limit is None) == bool(unit):
        raise row.bad("limit_unit", unit)
    return StageDef(
        key=row.key("key"), order=order, name=row.text("name", 40, needed=True), name_en=row.text("name_en", 80),
        owner_role=row.choice("owner_role", ("", *words.ROLES)), clock=row.choice("clock", words.LAMPS, "running"),
        limit_value=limit, limit_unit=unit, public_name=row.text("public_name", 40),
        public_name_en=row.text("public_name_en", 80),
    )  # fmt: skip


def transition(raw: object, place: str) -> TransitionDef:
    """One step. ``notify`` comes as a list."""
    row = RawRow(raw, place, columns_of(TransitionDef))
    notify = "|".join(row.several("notify", words.AUDIENCE))
    if len(notify) > MOST_NOTIFY:
        raise row.bad("notify", notify)
    return TransitionDef(
        from_stage=row.key("from_stage", BEGINNING, ANY_STAGE), action=row.key("action"),
        to_stage=row.key("to_stage", SAME_STAGE), to_procedure=row.key("to_procedure", ""),
        condition=row.choice("condition", words.CONDITIONS), name=row.text("name", 40, needed=True),
        name_en=row.text("name_en", 80), tone=row.choice("tone", words.TONES, "go"),
        roles=frozenset(row.several("roles", words.ROLES)), relation=row.choice("relation", words.RELATIONS, "any"),
        requires=row.several("requires", None), takes=row.several("takes", None),
        clock_effect=row.choice("clock_effect", words.CLOCK_EFFECTS, "none"),
        effects=row.terms("effects", words.EFFECTS), guards=row.terms("guards", words.GUARDS),
        request=row.key("request", ""), request_move=row.choice("request_move", words.MOVES),
        request_level=row.number("request_level", 0, 9), trigger=row.choice("trigger", words.TRIGGERS), notify=notify,
    )  # fmt: skip


def request(raw: object, place: str) -> RequestDef:
    """One kind of request."""
    row = RawRow(raw, place, columns_of(RequestDef))
    return RequestDef(
        row.key("key"),
        row.text("name", 40, needed=True),
        row.text("name_en", 80),
        row.number("most_granted", 1, 99),
    )


def field(raw: object, place: str) -> FieldDef:
    """One field of the flow's own."""
    row = RawRow(raw, place, columns_of(FieldDef))
    kind = row.choice("kind", words.FIELD_KINDS, "text")
    choices = row.texts("choices", 40)
    if (kind == "choice") != bool(choices):
        raise row.bad("choices", ", ".join(choices))
    return FieldDef(row.key("key"), row.text("name", 40, needed=True), row.text("name_en", 80), kind, choices)
