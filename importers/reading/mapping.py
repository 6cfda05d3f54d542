"""From a record's columns to the fields of a kind, by the profile's mapping; what is left over becomes ``extra``."""

from __future__ import annotations

import json
import math
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from importers import limits
from importers.reading.headings import plain
from importers.reading.records import Record
from importers.reading.refused_headings import is_refused
from importers.reading.rules import RULES

OUR_COLUMNS = frozenset({"导入检查结果", "Import findings"})
"""The column of reasons in a marked copy: left in the file that comes back, it is nobody's content."""


@dataclass(frozen=True, slots=True)
class FieldMap:
    """How one field is made: from columns (first wins, or all joined), through values and a rule, else a default."""

    columns: tuple[str, ...] = ()
    join: str | None = None
    values: dict[str, str] = field(default_factory=dict)
    rule: str = ""
    default: str = ""
    strict: bool = False

    @classmethod
    def parse(cls, spec: Any) -> FieldMap:
        """From ``"column"`` or ``{"from": …, "join": …, "values": …, "rule": …, "default": …, "strict": …}``."""
        if isinstance(spec, str):
            return cls(columns=(spec,))
        source = spec.get("from", [])
        return cls(
            columns=(source,) if isinstance(source, str) else tuple(source),
            join=spec.get("join"),
            values={str(key): str(value) for key, value in spec.get("values", {}).items()},
            rule=spec.get("rule", ""),
            default=str(spec.get("default", "")),
            strict=bool(spec.get("strict", False)),
        )

    @property
    def plain(self) -> str:
        """The one column whose text is the field's, "" when more is to be done."""
        made = self.join is not None or self.values or self.rule or self.default
        return "" if made or len(self.columns) != 1 else self.columns[0]

    def value(self, values: dict[str, str]) -> str:
        """The field's text for a record; "" when nothing is known."""
        found = [values.get(column, "") for column in self.columns]
        if self.join is not None:
            text = self.join.join(found) if all(found) else ""
        else:
            text = next((part for part in found if part), "")
        if text and self.values:
            text = self.values.get(text, "" if self.strict else text)
        if text and self.rule:
            text = RULES[self.rule](text)
        return text or self.default


