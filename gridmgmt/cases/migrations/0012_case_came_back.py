from django.contrib.postgres.indexes import GistIndex
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0011_corrections_duplicates"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=GistIndex(
                fields=["category", "geom", "closed_at"],
                name="case_came_back",
                condition=models.Q(closed_at__isnull=False, clock_stopped_at__isnull=False, master=None),
            ),
        ),
    ]
