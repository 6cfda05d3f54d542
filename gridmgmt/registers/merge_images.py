"""Rows of two persons before a merge, pointing other tables to the one that stays, and putting everything back."""

from __future__ import annotations

import json
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey, Q, UniqueConstraint
from psycopg import sql

from geodata.models import Building, Membership, Person, Residence
from gridmgmt.registers.models import Double, PersonMerge

_IMAGED: Final = ("geodata_person", "geodata_membership", "geodata_residence")
_IMAGE: Final = "SELECT coalesce(jsonb_agg(to_jsonb(r)), '[]') FROM {table} r WHERE r.{key} = ANY(%s)"
# Buildings may have been stamped with other cells since the image was taken; who lives in one is where it is.
_STAMP: Final = """
UPDATE geodata_person p SET cell_code = b.cell_code FROM geodata_building b
WHERE b.id = p.building_id AND p.id = ANY(%s) AND p.cell_code <> b.cell_code
"""
_PRINT: Final = """
SELECT md5(string_agg(t, ';' ORDER BY t)) FROM (
  SELECT (to_jsonb(p) - '{updated_at,cell_code,lives_alone,name_initials}'::text[])::text AS t
  FROM geodata_person p WHERE id = %(id)s
  UNION ALL SELECT to_jsonb(m)::text FROM geodata_membership m WHERE person_id = %(id)s
  UNION ALL SELECT to_jsonb(r)::text FROM geodata_residence r WHERE person_id = %(id)s) x
"""


def take(kept: Person, gone: Person) -> dict[str, Any]:
    """Both persons with memberships and residences, as JSON by table; what is sealed stays sealed."""
    both = [kept.pk, gone.pk]
    return {
        table: _images(table, "id" if table == "geodata_person" else "person_id", both) for table in _IMAGED
    }


def point_to(kept: Person, gone: Person) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """Rows of every other table that refers to the record that goes refer to the one that stays: keys by table.column.

    What the one that stays has already, and may have once only, goes: these rows as JSON by table."""
    moved: dict[str, list[Any]] = {}
    dropped: dict[str, Any] = {}
    for model, field in _references():
        table = model._meta.db_table  # noqa: SLF001 - Django's documented API
        rows = model._base_manager.filter(**{field.attname: gone.pk})  # noqa: SLF001
        if twice := _twice(model, field, kept, gone):
            dropped[table] = dropped.get(table, []) + _images(table, model._meta.pk.column, twice)  # noqa: SLF001
            rows.filter(pk__in=twice).delete()
        keys = [str(key) for key in rows.values_list("pk", flat=True)]
        if keys:
            moved[f"{model._meta.label}.{field.attname}"] = keys  # noqa: SLF001
            rows.update(**{field.attname: kept.pk})
    return moved, dropped


def put_back(done: PersonMerge) -> None:
    """Both records with their facts as they were, in the cells of today, and the references.

    IntegrityError when a place was taken since."""
    with connection.cursor() as cursor:
        for table in ("geodata_membership", "geodata_residence"):
            cursor.execute(
                sql.SQL("DELETE FROM {} WHERE person_id = %s").format(sql.Identifier(table)), [done.kept]
            )
        persons = {row["id"]: row for row in done.images["geodata_person"]}
        _restore(cursor, persons[str(done.kept)])
        _insert(cursor, "geodata_person", [persons[str(done.gone)]])
        cursor.execute(_STAMP, [[done.kept, done.gone]])
        for table in sorted(done.images.keys() - {"geodata_person"}):
            _insert(cursor, table, done.images[table])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    for name, keys in done.moved.items():
        label, _dot, column = name.rpartition(".")
        manager = apps.get_model(label)._base_manager  # noqa: SLF001
        manager.filter(pk__in=keys, **{column: done.kept}).update(**{column: done.gone})


def fingerprint(person_id: UUID) -> str:
    """A person and their facts in 32 characters, without what editions and counts stamp on them."""
    with connection.cursor() as cursor:
        cursor.execute(_PRINT, {"id": person_id})
        return str(cursor.fetchone()[0])


def overlap(one: Any, other: Any) -> bool:
    """True when two dated facts hold at the same time; an open end is for ever, an unknown beginning since ever."""
    return _before(one.valid_from, other.valid_to) and _before(other.valid_from, one.valid_to)


def places(done: PersonMerge) -> set[str]:
    """Codes where the two records of a merge are now and would be when it is taken back: of their building as it is now, of
    somebody without one as it was."""
    rows = done.images["geodata_person"]
    codes = dict(
        Building.objects.filter(
            pk__in=[row["building_id"] for row in rows if row["building_id"]]
        ).values_list("pk", "cell_code")
    )
    now = Person.objects.filter(pk=done.kept).values_list("cell_code", flat=True)
    after = (
        codes.get(UUID(row["building_id"]), row["cell_code"]) if row["building_id"] else row["cell_code"]
        for row in rows
    )
    return {*now, *after}


def _before(begin: Any, end: Any) -> bool:
    return begin is None or end is None or begin < end


def _twice(model: Any, field: Any, kept: Person, gone: Person) -> list[Any]:
    """Keys of the rows of ``gone`` that a unique constraint gives to ``kept`` already."""
    found: set[Any] = set()
    for rule in model._meta.constraints:  # noqa: SLF001
        if not (isinstance(rule, UniqueConstraint) and field.name in rule.fields):
            continue
        names = [model._meta.get_field(name).attname for name in rule.fields if name != field.name]  # noqa: SLF001
        rows = model._base_manager.filter(rule.condition or Q())  # noqa: SLF001
        taken = {
            tuple(values)
            for _key, *values in rows.filter(**{field.attname: kept.pk}).values_list("pk", *names)
        }
        for key, *values in rows.filter(**{field.attname: gone.pk}).values_list("pk", *names):
            if tuple(values) in taken and None not in values:
                found.add(key)
    return list(found)


def _references() -> list[tuple[Any, Any]]:
    """Every foreign key to a person besides those that are imaged."""
    return [
        (model, field)
        for model in apps.get_models()
        if model not in {Membership, Residence, Double}
        for field in model._meta.concrete_fields  # noqa: SLF001
        if isinstance(field, ForeignKey) and field.related_model is Person
    ]


def _images(table: str, key: str, ids: list[UUID]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_IMAGE).format(table=sql.Identifier(table), key=sql.Identifier(key)), [ids])
        found = cursor.fetchone()[0]
    return json.loads(found) if isinstance(found, str) else found


def _columns(table: str) -> list[sql.Identifier]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " AND attgenerated = ''",
            [table],
        )
        return [sql.Identifier(name) for (name,) in cursor.fetchall()]


def _insert(cursor: Any, table: str, rows: list[Any]) -> None:
    names = sql.SQL(", ").join(_columns(table))
    cursor.execute(
        sql.SQL(
            "INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)"
        ).format(table=sql.Identifier(table), names=names),
        [_text(rows)],
    )


def _restore(cursor: Any, row: Any) -> None:
    columns = _columns("geodata_person")
    names = sql.SQL(", ").join(columns)
    cursor.execute(
        sql.SQL(
            "UPDATE geodata_person p SET ({names}) = (SELECT {names} FROM jsonb_populate_record(NULL::geodata_person, %s::jsonb))"
            " WHERE p.id = %s"
        ).format(names=names),
        [_text(row), row["id"]],
    )


def _text(value: Any) -> str:
    return json.dumps(value)