@dataclass(slots=True)
class Mapper:
    """Maps records of one file. ``used`` and ``dropped`` are told to the operator, and ``missing``: fields whose columns
    the profile names and the file has not."""

    named: dict[str, FieldMap]
    columns: list[str]
    only: dict[str, Any]
    keep_extra: bool
    drop: frozenset[str]
    personal: bool = False
    county: tuple[str, str] = ("", "")
    """Column and code: rows of other counties are left out (a list of the whole country)."""
    dropped: list[str] = field(default_factory=list)
    aliases: dict[str, list[str]] = field(default_factory=dict)
    fields: dict[str, FieldMap] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    used: dict[str, list[str]] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    extra_columns: list[str] = field(default_factory=list)
    plain: list[tuple[str, str]] = field(default_factory=list)
    made: list[tuple[str, FieldMap]] = field(default_factory=list)

    @classmethod
    def build(
        cls,
        profile: dict[str, Any],
        aliases: dict[str, list[str]],
        columns: list[str],
        *,
        personal: bool = False,
    ) -> Mapper:
        """A mapper for a file's columns. ``aliases``: field → headings that mean it, used where the profile is silent.
        ``personal``: mapped columns may name people; what nobody mapped is dropped and named."""
        fields = {name: FieldMap.parse(spec) for name, spec in profile.get("fields", {}).items()}
        for name, value in profile.get("constants", {}).items():
            fields[name] = FieldMap(default=str(value))
        mapper = cls(
            named=fields,
            columns=[],
            only=profile.get("only", {}),
            keep_extra=bool(profile.get("keep_extra", True)) and not personal,
            personal=personal,
            county=(profile.get("county_column", ""), profile.get("county", "")),
            drop=frozenset(profile.get("drop", [])),
            aliases={
                name: [plain(word) for word in headings]
                for name, headings in (aliases.items() if profile.get("recognise", True) else ())
                if name not in fields
            },
        )
        mapper._add(columns)
        return mapper

    def learn(self, chunk: list[Record]) -> None:
        """Takes notice of columns that turn up on the way (GeoJSON has no header)."""
        known = set(self.columns)
        found = {column: None for record in chunk for column in record.values if column not in known}
        if found:
            self._add(list(found))

    def _add(self, columns: list[str]) -> None:
        self.columns = [*self.columns, *columns][: limits.COLUMNS]
        by_heading = {plain(column): column for column in reversed(self.columns)}
        self.fields = {name: self._found(spec, by_heading) for name, spec in self.named.items()}
        for name, headings in self.aliases.items():
            found = tuple(by_heading[word] for word in headings if word in by_heading)
            if found:
                self.fields[name] = FieldMap(columns=found)
        self._sort_columns()

    def _found(self, spec: FieldMap, by_heading: dict[str, str]) -> FieldMap:
        """The spec with its columns as this file writes them: next month the heading may end in "（必填）"."""
        known = set(self.columns)
        columns = [
            column if column in known else by_heading.get(plain(column), column) for column in spec.columns
        ]
        return replace(spec, columns=tuple(columns)) if columns else spec

    def _sort_columns(self) -> None:
        taken = {column for spec in self.fields.values() for column in spec.columns}
        self.dropped = sorted(column for column in self.columns if self._refuses(column, taken))
        self.taken = [column for column in taken if column in self.columns and column not in self.dropped]
        self.used = {
            name: [column for column in spec.columns if column in self.columns]
            for name, spec in self.fields.items()
        }
        self.missing = sorted(
            name for name, spec in self.fields.items() if spec.columns and not self.used[name]
        )
        taken_columns = set(self.taken)
        self.plain = [(name, spec.plain) for name, spec in self.fields.items() if spec.plain in taken_columns]
        self.made = [(name, spec) for name, spec in self.fields.items() if not spec.plain]
        refused = set(self.dropped)
        self.extra_columns = [
            column
            for column in self.columns
            if self.keep_extra and column not in taken | refused | OUR_COLUMNS and column not in self.drop
        ]

    def _refuses(self, column: str, taken: set[str]) -> bool:
        if self.personal and column not in taken:
            return True
        return is_refused(column, of_people=self.personal)

    def takes(self, record: Record) -> bool:
        """False for rows that the profile leaves to another import (other kinds of points in the same file)."""
        column, county = self.county
        if column and county and not text_of(record.values.get(column)).startswith(county):
            return False
        return all(_passes(text_of(record.values.get(column)), rule) for column, rule in self.only.items())

    def map(self, record: Record) -> dict[str, str]:
        """Field → text. Refused columns are not looked at, even when a profile names them."""
        found = record.values
        texts = {column: text_of(found.get(column)) for column in self.taken}
        fields = {name: texts[column] for name, column in self.plain}
        for name, spec in self.made:
            fields[name] = spec.value(texts)
        return fields

    def rest(self, record: Record) -> str:
        """The other columns that hold something, as JSON."""
        kept: dict[str, Any] = {}
        for column in self.extra_columns:
            value = record.values.get(column)
            if value is None or value == "":
                continue
            plain = isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))
            kept[_clean(column)[:80]] = value if plain else text_of(value)
        if not kept:
            return "{}"
        return json.dumps(kept, ensure_ascii=False, sort_keys=True, allow_nan=False)


def text_of(value: Any) -> str:
    """A value as clean text: whole floats without ".0", NFC, no control characters, outer blanks off."""
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, float):
        whole = math.isfinite(value) and value.is_integer() and abs(value) < 1e15
        return str(int(value)) if whole else repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if value is None or isinstance(value, bool):
        return {None: "", True: "true", False: "false"}[value]
    return _clean(json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value))


def _clean(text: str) -> str:
    text = text.strip()
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if not text.isprintable():
        text = "".join(mark if mark.isprintable() else " " for mark in text).strip()
    return text[: limits.VALUE_CHARS]


def _passes(text: str, rule: Any) -> bool:
    """``"*"`` something is there, a list one of these, ``{"not": [...]}`` something else than these."""
    if rule == "*":
        return bool(text)
    if isinstance(rule, dict):
        return text not in rule.get("not", [])
    return text in rule
