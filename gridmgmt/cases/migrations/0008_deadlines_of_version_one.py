"""Deadlines so far were computed with the days that are now version 1; open ones get the instant of their yellow lamp."""

from django.db import migrations

# The share of wall time is what the lamp used until now; whatever the clock touches next is exact.
FILL = """
UPDATE cases_case SET calendar_version = 1 WHERE calendar_version <> 0;
UPDATE cases_clockentry SET calendar_version = 1 WHERE calendar_version <> 0;
UPDATE cases_case SET near_at = due_at - (due_at - coalesce(clock_started_at, reported_at)) * 0.2
WHERE due_at IS NOT NULL AND closed_at IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0007_working_time_versions"),
    ]

    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
