"""Taking rows out of the registers: asked for with a purpose, checked twice, made by a job, written down, gone after a day."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext
from psycopg import sql

from geodata.errors import DomainError
from geodata.errors import mark as _
from geodata.ids import uuid7
from gridmgmt.audit import actions as audit
from gridmgmt.audit.models import AccessAction, Door
from gridmgmt.cases import photo_files
from gridmgmt.cases.statements import raw_connection
from gridmgmt.events import outbox
from gridmgmt.organisation.models import User
from gridmgmt.organisation.scope import Scope, scope_of
from gridmgmt.registers import export_files, export_rules, people_sql
from gridmgmt.registers.datasets import AREA, DATASETS, Column, Dataset
from gridmgmt.registers.export_files import Row
from gridmgmt.registers.models import RegisterExport
from gridmgmt.registers.reading import checked_reason

WANTED = "registers.export_wanted"
KEPT = timedelta(hours=24)
FOLDER = "exports"
_PIECE = 5_000
ROWS = "SELECT {id}, ST_AsText({point}), {columns} FROM {source} {area} WHERE {match} ORDER BY {order}"
COUNT = "SELECT count(*) FROM {source} WHERE {match}"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for; ``group`` a key of people_sql.GROUPS, for people alone."""

    dataset: str
    columns: Sequence[str]
    place: str
    format: str
    department_id: UUID | None
    purpose: str
    group: str = ""


@transaction.atomic
def want(*, user: User, wish: Wish, language: str, at: datetime) -> RegisterExport:
    """Note the wish; a job makes the file. Errors: those of export_rules, reason_missing, reason_holds_number."""
    scope = scope_of(user)
    dataset, columns = export_rules.asked(wish.dataset, wish.columns, wish.format)
    sensitive = any(column.sensitive for column in columns)
    prefixes = export_rules.allowed(scope, dataset, wish.place, sensitive=sensitive)
    department = export_rules.recipient(scope, wish.department_id)
    purpose = checked_reason(wish.purpose)
    group = wish.group if dataset.key == "people" and wish.group in people_sql.GROUPS else ""
    export_rules.check_size(
        dataset, _count(dataset, prefixes, group, timezone.localdate(at)), sensitive=sensitive
    )
    export_rules.pay(user.pk, at)
    key = uuid7()
    wanted = RegisterExport.objects.create(
        id=key, number=f"DC{timezone.localtime(at):%Y%m%d}-{key.hex[-6:].upper()}", user=user, department=department,
        dataset=dataset.key, columns=[column.key for column in columns], sensitive=sensitive, place=wish.place,
        group=group, format=wish.format, purpose=purpose, language=language, asked_at=at,
    )  # fmt: skip
    outbox.append(topic=WANTED, cell_code=prefixes[0], payload={"export": str(key)})
    return wanted


def make(_event_id: str, payload: dict[str, Any]) -> None:
    """Job: makes a wanted file with the rights its owner has now; one that is made or refused is left alone."""
    key = UUID(payload["export"])
    try:
        with ExitStack() as undo:
            _make_once(key, undo)
            undo.pop_all()  # committed: the file stays
    except DomainError as error:
        RegisterExport.objects.filter(pk=key, made_at=None).update(refused=error.code[:40])


@transaction.atomic
def _make_once(key: UUID, undo: ExitStack) -> None:
    wanted = (
        RegisterExport.objects.select_for_update(of=("self",))
        .select_related("user", "department")
        .filter(pk=key, made_at=None, refused="")
        .first()
    )
    if wanted is not None:
        with translation.override(wanted.language):
            _make(wanted, undo, at=timezone.now())


def _make(wanted: RegisterExport, undo: ExitStack, *, at: datetime) -> None:
    """Row and access record, then the file; ``undo`` takes the file away when the transaction does not hold."""
    dataset, columns = export_rules.asked(wanted.dataset, wanted.columns, wanted.format)
    prefixes = export_rules.allowed(scope_of(wanted.user), dataset, wanted.place, sensitive=wanted.sensitive)
    ids: list[UUID] = []
    relative = photo_files.place(FOLDER, wanted.pk, wanted.format)
    with TemporaryDirectory(prefix="export-", dir=_folder()) as folder:
        path = Path(folder) / f"export.{wanted.format}"
        rows = _rows(dataset, columns, prefixes, wanted.group, timezone.localdate(at), ids)
        export_files.WRITERS[wanted.format](
            path, [gettext(column.label) for column in columns], rows, number=wanted.number, mark=mark(wanted, at)
        )  # fmt: skip
        export_rules.check_size(dataset, len(ids), sensitive=wanted.sensitive)
        content = path.read_bytes()
    RegisterExport.objects.filter(pk=wanted.pk).update(
        made_at=at, expires_at=at + KEPT, row_count=len(ids), file=relative, prefixes=list(prefixes),
        sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content),
    )  # fmt: skip
    audit.record(
        user_id=wanted.user_id, action=AccessAction.EXPORTED, subject_kind=dataset.subject, subject_ids=ids, at=at,
        door=Door.PAGES, purpose=wanted.purpose,
        asked={
            "number": wanted.number, "columns": wanted.columns, "place": wanted.place, "group": wanted.group,
            "format": wanted.format, "department": str(wanted.department_id),
        },
    )  # fmt: skip
    with photo_files.scratch(wanted.pk) as (file, scratch):
        file.write(content)
        undo.callback((settings.MEDIA_ROOT / relative).unlink, missing_ok=True)
        photo_files.publish(file, scratch, relative)


