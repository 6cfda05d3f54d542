"""The mapping page's form: what it shows of a file's columns, and the profile that its answers make."""

from __future__ import annotations

from typing import Any, Final

from django.apps import apps
from django.db.models import Count
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from importers import pages, report
from importers.kinds import KINDS, Field, Kind, kind_named
from importers.kinds.base import BY_BIRTH, BY_ID, BY_PHONE, HIDDEN
from importers.models import ImportBatch
from importers.profile import Profile, checked
from importers.reading.columns import BESIDE, BY_HEADING, BY_PROFILE, LEFT_OUT, REFUSED, UNMAPPED
from importers.reading.labels import words_of
from importers.whole import whole

LEAVE_OUT: Final = "-"
_MOST_WORDS: Final = 40
_UNREAD: Final = ("value_unknown", "value_bare_code", "value_label_and_code")
HOW_NAMES: Final = {
    BY_PROFILE: _("said by the profile"),
    BY_HEADING: _("recognised by its heading"),
    REFUSED: _("not kept: the platform registers nothing of this kind"),
    UNMAPPED: _("not kept: it stands for no field"),
    LEFT_OUT: _("left out"),
    BESIDE: _("kept beside the fields, as it is"),
}
MATCH_NAMES: Final[dict[str | tuple[str, str], Any]] = {
    BY_ID: _("by the ID number (always)"),
    BY_BIRTH: _("by name, date of birth and home"),
    ("care", BY_BIRTH): _("by name and date of birth"),
    BY_PHONE: _("by name and telephone"),
}
DATE_STYLES: Final = (
    ("", _("Year first: 1990-1-31, 19900131")),
    ("dmy", _("Day first: 31/1/1990")),
    ("mdy", _("Month first: 1/31/1990")),
)


def context(batch: ImportBatch) -> dict[str, Any]:
    """What the page shows."""
    kind = kind_named(batch.kind)
    columns = batch.summary.get("columns", [])
    taken = {column["field"] for column in columns}
    profile = batch.profile
    coded = set(profile.get("coded", []))
    rules = kind.rules_of(profile.get("match"))
    hidden = {field.name for field in kind.fields if field.shown == HIDDEN}
    named = [(field.name, _title(batch.kind, field)) for field in kind.fields if field.headings]
    return {
        "batch": batch,
        "columns": [
            {
                **column,
                "samples": [] if column["field"] in hidden else column["samples"],
                "why": HOW_NAMES[column["how"]],
                "fixed": column["how"] == REFUSED,
                "hidden": column["field"] in hidden,
            }
            for column in columns
        ],
        "fields": named,
        "personal": kind.personal,
        "missing": [
            _title(batch.kind, field)
            for field in kind.fields
            if field.required and not _given(field, taken, profile)
        ],
        "lost": [report.field_name(batch.kind, name) for name in batch.summary.get("missing_fields", [])],
        "constants": [
            _constant(batch.kind, field, profile.get("constants", {}).get(field.name, ""))
            for field in kind.fields
            if field.name not in taken
            and not field.sealed
            and field.headings
            and not _about_one_person(field)
        ],
        "word_lists": _word_lists(batch, kind.name),
        "coded": [
            (field.name, _title(batch.kind, field), field.name in coded)
            for field in kind.fields
            if field.reader and field.reader != "yes" and words_of(field.reader)
        ],
        "match_rules": [
            (rule, MATCH_NAMES.get((kind.name, rule), MATCH_NAMES[rule]), rule in rules, at == 0)
            for at, rule in enumerate(kind.match_rules)
        ],
        "dates": any(field.reader == "day" for field in kind.fields),
        "date_styles": DATE_STYLES,
        "datums": pages.DATUMS if kind.geometry else (),
        "known_datum": profile.get("datum", "") in {name for name, _title in pages.DATUMS},
        "profile": profile,
        "position": profile.get("position", {}),
        "sheet": profile.get("layer") or batch.summary.get("sheet", ""),
    }


def profile_from(batch: ImportBatch, form: QueryDict) -> Profile:
    """The batch's profile with the form's corrections. Errors: those of profile.checked, number_too_long."""
    data = dict(batch.profile)
    columns = batch.summary.get("columns", [])
    if columns:
        _columns_into(data, batch, form)
        _constants_into(data, form)
        _words_into(data, form)
        data["coded"] = [name for name in form.getlist("coded") if name]
    for key in ("datum", "date_style", "encoding", "layer"):
        if key in form:
            data[key] = _said(form, key)
    if _said(form, "epsg"):
        data["datum"] = _said(form, "epsg").lower()
    if "match-asked" in form:
        _match_into(data, kind_named(batch.kind), form)
    data["trust_declaration"] = form.get("trust_declaration") == "yes"
    data["heading_row"] = whole(_said(form, "heading_row"))
    position = {name: _said(form, f"position-{name}") for name in ("x", "y", "wkt")}
    data["position"] = {name: column for name, column in position.items() if column}
    return checked(data)


