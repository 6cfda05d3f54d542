"""Carrying out a plan and taking it back: before-images first, then one UPDATE and one INSERT."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from psycopg import sql

from importers import staging
from importers.errors import refusal
from importers.kinds import Kind
from importers.planning import values_of


def write_plan(batch_id: UUID, kind: Kind, at: datetime) -> None:
    """Writes changed and new rows of the plan. ``updated_at`` of every row written is ``at``."""
    with connection.cursor() as cursor:
        _keep_images(cursor, batch_id, kind)
        _update(cursor, batch_id, kind, at)
        _insert(cursor, batch_id, kind, at)


def take_back(batch_id: UUID, kind: Kind, applied_at: datetime) -> None:
    """Restores every row the batch wrote. Errors: undo_rows_changed, undo_rows_in_use."""
    with connection.cursor() as cursor:
        _refuse_later_changes(cursor, batch_id, kind, applied_at)
        try:
            with transaction.atomic():
                _restore(cursor, batch_id, kind)
                if kind.stamp == "cell":
                    _stamp_anew(cursor, batch_id, kind, applied_at)
                _remove_new(cursor, batch_id, kind)
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        except IntegrityError:
            raise refusal("undo_rows_in_use") from None


def columns_of(table: str) -> list[str]:
    """Columns of a table that can be written, without its geometry."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
            "AND attgenerated = '' AND attname <> 'geom' ORDER BY attnum",
            [table],
        )
        return [row[0] for row in cursor.fetchall()]


def _keep_images(cursor: Any, batch_id: UUID, kind: Kind) -> None:
    """The rows that will be changed, whole, beside their geometry."""
    written = sql.SQL(", ").join(
        sql.SQL("{}, {}").format(sql.Literal(name), sql.Identifier("o", name))
        for name in columns_of(kind.table)
    )
    cursor.execute(
        sql.SQL(
            "INSERT INTO importers_importimage (batch_id, row_key, before, geom) "
            "SELECT {batch}, p.target, jsonb_build_object({written}), o.geom FROM {plan} p "
            "JOIN {table} o ON o.{primary} = p.target::{type} WHERE p.fate = 'changed'"
        ).format(
            batch=sql.Literal(batch_id),
            written=written,
            plan=staging.table(batch_id, "plan"),
            table=sql.Identifier(kind.table),
            primary=sql.Identifier(kind.primary),
            type=_primary_type(kind),
        )
    )


def _primary_type(kind: Kind) -> sql.Composable:
    return sql.SQL("uuid" if kind.primary == "id" else "text")


def _update(cursor: Any, batch_id: UUID, kind: Kind, at: datetime) -> None:
    """An empty value never overwrites; a place is replaced when the shape moved or the new one is finer."""
    names = [field.name for field in values_of(kind)] + ["geom"]
    if kind.primary == "code":
        names.remove("code")
    if kind.sourced:
        names += ["source_datum", "source_x", "source_y"]
    sets: list[sql.Composable] = [
        sql.SQL("{name} = coalesce(p.{name}, o.{name})").format(name=sql.Identifier(name)) for name in names
    ]
    sets += [sql.SQL("extra = o.extra || p.extra"), sql.SQL("updated_at = {}").format(sql.Literal(at))]
    if kind.stamp:
        fresh = sql.SQL("(p.moved OR char_length(p.at_code) > char_length(o.{}))").format(
            sql.Identifier("cell_code" if kind.stamp == "cell" else "county")
        )
        sets += _stamp(kind, fresh)
    cursor.execute(
        sql.SQL(
            "UPDATE {table} o SET {sets} FROM {plan} p WHERE p.fate = 'changed' AND o.{primary} = p.target::{type}"
        ).format(
            table=sql.Identifier(kind.table),
            sets=sql.SQL(", ").join(sets),
            plan=staging.table(batch_id, "plan"),
            primary=sql.Identifier(kind.primary),
            type=_primary_type(kind),
        )
    )


def _stamp(kind: Kind, fresh: sql.Composable) -> list[sql.Composable]:
    if kind.stamp == "county":
        return [sql.SQL("county = CASE WHEN p.moved THEN left(p.at_code, 6) ELSE o.county END")]
    return [
        sql.SQL("cell_code = CASE WHEN {} THEN p.at_code ELSE o.cell_code END").format(fresh),
        sql.SQL("county = CASE WHEN {} THEN left(p.at_code, 6) ELSE o.county END").format(fresh),
    ]


def _insert(cursor: Any, batch_id: UUID, kind: Kind, at: datetime) -> None:
    """New rows in the order of their place, which halves the cost of the indexes (performance.md §1a)."""
    columns, values = _insert_columns(kind, at)
    cursor.execute(
        sql.SQL(
            "WITH made AS (INSERT INTO {table} ({columns}) SELECT {values} FROM {plan} p WHERE p.fate = 'new' "
            "ORDER BY p.at_code, p.row_no RETURNING {primary}::text AS row_key) "
            "INSERT INTO importers_importimage (batch_id, row_key) SELECT {batch}, row_key FROM made"
        ).format(
            table=sql.Identifier(kind.table),
            columns=sql.SQL(", ").join(sql.Identifier(name) for name in columns),
            values=sql.SQL(", ").join(values),
            plan=staging.table(batch_id, "plan"),
            primary=sql.Identifier(kind.primary),
            batch=sql.Literal(batch_id),
        )
    )


