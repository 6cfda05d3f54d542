"""Whether a plan still holds: nothing that it looked at was written since, by anybody, and it is this program's.

Writers draw a number from a sequence with every statement. The number is read while no writer is under way, so
whoever commits later than the plan looked has drawn a later number. Nobody is made to wait: where somebody writes at
the moment there is no revision, and a plan without one is made again.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any, Final

from django.db import OperationalError, connection, transaction
from django.utils import timezone

TABLES: Final = (
    "geodata_area",
    "geodata_cell",
    "geodata_building",
    "geodata_entrance",
    "geodata_dwelling",
    "geodata_person",
    "geodata_household",
    "geodata_membership",
    "geodata_residence",
    "importers_addressalias",
    "importers_rowdecision",
)
"""What plans of people and dwellings go by; each has the trigger of sql/20_register_revision.sql."""
# Of a fresh sequence the first number drawn is its last_value already. Divisions end by themselves, with a day.
_REVISION: Final = """
SELECT r.last_value + r.is_called::int, (SELECT count(*) FROM geodata_area WHERE valid_to <= %s)
FROM importers_register_revision r
"""


def revision() -> str:
    """The registers' revision as a text, "" while somebody is writing them. Runs in a transaction, before any plan."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {', '.join(TABLES)} IN SHARE MODE NOWAIT")
            found = _number(cursor)
            transaction.set_rollback(True)  # lets the locks go
    except OperationalError:
        return ""
    return found


def _number(cursor: Any) -> str:
    cursor.execute(_REVISION, [timezone.localdate()])
    drawn, gone = cursor.fetchone()
    return f"{drawn}/{gone}/{_program()}"


@functools.cache
def _program() -> str:
    """A fingerprint of the modules that make and carry out plans: another version makes its own."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).resolve().parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