def _columns_into(data: dict[str, Any], batch: ImportBatch, form: QueryDict) -> None:
    """Fields as the selects say; what a field's spec says beside its columns stays."""
    columns = [column for column in batch.summary["columns"] if column["how"] != REFUSED]
    said = {
        column["name"]: form.get(f"column-{index}", column["field"])
        for index, column in enumerate(batch.summary["columns"])
        if column["how"] != REFUSED
    }
    moved = {
        column["name"]: said[column["name"]] for column in columns if said[column["name"]] != column["field"]
    }
    if not moved:
        return
    fields = dict(data.get("fields", {}))
    used: dict[str, list[str]] = batch.summary.get("mapping", {})
    for name in {*used, *moved.values()} - {"", LEAVE_OUT}:
        was = used.get(name, [])
        names = [column for column in was if column not in moved]
        names += [column for column, to in moved.items() if to == name]
        spec = _spec(data, name)
        if names != was:
            spec.pop("join", None)
        if names:
            fields[name] = {**spec, "from": names} if names != was or "from" not in spec else spec
        else:
            fields.pop(name, None)
    data["fields"] = fields
    data["constants"] = {name: text for name, text in data.get("constants", {}).items() if name not in fields}
    data["drop"] = sorted(
        {column for column in data.get("drop", []) if column not in moved}
        | {column for column, to in moved.items() if to == LEAVE_OUT}
    )
    data["recognise"] = False


def _constants_into(data: dict[str, Any], form: QueryDict) -> None:
    constants = dict(data.get("constants", {}))
    for key, value in form.items():
        name = key.removeprefix("constant-")
        if name != key and isinstance(value, str):
            constants.pop(name, None)
            if value.strip() and name not in data.get("fields", {}):
                constants[name] = value.strip()
    data["constants"] = constants


def _match_into(data: dict[str, Any], kind: Kind, form: QueryDict) -> None:
    """All rules of the kind are what a profile without a word of them means."""
    said = [rule for rule in kind.match_rules[1:] if rule in form.getlist("match")]
    if len(said) == len(kind.match_rules) - 1:
        data.pop("match", None)
    else:
        data["match"] = said


def _words_into(data: dict[str, Any], form: QueryDict) -> None:
    """``word-FIELD-N`` is a word of the file, ``means-FIELD-N`` what it stands for."""
    mapped = {column for column in form if column.startswith("word-")}
    for key in sorted(mapped):
        name = key.removeprefix("word-").rpartition("-")[0]
        word, means = str(form[key]), _said(form, key.replace("word-", "means-", 1))
        spec = _spec(data, name)
        values = dict(spec.get("values", {}))
        values.pop(word, None)
        if means:
            values[word] = means
        if values == spec.get("values", {}):
            continue
        if "from" not in spec:
            spec["from"] = list(form.getlist(f"columns-{name}"))
        data["fields"] = {**data.get("fields", {}), name: {**spec, "values": values}}


def _said(form: QueryDict, key: str) -> str:
    return str(form.get(key, "")).strip()


def _spec(data: dict[str, Any], name: str) -> dict[str, Any]:
    spec = data.get("fields", {}).get(name, {})
    if isinstance(spec, str):
        return {"from": [spec]}
    return dict(spec)


def _given(field: Field, taken: set[str], profile: dict[str, Any]) -> bool:
    spec = profile.get("fields", {}).get(field.name)
    default = isinstance(spec, dict) and spec.get("default")
    return field.name in taken or bool(profile.get("constants", {}).get(field.name) or default)


def _about_one_person(field: Field) -> bool:
    """A name or a birth date is nobody's constant."""
    return field.reader in {"name", "day", "id_number", "phone"}


def _constant(kind: str, field: Field, value: str) -> dict[str, Any]:
    return {
        "name": field.name,
        "title": _title(kind, field),
        "value": value,
        "choices": choices_of(kind, field),
    }


def choices_of(kind: str, field: Field) -> list[tuple[str, str]]:
    """The values a field may have, with their names; none for free text."""
    if field.choices:
        named = _names_in_the_model(kind, field.name)
        return [(choice, named.get(choice, choice)) for choice in field.choices]
    return [(word, word) for word in words_of(field.reader)] if field.reader else []


def _names_in_the_model(kind: str, name: str) -> dict[str, str]:
    app, _mark, model = KINDS[kind].table.partition("_")
    column = apps.get_model(app, model)._meta.get_field(name)  # noqa: SLF001 - Django's documented way
    return {str(value): str(label) for value, label in (getattr(column, "choices", None) or ())}


def _word_lists(batch: ImportBatch, kind_name: str) -> list[dict[str, Any]]:
    """Words of the file that a label field does not know, and those the profile translates already."""
    found: dict[str, dict[str, int]] = {}
    rows = (
        batch.findings.filter(code__in=_UNREAD).exclude(value="").values_list("field", "value")
        .annotate(rows=Count("id")).order_by("-rows", "value")[: 10 * _MOST_WORDS]
    )  # fmt: skip
    for name, value, count in rows:
        found.setdefault(name, {})[value] = count
    lists = []
    for field in KINDS[kind_name].fields:
        choices = choices_of(kind_name, field)
        translated = _spec(batch.profile, field.name).get("values", {})
        words = [(word, 0, means) for word, means in translated.items()]
        words += [
            (word, count, "") for word, count in found.get(field.name, {}).items() if word not in translated
        ]
        if choices and words:
            columns = [c["name"] for c in batch.summary.get("columns", []) if c["field"] == field.name]
            lists.append(
                {
                    "field": field.name,
                    "title": _title(kind_name, field),
                    "columns": columns,
                    "choices": choices,
                    "words": [
                        {"word": w, "rows": n, "means": m, "foreign": bool(m) and m not in dict(choices)}
                        for w, n, m in words[:_MOST_WORDS]
                    ],
                }
            )
    return lists


def _title(kind: str, field: Field) -> str:
    name = report.field_name(kind, field.name)
    return gettext("%(field)s (required)") % {"field": name} if field.required else name
