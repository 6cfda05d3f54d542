"""What is decided about a file's rows holds for imports under the same places, not for another office's."""

from django.db import migrations, models

# As decisions.places_of writes it.
FILL = """
UPDATE importers_rowdecision d SET places = coalesce((
  SELECT string_agg(DISTINCT p COLLATE "C", ' ' ORDER BY p COLLATE "C")
  FROM importers_importbatch b, jsonb_array_elements_text(b.prefixes) p WHERE b.id = d.batch_id), '')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("importers", "0007_pace"),
    ]

    operations = [
        migrations.AddField(
            model_name="rowdecision",
            name="places",
            field=models.TextField(
                blank=True,
                db_collation="C",
                db_default="",
                help_text="Code prefixes of the imports it holds for, sorted",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="rowdecision", name="rowdecision_once"),
        migrations.AddConstraint(
            model_name="rowdecision",
            constraint=models.UniqueConstraint(
                fields=("kind", "sha256", "places", "ref"), name="rowdecision_once"
            ),
        ),
    ]
