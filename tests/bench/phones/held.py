"""What a platform holds of reports that phones sent: rows of its database, bytes on its disk."""

from __future__ import annotations

import hashlib
from pathlib import Path

import psycopg

from tests.bench.phones.judging import Kept, Row

# All reports of these phones, also ones nobody knows of, with every instant from which a clock of the case counts.
ROWS = """
SELECT r.id::text, r.case_id::text, r.device_id::text, r.captured_at, r.received_at, r.flags,
       c.reported_at, c.stage_since, c.stage_due_at, c.clock_started_at, c.due_at, c.near_at,
       (SELECT min(h.at) FROM cases_casehistory h WHERE h.case_id = c.id)
FROM cases_report r JOIN cases_case c ON c.id = r.case_id
WHERE r.device_id = ANY(%(devices)s::uuid[])
"""
PHOTOS = """
SELECT p.id::text, p.report_id::text, encode(p.sha256, 'hex'), p.state, p.original
FROM cases_photo p JOIN cases_report r ON r.id = p.report_id
WHERE r.device_id = ANY(%(devices)s::uuid[])
"""


def held(url: str, media: Path, devices: list[str]) -> tuple[list[Row], list[Kept]]:
    """Reports and photos of phones."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(ROWS, {"devices": devices}).fetchall()
        photos = connection.execute(PHOTOS, {"devices": devices}).fetchall()
    reports = [Row(*row[:5], flags=frozenset(row[5]), begins=tuple(row[6:])) for row in rows]
    return reports, [Kept(*row[:4], file_sha256=file_sum(media, row[4])) for row in photos]


def file_sum(media: Path, name: str) -> str:
    """SHA-256 of a file below media; "" when it is not there."""
    path = media / name
    if not name or not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
