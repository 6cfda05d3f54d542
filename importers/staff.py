"""Staff lists: accounts, roles for a place, cells they answer for – checked by the organisation's own rules.

Only an administrator of the place brings such a list in. Accounts are made shut and without a password: somebody opens
them on the organisation's page and hands the first password over. Administrators are made there by hand only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from psycopg import sql

from gridmgmt.organisation import people
from gridmgmt.organisation.models import Duty, Grant, User
from gridmgmt.organisation.scope import Scope, load_scope
from importers import abolished, decisions, staging
from importers.errors import refusal
from importers.field_checks import problem_items
from importers.models import ImportImage
from importers.terms import Terms, in_scope

USER: Final = "organisation_user"
GRANT: Final = "organisation_grant"
DUTY: Final = "organisation_duty"
_SEPARATORS: Final = r"[;；,，、\s]+"

# Places by code, or by a name that one place alone has.
_PLACES: Final = """
CREATE TEMP TABLE import_named ON COMMIT DROP AS
SELECT y.text, y.code, {gone} AS gone FROM (
SELECT x.text, CASE WHEN count(DISTINCT c.code) = 1 THEN min(c.code) END AS code
FROM (SELECT DISTINCT f_scope AS text FROM {raw} WHERE f_scope IS NOT NULL
      UNION SELECT DISTINCT w FROM {raw}, regexp_split_to_table(f_duties, {separators}) w WHERE w <> '') x
LEFT JOIN LATERAL (
  SELECT code FROM geodata_cell WHERE active AND (code = x.text OR (name = x.text AND {within}))
  UNION ALL SELECT code FROM geodata_area WHERE code = x.text OR (name = x.text AND {within}
    AND NOT EXISTS (SELECT 1 FROM import_abolished g WHERE g.code = geodata_area.code))) c ON true GROUP BY x.text) y
"""
_TYPED: Final = """
CREATE TEMP TABLE import_typed ON COMMIT DROP AS
SELECT s.row_no, s.ref, coalesce(s.notes, '{{}}') AS notes, s.f_username AS username, s.f_name AS name, s.f_role AS role,
  n.code AS scope_code, s.f_department AS said_department, d.id AS department, w.codes AS duties,
  j.said || CASE WHEN cardinality(j.said) = 0 THEN array_remove(ARRAY[
    CASE WHEN n.code IS NULL THEN 'place_unknown:scope' WHEN NOT {scope} THEN 'outside_scope:scope'
      WHEN n.gone IS NOT NULL THEN {gone} END,
    CASE WHEN s.f_department IS NOT NULL AND d.id IS NULL THEN 'department_unknown:department'
      WHEN s.f_role = 'handler' AND d.id IS NULL THEN 'grant_needs_department:department' END,
    CASE WHEN w.lost THEN 'duty_unknown:duties' WHEN w.outside THEN 'outside_scope:duties'
      WHEN w.gone IS NOT NULL THEN {duty_gone} END], NULL) ELSE '{{}}' END AS problems
FROM {raw} s
CROSS JOIN LATERAL (
  SELECT coalesce(s.problems, '{{}}') || array_remove(ARRAY[{items}]::text[], NULL) AS said OFFSET 0) j
LEFT JOIN import_named n ON n.text = s.f_scope
LEFT JOIN LATERAL (
  SELECT CASE WHEN count(*) = 1 THEN (array_agg(o.id))[1] END AS id FROM (
    SELECT DISTINCT ON (char_length(o.scope_code)) o.id, o.scope_code FROM organisation_department o
    WHERE o.active AND starts_with(n.code, o.scope_code) AND s.f_department IN (o.key, o.name)
    ORDER BY char_length(o.scope_code) DESC, o.id LIMIT 1) o) d ON true
CROSS JOIN LATERAL (
  SELECT coalesce(array_agg(DISTINCT m.code) FILTER (WHERE m.code IS NOT NULL), '{{}}') AS codes,
    coalesce(bool_or(m.code IS NULL OR char_length(m.code) < 9), false) AS lost,
    coalesce(bool_or(NOT {duty_scope}), false) AS outside, min(m.gone) AS gone
  FROM regexp_split_to_table(s.f_duties, {separators}) t(text) LEFT JOIN import_named m ON m.text = t.text WHERE t.text <> '') w
"""
_PLAN: Final = """
CREATE UNLOGGED TABLE {plan} AS
SELECT z.*, CASE WHEN cardinality(z.problems) > 0 THEN 'rejected' WHEN z.conflict <> '' THEN 'conflict'
  WHEN z.target IS NULL THEN 'new' WHEN z.differs THEN 'changed' ELSE 'same' END AS fate
FROM (
  SELECT t.row_no, t.ref, t.notes, t.username, t.name, t.role, t.scope_code, t.department, t.duties, u.id::text AS target,
    t.problems || array_remove(ARRAY[
      CASE WHEN cardinality(t.problems) = 0 AND u.id IS NOT NULL AND (u.is_superuser OR EXISTS (
        SELECT 1 FROM organisation_grant g WHERE g.user_id = u.id AND NOT {held_scope})) THEN 'user_not_yours:username' END,
      CASE WHEN d.nth > 1 THEN 'repeated_in_file:username' END], NULL) AS problems,
    CASE WHEN d.names > 1 THEN 'key_twice_in_file:username' ELSE '' END AS conflict,
    u.name <> t.name OR NOT EXISTS (
      SELECT 1 FROM organisation_grant g WHERE g.user_id = u.id AND g.role = t.role AND g.scope_code = t.scope_code
        AND g.department_id IS NOT DISTINCT FROM t.department AND g.valid_to IS NULL)
      OR EXISTS (SELECT 1 FROM unnest(t.duties) c(code) WHERE NOT EXISTS (
        SELECT 1 FROM organisation_duty y WHERE y.user_id = u.id AND y.scope_code = c.code AND y.valid_to IS NULL)) AS differs
  FROM import_typed t LEFT JOIN organisation_user u ON u.username = t.username
  LEFT JOIN (
    SELECT x.row_no, row_number() OVER (PARTITION BY x.username, x.content ORDER BY x.row_no) AS nth,
      (SELECT count(DISTINCT y.name) FROM import_typed y WHERE y.username = x.username AND cardinality(y.problems) = 0) AS names
    FROM (SELECT row_no, username, ROW(name, role, scope_code, department, duties)::text AS content
      FROM import_typed WHERE cardinality(problems) = 0) x) d USING (row_no)) z