def mark(wanted: RegisterExport, at: datetime) -> dict[str, str]:
    """The watermark: who took it, for whom, when, what for, under which number."""
    return {
        gettext("Export"): wanted.number,
        gettext("Taken by"): f"{wanted.user.name} ({wanted.user.username})",
        gettext("For"): wanted.department.name,
        gettext("Made"): timezone.localtime(at).strftime("%Y-%m-%d %H:%M"),
        gettext("Purpose"): wanted.purpose,
        gettext("Please note"): gettext("For this purpose only. Delete it when the purpose is met."),
    }


def opened(*, user: User, export_id: UUID, at: datetime) -> tuple[RegisterExport, Path]:
    """A file for its owner, as long as it is there and its owner may still take each of its rows. Errors: export_unknown
    404, those of export_rules.still_allowed."""
    found = RegisterExport.objects.filter(pk=export_id, user=user, expires_at__gt=at).exclude(file="").first()
    if found is None:
        raise DomainError(
            code="export_unknown", status=404, message=_("This file is not there, or no longer.")
        )
    export_rules.still_allowed(scope_of(user), DATASETS[found.dataset], found)
    RegisterExport.objects.filter(pk=export_id).update(taken=F("taken") + 1, taken_at=at)
    return found, settings.MEDIA_ROOT / found.file


def visible(scope: Scope, user: User) -> QuerySet[RegisterExport]:
    """A person's own exports; those who watch see all of their places, without the files."""
    rows = RegisterExport.objects.select_related("user", "department")
    watched = scope.prefixes_of(*export_rules.WATCHERS)
    if "" in watched:
        return rows
    return rows.filter(export_rules.own_or_under(user, watched))


def tidy(now: datetime) -> None:
    """Periodic: files whose day is over are deleted, their rows stay; so are files that a killed job left to no row."""
    for found in RegisterExport.objects.filter(expires_at__lte=now).exclude(file=""):
        (settings.MEDIA_ROOT / found.file).unlink(missing_ok=True)
        RegisterExport.objects.filter(pk=found.pk).update(file="")
    before = now.timestamp() - photo_files.STALE_S  # younger ones may belong to a job that is about to commit
    stale = [path for path in (settings.MEDIA_ROOT / FOLDER).glob("*/*") if path.stat().st_mtime < before]
    named = set(RegisterExport.objects.exclude(file="").values_list("file", flat=True))
    for path in stale:
        if path.relative_to(settings.MEDIA_ROOT).as_posix() not in named:
            path.unlink(missing_ok=True)


def _rows(
    dataset: Dataset,
    columns: Sequence[Column],
    prefixes: Sequence[str],
    group: str,
    today: date,
    ids: list[UUID],
) -> Iterator[Row]:
    """The rows of the file, read in pieces; ``ids`` grows with them."""
    english = (translation.get_language() or "").startswith("en")
    statement = sql.SQL(ROWS).format(
        id=sql.SQL(dataset.id),
        point=sql.SQL(dataset.point),
        columns=sql.SQL(", ").join(sql.SQL(column.sql.format(code=dataset.code)) for column in columns),
        source=sql.SQL(dataset.source),
        area=sql.SQL(AREA.format(code=dataset.code)),
        match=_match(dataset, prefixes, group),
        order=sql.SQL(dataset.order),
    )
    with raw_connection().cursor(name="registers_export") as cursor:
        cursor.itersize = _PIECE
        cursor.execute(statement, {"today": today})
        for key, point, *values in cursor:
            ids.append(key)
            yield (
                [column.show(value, key, english) for column, value in zip(columns, values, strict=True)],
                point,
            )


def _count(dataset: Dataset, prefixes: Sequence[str], group: str, today: date) -> int:
    statement = sql.SQL(COUNT).format(source=sql.SQL(dataset.source), match=_match(dataset, prefixes, group))
    [(count,)] = people_sql.run(statement, {"today": today})
    return int(count)


def _match(dataset: Dataset, prefixes: Sequence[str], group: str) -> sql.Composable:
    """Exactly the rows of these codes, of the group."""
    conditions = [people_sql.within(dataset.code, prefixes), sql.SQL(dataset.condition)]
    if group:
        conditions.append(sql.SQL(people_sql.GROUPS[group]))
    return sql.SQL(" AND ").join(conditions)


def _folder() -> Path:
    folder: Path = settings.MEDIA_ROOT / "incoming"
    photo_files.make_folder(folder)
    return folder
