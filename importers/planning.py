"""Judging a staged batch, set by set: typed values, doubles in the file, place, match, and the fate of every row.

The result is the plan table of the batch: one row per staged row with its fate (new, changed, same, conflict,
rejected), reasons, the row it matches and the values to write. Nothing else is written here.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import connection
from psycopg import sql

from importers import abolished, decisions, staging
from importers.field_checks import problem_items, typed_value
from importers.kinds import Field, Kind
from importers.terms import Terms, in_scope, place_code, places, target_in_scope

FATES: Final = ("new", "changed", "same", "conflict", "rejected")
_ENDS: Final = (
    (
        "CASE WHEN coalesce(t.valid_from, o.valid_from) >= coalesce(t.valid_to, o.valid_to) "
        "THEN 'until_before_from:valid_to' END"
    ),
    (
        "CASE WHEN t.successor_code IS NOT NULL AND coalesce(t.valid_to, o.valid_to) IS NULL "
        "THEN 'successor_without_end:successor_code' END"
    ),
    "CASE WHEN t.successor_code = t.code THEN 'successor_is_itself:successor_code' END",
)
"""What an area says of its end that cannot be."""
_TAKEN: Final = (
    "a.id IS NULL AND b.source = t.source AND b.external_id <> '' AND t.external_id <> '' "
    "AND b.external_id <> t.external_id"
)
"""The code is that of another object of the same source."""


def make_plan(terms: Terms) -> None:
    """Builds the plan table. Runs in the caller's transaction; temporary tables are dropped at its end."""
    with connection.cursor() as cursor:
        for name in ("import_typed", "import_twice", "import_place"):
            cursor.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(sql.Identifier(name)))
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(staging.table(terms.batch_id, "plan")))
        abolished.begin(cursor, terms.day)
        for statement in (_typed(terms), _twice(terms), places(terms)):
            _run(cursor, statement)
        decisions.begin(cursor, terms)
        decisions.settle_twice(cursor)
        if terms.kind.sourced and terms.kind.key:
            _run(cursor, _settle_keys(terms))
        _run(cursor, _plan(terms))
        _run(cursor, _one_row_once(terms))
        decisions.settle_plan(cursor, staging.table(terms.batch_id, "plan"))


def _run(cursor: Any, statements: list[sql.Composable]) -> None:
    for statement in statements:
        cursor.execute(statement)


def values_of(kind: Kind) -> list[Field]:
    """Fields that become columns of the plan and of the table."""
    return [field for field in kind.stored_fields if field.name != "external_id"]


def _typed(terms: Terms) -> list[sql.Composable]:
    """import_typed: problems of each row, and its values where there are none."""
    kind = terms.kind
    items = problem_items(kind) + _scope_items(terms)
    good = sql.SQL("cardinality(j.problems) = 0")
    columns = [
        sql.SQL("CASE WHEN {} THEN {} END AS {}").format(good, typed_value(field), sql.Identifier(field.name))
        for field in values_of(kind)
    ]
    statement = sql.SQL(
        "CREATE TEMP TABLE import_typed ON COMMIT DROP AS "
        "SELECT s.row_no, s.ref, j.problems, {notes} AS notes, coalesce(s.extra, '{{}}') AS extra, "
        "{source} AS source, {external} AS external_id, s.source_datum, s.source_x, s.source_y, {columns}, "
        "CASE WHEN {good} THEN s.geom END AS geom, "
        "CASE WHEN {good} THEN {point} END AS point "
        "FROM {raw} s CROSS JOIN LATERAL (SELECT coalesce(s.problems, '{{}}') || "
        "array_remove(ARRAY[{items}]::text[], NULL) AS problems OFFSET 0) j"
    ).format(
        notes=_early_notes(kind),
        source=sql.Literal(terms.source),
        external=_external_id(kind),
        columns=sql.SQL(", ").join(columns),
        good=good,
        point=sql.SQL("ST_PointOnSurface(s.geom)" if kind.geometry != "point" else "s.geom"),
        raw=staging.table(terms.batch_id),
        items=sql.SQL(", ").join(items),
    )
    return [
        statement,
        sql.SQL("CREATE INDEX ON import_typed USING gist (point)"),
        sql.SQL("CREATE INDEX ON import_typed (row_no)"),
        sql.SQL("ANALYZE import_typed"),
    ]


