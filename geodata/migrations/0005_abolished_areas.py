"""Divisions come and go: since when and until when an area is one, and which took its place."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [
        ("geodata", "0004_care_membership"),
    ]

    operations = [
        migrations.AddField(
            model_name="area",
            name="valid_from",
            field=models.DateField(blank=True, help_text="The first day it existed", null=True),
        ),
        migrations.AddField(
            model_name="area",
            name="valid_to",
            field=models.DateField(
                blank=True, help_text="The first day it exists no longer; empty: it stands", null=True
            ),
        ),
        migrations.AddField(
            model_name="area",
            name="successor_code",
            field=models.CharField(
                blank=True,
                db_collation="C",
                help_text="Code of the division that took its place",
                max_length=12,
                null=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="area",
            constraint=models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="area_ends_after_it_began",
            ),
        ),
        migrations.AddConstraint(
            model_name="area",
            constraint=models.CheckConstraint(
                condition=Q(successor_code=None)
                | Q(successor_code__regex=r"^(\d{6}|\d{9}|\d{12})$", valid_to__isnull=False)
                & ~Q(successor_code=F("code")),
                name="area_successor_follows_its_end",
            ),
        ),
        migrations.AddIndex(
            model_name="area",
            index=models.Index(
                condition=Q(valid_to__isnull=False), fields=["valid_to"], name="area_abolished"
            ),
        ),
    ]
