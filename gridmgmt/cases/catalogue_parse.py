"""From a line of a catalogue file to its record: one function a file."""

from __future__ import annotations

import re
from dataclasses import fields

from gridmgmt.cases import catalogue_line as words
from gridmgmt.cases import catalogue_rows as rows
from gridmgmt.cases import flow_words
from gridmgmt.cases.catalogue_line import Line

MINOR = re.compile(r"\d{2,3}")
MAJOR = re.compile(r"\d{2}")
INITIALS = re.compile(r"[a-z0-9]+")
RULE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def columns(kind: type[rows.Row]) -> tuple[str, ...]:
    """The header of a file: the fields of its record, without the line."""
    return tuple(field.name for field in fields(kind) if field.name != "line")


def category(line: Line) -> rows.CategoryRow:
    """The key is the kind's letter, the major and the minor code; one initial a character of the name."""
    kind = line.choice("kind", words.KIND_LETTERS)
    major_code, minor_code = line.matching("major_code", MAJOR, 2), line.matching("minor_code", MINOR, 3)
    name = line.text("name_zh", 60)
    initials = line.matching("pinyin_initials", INITIALS, 24)
    if len(initials) != sum(character.isalnum() for character in name):
        raise line.bad("pinyin_initials")
    if line.cells["key"] != words.KIND_LETTERS[kind] + major_code + minor_code:
        raise line.bad("key")
    return rows.CategoryRow(
        line=line,
        key=line.cells["key"],
        kind=kind,
        major_code=major_code,
        major_zh=line.text("major_zh", 40),
        major_en=line.text("major_en", 80),
        minor_code=minor_code,
        name_zh=name,
        name_en=line.text("name_en", 120),
        pinyin_initials=initials,
        rank=line.integer("rank", 1, 999),
        icon=line.choice("icon", words.ICONS),
        geometry=line.choice("geometry", words.GEOMETRIES),
        origin=line.choice("origin", words.ORIGINS),
    )


def standard(line: Line) -> rows.StandardRow:
    """A limit is not optional: a case without one would never be late."""
    value, unit = line.limit()
    return rows.StandardRow(
        line=line,
        category_key=line.matching("category_key", words.CATEGORY_PREFIX, 8),
        seq=line.integer("seq", 1, 99),
        condition_zh=line.text("condition_zh", 200),
        condition_en=line.text("condition_en", 300),
        closing_zh=line.text("closing_zh", 200),
        closing_en=line.text("closing_en", 300),
        limit_value=value,
        limit_unit=unit,
        before_photos=line.integer("before_photos", 0, 9),
        after_photos=line.integer("after_photos", 0, 9),
    )


def department(line: Line) -> rows.DepartmentRow:
    """Levels are county, street, community."""
    return rows.DepartmentRow(
        line=line,
        key=line.matching("key", words.KEY, 40),
        name_zh=line.text("name_zh", 80),
        name_en=line.text("name_en", 120),
        level=line.choice("level", words.LEVELS),
        kind=line.matching("kind", words.KEY, 24),
        parent_key=line.optional("parent_key", 40),
        last_resort=line.choice("last_resort", ("0", "1")) == "1",
        handles=line.text("handles", 200),
    )


def owner(line: Line) -> rows.OwnerRow:
    """An owner key is what `Component.owner_key` holds."""
    return rows.OwnerRow(
        line=line,
        key=line.matching("key", words.KEY, 40),
        name_zh=line.text("name_zh", 80),
        name_en=line.text("name_en", 120),
        department_key=line.text("department_key", 40),
    )


def source(line: Line) -> rows.SourceRow:
    """Public means: reported by somebody outside, so it is verified."""
    return rows.SourceRow(
        line=line,
        key=line.matching("key", words.KEY, 24),
        name_zh=line.text("name_zh", 40),
        name_en=line.text("name_en", 80),
        is_public=line.choice("is_public", ("0", "1")) == "1",
    )


def rule(line: Line) -> rows.RuleRow:
    """Times come in pairs; a window of no length would never match."""
    start, end = line.clock_time("time_from"), line.clock_time("time_to")
    if (start is None) != (end is None) or (start is not None and start == end):
        raise line.bad("time_to")
    area = line.cells["area_code"]
    prefix = line.cells["category_key"]
    return rows.RuleRow(
        line=line,
        key=line.matching("key", RULE_KEY, 60),
        category_key=line.matching("category_key", words.CATEGORY_PREFIX, 8) if prefix else "",
        area_code=line.matching("area_code", words.AREA, 15) if area else "",
        source=line.optional("source", 24),
        component_owner=line.optional("component_owner", 40),
        time_from=start,
        time_to=end,
        department_key=line.text("department_key", 40),
        note=line.optional("note", 200),
    )