def _early_notes(kind: Kind) -> sql.Composable:
    """What the reader noted, and divisions that no longer exist; a cell is not drawn in one at all."""
    if kind.name == "cells":
        return sql.SQL("coalesce(s.notes, '{}')")
    return sql.SQL("coalesce(s.notes, '{{}}') || array_remove(ARRAY[{}], NULL)").format(
        abolished.item_of_code(kind)
    )


def _scope_items(terms: Terms) -> list[sql.Composable]:
    """Rows that are places themselves are held against the scope by their own code."""
    if terms.kind.stamp:
        return []
    outside = sql.SQL("CASE WHEN NOT ({}) THEN 'outside_scope:code' END").format(
        in_scope(sql.Identifier("s", "f_code"), terms)
    )
    if terms.kind.name != "cells":
        return [outside]
    length = sql.SQL("CASE WHEN char_length(s.f_code) <> {} THEN 'code_length:code' END").format(
        sql.Literal(12 + terms.cell_digits)
    )
    return [outside, length, abolished.item_of_code(terms.kind)]


def _external_id(kind: Kind) -> sql.Composable:
    """The source's id; without one and without a code, a fingerprint of the shape and what stands for an id."""
    if not kind.sourced:
        return sql.SQL("''")
    parts: list[sql.Composable] = [sql.SQL("s.shape_hash")]
    parts += [
        sql.SQL("coalesce({}, '')").format(sql.Identifier("s", f"f_{name}")) for name in kind.hash_fields
    ]
    made = sql.SQL("'shape:' || md5({})").format(sql.SQL(" || '/' || ").join(parts))
    if not kind.key:
        return sql.SQL("coalesce(s.f_external_id, {}, '')").format(made)
    return sql.SQL("coalesce(s.f_external_id, CASE WHEN {} IS NULL THEN {} END, '')").format(
        sql.Identifier("s", f"f_{kind.key}"), made
    )


def _twice(terms: Terms) -> list[sql.Composable]:
    """import_twice: rows whose key stands in the file more than once. Equal rows: the first counts."""
    kind = terms.kind
    keys: list[sql.Composable] = []
    if kind.sourced:
        keys.append(
            sql.SQL(
                "SELECT row_no, 'external_id' AS field, external_id AS key FROM import_typed WHERE external_id <> ''"
            )
        )
    if kind.key:
        keys.append(
            sql.SQL("SELECT row_no, {} AS field, {} AS key FROM import_typed WHERE {} IS NOT NULL").format(
                sql.Literal(kind.key), sql.Identifier(kind.key), sql.Identifier(kind.key)
            )
        )
    content = sql.SQL(", ").join(sql.Identifier("t", field.name) for field in values_of(kind))
    return [
        sql.SQL(
            "CREATE TEMP TABLE import_twice ON COMMIT DROP AS "
            "WITH k AS ({keys}), many AS (SELECT field, key FROM k GROUP BY field, key HAVING count(*) > 1), "
            "c AS (SELECT k.*, md5(ROW({content}, t.external_id, t.geom)::text) AS content "
            "FROM k JOIN many USING (field, key) JOIN import_typed t USING (row_no) WHERE cardinality(t.problems) = 0), "
            "g AS (SELECT row_no, field, row_number() OVER w AS nth, min(content) OVER a = max(content) OVER a AS alike "
            "FROM c WINDOW a AS (PARTITION BY field, key), w AS (PARTITION BY field, key ORDER BY row_no)) "
            "SELECT row_no, min(CASE WHEN alike THEN 'repeated_in_file:' ELSE 'key_twice_in_file:' END || field) AS reason "
            "FROM g WHERE NOT alike OR nth > 1 GROUP BY row_no"
        ).format(keys=sql.SQL(" UNION ALL ").join(keys), content=content)
    ]


