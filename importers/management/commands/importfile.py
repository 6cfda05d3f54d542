"""Import a file: `manage importfile KIND FILE`, dry run first; `--apply` writes, `--undo BATCH` takes back."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from geodata.errors import DomainError
from gridmgmt.organisation.models import User
from importers import actions, activation, files, queries, report
from importers.batches import EXPECTED, find
from importers.errors import refusal
from importers.kinds import KINDS
from importers.models import ImportBatch
from importers.pace import reading_pace
from importers.planning import FATES
from importers.profile import Profile, built_in
from importers.saved_profiles import load_any, usable
from importers.staging import Progress


class Command(BaseCommand):
    """Reads, checks, reports and, when told to, writes."""

    help = "Import places, registers or people from a file."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", nargs="?", metavar="KIND", help=", ".join(KINDS))
        parser.add_argument("file", nargs="?", metavar="FILE", help="file or folder")
        parser.add_argument(
            "--profile",
            default="",
            help="name of a profile (shipped or saved), id of a saved one, or a .json file",
        )
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--crs", default="", help="coordinate system of the file, e.g. epsg:4547")
        where.add_argument("--datum", default="", help="wgs84, cgcs2000, gcj02 or bd09")
        parser.add_argument(
            "--trust-declaration", action="store_true", help="even against the file's own label"
        )
        parser.add_argument("--county", default="", help="county code, for rows outside of all areas")
        parser.add_argument("--encoding", default="")
        parser.add_argument("--layer", default="")
        parser.add_argument("--source", default="", help="key under which the source's ids are kept")
        parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="constant")
        parser.add_argument("--map", action="append", default=[], metavar="HEADING=FIELD", help="column")
        parser.add_argument("--outside", choices=("keep", "reject"), default="")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--dry-run", action="store_true", help="check and report only (the default)")
        how.add_argument("--apply", action="store_true", help="write")
        how.add_argument("--undo", metavar="BATCH", help="take an applied import back")
        how.add_argument(
            "--resume", metavar="BATCH", help="check an import again that was begun (its file is kept)"
        )
        how.add_argument("--resume-apply", metavar="BATCH", help="the same, and write")
        how.add_argument("--list-profiles", action="store_true")
        parser.add_argument("--activate", action="store_true", help="cells: check and activate the edition")
        parser.add_argument("--by", default="", metavar="USERNAME", help="act with this person's grants")
        parser.add_argument("--json", action="store_true", help="report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with translation.override("en"):
                self._run(options)
        except DomainError as error:
            if options["json"]:
                self.stdout.write(json.dumps({"error": error.as_dict()}, ensure_ascii=False))
            raise CommandError(str(error), returncode=2) from None

    def _run(self, options: dict[str, Any]) -> None:
        by, prefixes = _acting(options["by"], options["kind"] or "")
        if options["list_profiles"]:
            for profile in built_in():
                self.stdout.write(f"{profile.name:32}{profile.kind:16}{profile.title_en}")
            for saved in usable(prefixes):
                self.stdout.write(f"{saved.name:32}{saved.kind:16}{saved.scope_code or '–'}  {saved.pk}")
            return
        if options["undo"]:
            batch = actions.undo(
                batch_id=_batch_id(options["undo"]), by=by.pk if by else None, at=timezone.now()
            )
            self._tell(batch, options)
            return
        if options["resume"] or options["resume_apply"]:
            self._tell(self._resume(options, by), options)
            return
        if not options["kind"] or not options["file"]:
            raise CommandError("name a kind and a file")
        batch = self._import(options, by, prefixes)
        self._tell(batch, options)

    def _import(self, options: dict[str, Any], by: User | None, prefixes: tuple[str, ...]) -> ImportBatch:
        profile = _profile(options, prefixes)
        batch_id = actions.new_batch_id()
        stored = files.take_path(Path(options["file"]), batch_id, profile.layer)
        now, key = timezone.now(), by.pk if by else None
        batch = actions.receive(
            stored=stored, batch_id=batch_id, profile=profile, prefixes=prefixes, by=key, at=now
        )
        progress = self._progress(options)
        if not options["apply"]:
            return actions.check(batch_id=batch.pk, at=now, progress=progress)
        batch = actions.apply(batch_id=batch.pk, by=key, at=now, progress=progress)
        if options["activate"]:
            return activation.activate(batch_id=batch.pk, by=by, at=timezone.now())
        return batch

    def _resume(self, options: dict[str, Any], by: User | None) -> ImportBatch:
        """Takes an import up where it stopped, whoever began it."""
        batch = find(_batch_id(options["resume"] or options["resume_apply"]))
        mine = queries.prefixes_for(by, batch.kind) if by else ("",)
        if not all(any(wanted.startswith(prefix) for prefix in mine) for wanted in batch.prefixes):
            raise refusal("outside_your_scope")
        progress, now = self._progress(options), timezone.now()
        if options["resume"]:
            return actions.check(batch_id=batch.pk, at=now, progress=progress)
        return actions.apply(batch_id=batch.pk, by=by.pk if by else None, at=now, progress=progress)

    def _progress(self, options: dict[str, Any]) -> Progress:
        """A line that moves, on a terminal: step, rows, rows a second, time left."""
        shown = sys.stderr.isatty() and not options["json"]
        expected, began, at = 0, time.monotonic(), ""

        def show(step: str, rows: int) -> None:
            nonlocal expected, began, at
            if step == EXPECTED:
                expected = rows
                return
            if step != at:
                began, at = time.monotonic(), step
            if shown:
                line = progress_line(step, rows, expected, time.monotonic() - began)
                self.stderr.write(f"\r{line}".ljust(72), ending="")
                if step in {"committed", "judged"}:
                    self.stderr.write("")

        return show

    def _tell(self, batch: ImportBatch, options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(queries.as_data(batch), ensure_ascii=False))
            return
        for line in _lines(batch):
            self.stdout.write(line)


def progress_line(step: str, rows: int, expected: int, elapsed: float) -> str:
    """One line about a running step."""
    if not rows:
        return step
    pace = reading_pace(rows, expected, elapsed)
    parts = [f"{step} {rows:,} rows"]
    if pace.share is not None:
        parts.append(f"{pace.share} %")
    if pace.rows_per_second is not None:
        parts.append(f"{pace.rows_per_second:,} rows/s")
    if pace.seconds_left is not None:
        parts.append(f"{pace.seconds_left // 60}:{pace.seconds_left % 60:02d} left")
    return "  ".join(parts)


def _acting(username: str, kind: str) -> tuple[User | None, tuple[str, ...]]:
    """Whose grants count; without a name the operator of the machine may write everywhere."""
    if not username:
        return None, ("",)
    user = User.objects.filter(username=username).first()
    if user is None:
        raise CommandError(f"no user {username}")
    return user, queries.prefixes_for(user, kind)


def _profile(options: dict[str, Any], prefixes: tuple[str, ...]) -> Profile:
    fields = {field: heading for heading, field in _pairs(options["map"], "--map")}
    return load_any(
        options["profile"],
        options["kind"],
        prefixes=prefixes,
        own_file=True,
        datum=(options["crs"] or options["datum"]).lower(),
        trust_declaration=options["trust_declaration"] or None,
        county=options["county"],
        encoding=options["encoding"],
        layer=options["layer"],
        source=options["source"],
        outside=options["outside"],
        constants=dict(_pairs(options["set"], "--set")),
        fields=fields,
    )


def _pairs(items: list[str], option: str) -> list[tuple[str, str]]:
    pairs = [item.rpartition("=") if option == "--map" else item.partition("=") for item in items]
    if any(not mark or not left or not right for left, mark, right in pairs):
        raise CommandError(f"{option} wants NAME=VALUE")
    return [(left, right) for left, _, right in pairs]


def _batch_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a batch is named by its id") from None


def _lines(batch: ImportBatch) -> list[str]:
    """The summary people read."""
    counts, facts = batch.counts, batch.summary
    fates = "  ".join(f"{fate} {counts.get(fate, 0)}" for fate in FATES)
    datum, label = facts.get("datum") or "none", facts.get("file_crs") or "nothing"
    lines = [
        f"batch {batch.pk}  {batch.kind}  {batch.file_name}  → {batch.state}",
        f"  read {counts.get('read', 0)}, left out {counts.get('left_out', 0)}, in {counts.get('in', 0)}",
        f"  datum {datum}, the file says {label}",
        f"  {fates}",
    ]
    if warning := report.datum_text(batch):
        lines.append(f"  WARNING  {warning}")
    if counts.get("gone"):
        lines.append(f"  cells no longer there {counts['gone']}")
    if edition := facts.get("edition"):
        lines.append(f"  edition {edition['scope']} #{edition['number']} ({edition.get('state', 'draft')})")
    if facts.get("dropped_columns"):
        lines.append(f"  columns not kept: {', '.join(facts['dropped_columns'])}")
    lines += [
        f"  {reason.severity:9}{reason.count:7}  {reason.code}: {reason.text}"
        for reason in report.reasons(batch)
    ]
    for finding in queries.sample(batch, severities=("error", "conflict"), most=10):
        lines.append(f"    {finding.ref}: {finding.code} {finding.field} {finding.value}".rstrip())
    return lines