"""
_WANTED: Final = """
SELECT username, name, role, scope_code, department, duties FROM {plan}
WHERE fate IN ('new', 'changed') ORDER BY row_no
"""


def make_plan(terms: Terms) -> None:
    """Builds the plan table of staff. Runs in the caller's transaction."""
    plan, raw = staging.table(terms.batch_id, "plan"), staging.table(terms.batch_id)
    separators = sql.Literal(_SEPARATORS)
    with connection.cursor() as cursor:
        for name in ("import_named", "import_typed"):
            cursor.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(sql.Identifier(name)))
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(plan))
        abolished.begin(cursor, terms.day)
        within, gone = in_scope(sql.Identifier("code"), terms), abolished.said(sql.Identifier("y", "code"))
        cursor.execute(sql.SQL(_PLACES).format(raw=raw, separators=separators, within=within, gone=gone))
        cursor.execute(
            sql.SQL(_TYPED).format(
                raw=raw,
                items=sql.SQL(", ").join(problem_items(terms.kind)),
                scope=in_scope(sql.Identifier("n", "code"), terms),
                duty_scope=in_scope(sql.Identifier("m", "code"), terms),
                separators=separators,
                gone=abolished.item("scope", sql.Identifier("n", "gone")),
                duty_gone=abolished.item("duties", sql.Identifier("w", "gone")),
            )
        )
        held = in_scope(sql.Identifier("g", "scope_code"), terms)
        cursor.execute(sql.SQL(_PLAN).format(plan=plan, held_scope=held))
        decisions.begin(cursor, terms)
        decisions.settle_plan(cursor, plan)


def write_plan(batch_id: UUID, *, by: UUID | None, at: datetime) -> None:
    """Every row through the organisation's own actions: their rules hold for files as well."""
    scope = _scope(by)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_WANTED).format(plan=staging.table(batch_id, "plan")))
        rows = cursor.fetchall()
    made: dict[tuple[str, str], ImportImage] = {}

    def note(table: str, key: UUID, before: dict[str, Any] | None = None) -> None:
        image = ImportImage(batch_id=batch_id, table_name=table, row_key=str(key), before=before)
        made.setdefault((table, str(key)), image)

    for username, name, role, scope_code, department, duties in rows:
        user = User.objects.filter(username=username).first()
        if user is None:
            user, _password = people.person_create(
                by=scope,
                username=username,
                name=name,
                role=role,
                scope_code=scope_code,
                department_id=department,
                at=at,
                shut=True,
            )
            note(USER, user.pk)
            note(GRANT, Grant.objects.get(user=user).pk)
        else:
            if user.name != name:
                people.account(scope, user.pk, at=at)
                note(USER, user.pk, {"name": user.name})
                User.objects.filter(pk=user.pk).update(name=name)
            held = Grant.objects.filter(
                user=user, role=role, scope_code=scope_code, department_id=department, valid_to=None
            )
            if not held.exists():
                given = people.role_give(
                    by=scope,
                    user_id=user.pk,
                    role=role,
                    scope_code=scope_code,
                    department_id=department,
                    at=at,
                )
                note(GRANT, given.pk)
        for code in duties:
            if not Duty.objects.filter(user=user, scope_code=code, valid_to=None).exists():
                note(DUTY, people.duty_give(by=scope, user_id=user.pk, scope_code=code, rank=1, at=at).pk)
    ImportImage.objects.bulk_create(made.values(), batch_size=1000)


def take_back(batch_id: UUID) -> None:
    """Removes what the batch made, unless somebody has opened or used one of the accounts. Errors: undo_*."""
    images = ImportImage.objects.filter(batch_id=batch_id)
    keys = {
        table: [image.row_key for image in images if image.table_name == table and image.before is None]
        for table in (USER, GRANT, DUTY)
    }
    opened = User.objects.filter(pk__in=keys[USER]).exclude(is_active=False, last_login=None).count()
    ended = Grant.objects.filter(pk__in=keys[GRANT]).exclude(valid_to=None).count()
    ended += Duty.objects.filter(pk__in=keys[DUTY]).exclude(valid_to=None).count()
    if opened or ended:
        raise refusal("undo_rows_changed", count=opened + ended)
    others = Grant.objects.filter(user_id__in=keys[USER]).exclude(pk__in=keys[GRANT]).count()
    if others:
        raise refusal("undo_rows_in_use")
    try:
        with transaction.atomic():
            Duty.objects.filter(pk__in=keys[DUTY]).delete()
            Grant.objects.filter(pk__in=keys[GRANT]).delete()
            for image in images.exclude(before=None):
                User.objects.filter(pk=image.row_key).update(name=(image.before or {})["name"])
            User.objects.filter(pk__in=keys[USER]).delete()
    except IntegrityError:
        raise refusal("undo_rows_in_use") from None


def _scope(by: UUID | None) -> Scope:
    """Whoever applies; the operator of the machine may do everything."""
    if by is None:
        return Scope(user_id=None, everything=True)
    user = User.objects.get(pk=by)
    return load_scope(by, everything=user.is_superuser)