def _plan(terms: Terms) -> list[sql.Composable]:
    """The plan table itself."""
    kind = terms.kind
    values = [field.name for field in values_of(kind)]
    statement = sql.SQL(
        "CREATE UNLOGGED TABLE {plan} AS "
        "SELECT z.*, CASE WHEN cardinality(z.problems) > 0 THEN 'rejected' WHEN z.conflict <> '' THEN 'conflict' "
        "WHEN z.target IS NULL THEN 'new' WHEN z.differs THEN 'changed' ELSE 'same' END AS fate FROM ("
        "SELECT t.row_no, t.ref, {problems} AS problems, {notes} AS notes, {conflict} AS conflict, "
        "o.{primary}::text AS target, t.source, t.external_id, t.source_datum, t.source_x, t.source_y, t.extra, "
        "{values}, t.geom, {code} AS at_code, {moved} AS moved, ({differs}) AS differs "
        "FROM import_typed t LEFT JOIN import_twice w USING (row_no) LEFT JOIN import_place p USING (row_no) {joins}) z"
    ).format(
        plan=staging.table(terms.batch_id, "plan"),
        problems=_late_problems(terms),
        notes=_late_notes(terms),
        conflict=_conflict(kind),
        primary=sql.Identifier(kind.primary),
        values=sql.SQL(", ").join(sql.Identifier("t", name) for name in values),
        code=place_code(terms),
        moved=sql.SQL("o.{} IS NULL OR coalesce(t.geom, o.geom) IS DISTINCT FROM o.geom").format(
            sql.Identifier(kind.primary)
        ),
        differs=_differs(terms),
        joins=_joins(terms),
    )
    return [statement, sql.SQL("ANALYZE {}").format(staging.table(terms.batch_id, "plan"))]


def _late_problems(terms: Terms) -> sql.Composable:
    """Problems that show only now: repeated rows, no place, a place outside the scope – of the row or of the one it
    would change, so that nobody takes over what stands in somebody else's street."""
    items: list[sql.Composable] = [sql.SQL("CASE WHEN starts_with(w.reason, 'repeated') THEN w.reason END")]
    if terms.kind.stamp:
        code = place_code(terms)
        lost = sql.SQL("p.code IS NULL") if terms.reject_outside else sql.SQL("{} IS NULL").format(code)
        items.append(
            sql.SQL(
                "CASE WHEN cardinality(t.problems) > 0 THEN NULL WHEN {} THEN 'outside_areas' "
                "WHEN NOT {} OR NOT {} THEN 'outside_scope' END"
            ).format(lost, in_scope(code, terms), target_in_scope(terms))
        )
    if terms.kind.name == "areas":
        items += [sql.SQL(item) for item in _ENDS]
    return sql.SQL("t.problems || array_remove(ARRAY[{}]::text[], NULL)").format(sql.SQL(", ").join(items))


def _late_notes(terms: Terms) -> sql.Composable:
    if not terms.kind.stamp:
        return sql.SQL("t.notes")
    return sql.SQL(
        "CASE WHEN p.code IS NULL AND cardinality(t.problems) = 0 THEN t.notes || 'outside_areas'::text ELSE t.notes END"
    )


def _joins(terms: Terms) -> sql.Composable:
    """a: the row with the source's id, b: the row with the code, o: the one of them that is meant."""
    kind = terms.kind
    table, primary = sql.Identifier(kind.table), sql.Identifier(kind.primary)
    parts: list[sql.Composable] = []
    if kind.sourced:
        parts.append(
            sql.SQL(
                "LEFT JOIN {} a ON a.source = t.source AND a.external_id = t.external_id AND a.external_id <> ''"
            ).format(table)
        )
    if kind.key:
        more: sql.Composable = sql.SQL("")
        if kind.key_per_county:
            more = sql.SQL("AND b.county = left({}, 6)").format(place_code(terms))
        if kind.name == "cells":
            more = sql.SQL("AND b.edition_id = {}").format(sql.Literal(terms.edition_id))
        key = sql.Identifier(kind.key)
        parts.append(
            sql.SQL("LEFT JOIN {} b ON b.{} = t.{} AND b.{} <> '' {}").format(table, key, key, key, more)
        )
    meant = [sql.SQL("{}.{}").format(sql.SQL(name), primary) for name in _matches(kind)]
    parts.append(
        sql.SQL("LEFT JOIN {} o ON o.{} = coalesce({})").format(table, primary, sql.SQL(", ").join(meant))
    )
    return sql.SQL(" ").join(parts)


