"""Guards against TRUNCATE stand in the way of transactional tests, which empty the tables."""

from __future__ import annotations

from django.db import connection

GUARDED = ("cases_casehistory", "audit_accessrecord")


def drop_truncate_guards() -> None:
    """After ``sqlobjects``: tests of the guards put them back for themselves."""
    with connection.cursor() as cursor:
        for table in GUARDED:
            cursor.execute(f"DROP TRIGGER append_only_truncate ON {table}")