def procedure(line: Line) -> rows.ProcedureRow:
    """A published version is never edited; a change is a new version."""
    return rows.ProcedureRow(
        line=line,
        key=line.matching("key", words.KEY, 24),
        version=line.integer("version", 1, 9999),
        kind=line.choice("kind", flow_words.KINDS),
        name_zh=line.text("name_zh", 60),
        name_en=line.text("name_en", 80),
        note=line.optional("note", 200),
    )


def stage(line: Line) -> rows.StageRow:
    """Final stages belong to nobody and have no limit; all others have an owner."""
    lamp = line.choice("lamp", flow_words.LAMPS)
    limited = bool(line.cells["limit_value"] or line.cells["limit_unit"])
    value, unit = line.limit() if limited else (0, "")
    if lamp == "final" and limited:
        raise line.bad("limit_value")
    return rows.StageRow(
        line=line,
        procedure=line.matching("procedure", words.KEY, 24),
        key=line.matching("key", words.KEY, 24),
        name_zh=line.text("name_zh", 40),
        name_en=line.text("name_en", 80),
        owner_role=line.choice("owner_role", {""} if lamp == "final" else flow_words.ROLES),
        lamp=lamp,
        limit_value=value,
        limit_unit=unit,
        public_name_zh=line.text("public_name_zh", 40),
        public_name_en=line.text("public_name_en", 80),
    )


def transition(line: Line) -> rows.TransitionRow:
    """The form of a step; whether its words and stages make sense is for flow_checks."""
    line.text("roles", 80)
    level = line.cells["request_level"]
    return rows.TransitionRow(
        line=line,
        procedure=line.matching("procedure", words.KEY, 24),
        from_stage=line.optional("from_stage", 24),
        action=line.matching("action", words.KEY, 24),
        condition=line.optional("condition", 24),
        name_zh=line.text("name_zh", 40),
        name_en=line.text("name_en", 80),
        to_stage=line.text("to_stage", 24),
        to_procedure=line.optional("to_procedure", 24),
        tone=line.choice("tone", flow_words.TONES),
        roles=line.words("roles"),
        relation=line.text("relation", 16),
        requires=line.words("requires"),
        takes=line.words("takes"),
        clock_effect=line.text("clock_effect", 16),
        effects=line.words("effects"),
        guards=line.words("guards"),
        request=line.optional("request", 24),
        request_move=line.optional("request_move", 10),
        request_level=line.integer("request_level", 0, 9) if level else None,
        trigger=line.optional("trigger", 16),
        notify=line.words("notify"),
    )


def request_kind(line: Line) -> rows.RequestKindRow:
    """A bound of 0 would forbid what is offered."""
    most = line.cells["most_granted"]
    return rows.RequestKindRow(
        line=line,
        procedure=line.matching("procedure", words.KEY, 24),
        key=line.matching("key", words.KEY, 24),
        name_zh=line.text("name_zh", 40),
        name_en=line.text("name_en", 80),
        most_granted=line.integer("most_granted", 1, 99) if most else None,
    )


def step_field(line: Line) -> rows.StepFieldRow:
    """A choice has at least two, other kinds have none."""
    kind, choices = line.choice("kind", flow_words.FIELD_KINDS), line.words("choices")
    if (kind == "choice") != (len(choices) > 1) or (kind != "choice" and choices):
        raise line.bad("choices")
    return rows.StepFieldRow(
        line=line,
        procedure=line.matching("procedure", words.KEY, 24),
        key=line.matching("key", words.KEY, 24),
        name_zh=line.text("name_zh", 40),
        name_en=line.text("name_en", 80),
        kind=kind,
        choices=choices,
    )


def procedure_rule(line: Line) -> rows.ProcedureRuleRow:
    """Columns as in routing_rules.csv; flag is one that intake gives."""
    area, prefix = line.cells["area_code"], line.cells["category_key"]
    return rows.ProcedureRuleRow(
        line=line,
        key=line.matching("key", RULE_KEY, 60),
        procedure=line.matching("procedure", words.KEY, 24),
        category_key=line.matching("category_key", words.CATEGORY_PREFIX, 8) if prefix else "",
        area_code=line.matching("area_code", words.AREA, 15) if area else "",
        source=line.optional("source", 24),
        flag=line.optional("flag", 24),
    )