def _insert_columns(kind: Kind, at: datetime) -> tuple[list[str], list[sql.Composable]]:
    columns: list[str] = []
    values: list[sql.Composable] = []
    if kind.primary == "id":
        columns.append("id")
        values.append(sql.SQL("importers_uuid7()"))
    for field in values_of(kind):
        columns.append(field.name)
        value: sql.Composable = sql.SQL("p.{}").format(sql.Identifier(field.name))
        default = sql.SQL("{}::{}").format(sql.Literal(field.default), sql.SQL(field.sql_type))
        values.append(value if field.default is None else sql.SQL("coalesce({}, {})").format(value, default))
    for name, value in _common_columns(kind, at):
        columns.append(name)
        values.append(value)
    return columns, values


def _common_columns(kind: Kind, at: datetime) -> list[tuple[str, sql.Composable]]:
    found: list[tuple[str, sql.Composable]] = [
        ("geom", sql.SQL("p.geom")),
        ("source", sql.SQL("p.source")),
        ("extra", sql.SQL("p.extra")),
        ("updated_at", sql.Literal(at)),
    ]
    if kind.sourced:
        found += [
            ("external_id", sql.SQL("p.external_id")),
            ("source_datum", sql.SQL("coalesce(p.source_datum, '')")),
            ("source_x", sql.SQL("p.source_x")),
            ("source_y", sql.SQL("p.source_y")),
        ]
    if kind.stamp:
        found.append(("county", sql.SQL("left(p.at_code, 6)")))
    if kind.stamp == "cell":
        found.append(("cell_code", sql.SQL("p.at_code")))
    if kind.name == "areas":
        found.append(("level", sql.SQL("char_length(p.code)")))
    return found


def _refuse_later_changes(cursor: Any, batch_id: UUID, kind: Kind, applied_at: datetime) -> None:
    cursor.execute(
        sql.SQL(
            "SELECT count(*) FROM importers_importimage i LEFT JOIN {table} o ON o.{primary} = i.row_key::{type} "
            "WHERE i.batch_id = {batch} AND o.updated_at IS DISTINCT FROM {at}"
        ).format(
            table=sql.Identifier(kind.table),
            primary=sql.Identifier(kind.primary),
            type=_primary_type(kind),
            batch=sql.Literal(batch_id),
            at=sql.Literal(applied_at),
        )
    )
    changed = cursor.fetchone()[0]
    if changed:
        raise refusal("undo_rows_changed", count=changed)


def _restore(cursor: Any, batch_id: UUID, kind: Kind) -> None:
    names = [name for name in columns_of(kind.table) if name != kind.primary]
    sets: list[sql.Composable] = [
        sql.SQL("{} = b.{}").format(sql.Identifier(name), sql.Identifier(name)) for name in names
    ]
    cursor.execute(
        sql.SQL(
            "UPDATE {table} o SET {sets}, geom = i.geom FROM importers_importimage i "
            "CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, i.before) b "
            "WHERE i.batch_id = {batch} AND i.before IS NOT NULL AND o.{primary} = i.row_key::{type}"
        ).format(
            table=sql.Identifier(kind.table),
            sets=sql.SQL(", ").join(sets),
            batch=sql.Literal(batch_id),
            primary=sql.Identifier(kind.primary),
            type=_primary_type(kind),
        )
    )


def _stamp_anew(cursor: Any, batch_id: UUID, kind: Kind, applied_at: datetime) -> None:
    """Restored rows must not carry the cell of an edition that was retired since the import."""
    cursor.execute(
        sql.SQL(
            "UPDATE {table} o SET cell_code = n.code FROM ("
            "SELECT DISTINCT ON (r.id) r.id, c.code FROM importers_importimage i "
            "JOIN {table} r ON r.id = i.row_key::uuid "
            "JOIN geodata_cell c ON c.active AND c.county = r.county AND ST_Covers(c.geom, ST_PointOnSurface(r.geom)) "
            "JOIN geodata_edition e ON e.id = c.edition_id AND e.valid_from > {at} "
            "WHERE i.batch_id = {batch} AND i.before IS NOT NULL ORDER BY r.id, c.code) n WHERE n.id = o.id"
        ).format(table=sql.Identifier(kind.table), at=sql.Literal(applied_at), batch=sql.Literal(batch_id))
    )


def _remove_new(cursor: Any, batch_id: UUID, kind: Kind) -> None:
    cursor.execute(
        sql.SQL(
            "DELETE FROM {table} o USING importers_importimage i WHERE i.batch_id = {batch} AND i.before IS NULL "
            "AND o.{primary} = i.row_key::{type}"
        ).format(
            table=sql.Identifier(kind.table),
            batch=sql.Literal(batch_id),
            primary=sql.Identifier(kind.primary),
            type=_primary_type(kind),
        )
    )
