"""Field checks as SQL: a reason code for each way a text can fail to be a value. Set-based, one pass."""

from __future__ import annotations

from typing import Final

from psycopg import sql

from importers.kinds import Field, Kind, Type

_WHOLE: Final = r"^[-+]?\d{1,9}(\.0*)?$"
_DAY: Final = r"^\d{4}-\d\d-\d\d$"
_NUMBER: Final = r"^[-+]?\d{1,15}(\.\d+)?([eE][-+]?\d{1,2})?$"


def problem_items(kind: Kind) -> list[sql.Composable]:
    """Expressions over the staging row ``s`` that give ``code:field`` or NULL."""
    items: list[sql.Composable] = []
    for field in kind.fields:
        for code, condition in _conditions(field):
            items.append(
                sql.SQL("CASE WHEN {} THEN {} END").format(condition, sql.Literal(f"{code}:{field.name}"))
            )
    return items


def typed_value(field: Field) -> sql.Composable:
    """The value of a staged text that passed its checks; nothing for an empty one."""
    column = staged(field)
    if field.type is Type.INTEGER:
        return sql.SQL("{}::numeric::integer").format(column)
    if field.type is Type.NUMBER:
        return sql.SQL("{}::double precision").format(column)
    if field.type is Type.DATE:
        return sql.SQL("{}::date").format(column)
    return column


def staged(field: Field) -> sql.Composable:
    """The staging column of a field."""
    return sql.Identifier("s", f"f_{field.name}")


def _conditions(field: Field) -> list[tuple[str, sql.Composable]]:
    """Reason code and the condition under which it holds."""
    column = staged(field)
    found: list[tuple[str, sql.Composable]] = []
    if field.required:
        found.append(("value_missing", sql.SQL("{} IS NULL").format(column)))
    if field.choices:
        choices = sql.SQL(", ").join(sql.Literal(choice) for choice in field.choices)
        found.append(("value_unknown", sql.SQL("{} NOT IN ({})").format(column, choices)))
    elif field.type is Type.TEXT:
        limit = sql.Literal(field.max_length)
        found.append(("value_too_long", sql.SQL("char_length({}) > {}").format(column, limit)))
    elif field.type is Type.CODE:
        found.append(("code_malformed", sql.SQL("{} !~ {}").format(column, sql.Literal(field.pattern))))
    elif field.type is Type.DATE:  # a reader has made it a real day
        found.append(("date_form", sql.SQL("{} !~ {}").format(column, sql.Literal(_DAY))))
    else:
        found += _number_conditions(field, column)
    return found


def _number_conditions(field: Field, column: sql.Composable) -> list[tuple[str, sql.Composable]]:
    form = sql.Literal(_WHOLE if field.type is Type.INTEGER else _NUMBER)
    outside = sql.SQL(
        "CASE WHEN {column} ~ {form} THEN {column}::numeric NOT BETWEEN {low} AND {high} END"
    ).format(column=column, form=form, low=sql.Literal(field.low), high=sql.Literal(field.high))
    return [
        ("value_not_number", sql.SQL("{} !~ {}").format(column, form)),
        ("value_out_of_range", outside),
    ]