def _matches(kind: Kind) -> list[str]:
    return (["a"] if kind.sourced else []) + (["b"] if kind.key else [])


def _conflict(kind: Kind) -> sql.Composable:
    """A reason why nobody can tell which row is meant; "" for none."""
    tests: list[sql.Composable] = [
        sql.SQL("WHEN starts_with(w.reason, 'key_twice') THEN w.reason"),
    ]
    if kind.sourced and kind.key:
        key = sql.Literal(kind.key)
        tests += [
            sql.SQL("WHEN a.id <> b.id THEN 'two_rows_match:' || {}").format(key),
            sql.SQL("WHEN {} THEN 'code_taken:' || {}").format(sql.SQL(_TAKEN), key),
        ]
    return sql.SQL("CASE {} ELSE '' END").format(sql.SQL(" ").join(tests))


def _settle_keys(terms: Terms) -> list[sql.Composable]:
    """Which of two rows of the register is meant, as somebody decided. The row keeps of its source's id and its code only
    the one that leads there: nobody's code is taken away, no id moves to another row."""
    key = sql.Identifier(terms.kind.key)
    return [
        sql.SQL("DROP TABLE IF EXISTS pg_temp.import_said"),
        sql.SQL(
            "CREATE TEMP TABLE import_said ON COMMIT DROP AS "
            "SELECT t.row_no, d.choice = 'new' OR d.target = a.id::text AS by_id, d.target = b.id::text AS by_key "
            "FROM import_decided d JOIN import_typed t USING (row_no) LEFT JOIN import_place p USING (row_no) {joins} "
            "WHERE (d.code = 'two_rows_match' AND a.id <> b.id AND d.target IN (a.id::text, b.id::text)) "
            "OR (d.code = 'code_taken' AND {taken} AND (d.choice = 'new' OR d.target = b.id::text))"
        ).format(joins=_joins(terms), taken=sql.SQL(_TAKEN)),
        sql.SQL(
            "UPDATE import_typed t SET {} = NULL FROM import_said s WHERE s.row_no = t.row_no AND s.by_id"
        ).format(key),
        sql.SQL(
            "UPDATE import_typed t SET external_id = '' FROM import_said s WHERE s.row_no = t.row_no AND s.by_key"
        ),
    ]


def _differs(terms: Terms) -> sql.Composable:
    """Whether writing the row would change anything; an empty value changes nothing."""
    kind = terms.kind
    names = [field.name for field in values_of(kind)] + ["geom"]
    if kind.sourced:
        names += ["source_datum", "source_x", "source_y"]
    before: list[sql.Composable] = [sql.Identifier("o", name) for name in names]
    after: list[sql.Composable] = [
        sql.SQL("coalesce({}, {})").format(sql.Identifier("t", name), sql.Identifier("o", name))
        for name in names
    ]
    if kind.name != "cells":
        before.append(sql.SQL("o.extra"))
        after.append(sql.SQL("o.extra || t.extra"))
    if kind.stamp == "cell":
        before.append(sql.SQL("true"))
        after.append(sql.SQL("char_length({}) <= char_length(o.cell_code)").format(place_code(terms)))
    return sql.SQL("ROW({}) IS DISTINCT FROM ROW({})").format(
        sql.SQL(", ").join(before), sql.SQL(", ").join(after)
    )


def _one_row_once(terms: Terms) -> list[sql.Composable]:
    """Two rows of the file that mean one row of ours cannot both be written."""
    plan = staging.table(terms.batch_id, "plan")
    return [
        sql.SQL(
            "UPDATE {plan} SET fate = 'conflict', conflict = 'same_row_twice' WHERE fate IN ('changed', 'same') "
            "AND target IN (SELECT target FROM {plan} WHERE fate IN ('changed', 'same') "
            "GROUP BY target HAVING count(*) > 1)"
        ).format(plan=plan)
    ]
