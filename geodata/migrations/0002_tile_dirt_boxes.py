"""Tile dirt becomes boxes: what is noted but not yet heard of is forgotten, the cache starts a new epoch anyway."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("geodata", "0001_initial")]

    operations = [
        migrations.DeleteModel("TileDirt"),
        migrations.CreateModel(
            "TileDirt",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("layer", models.CharField(max_length=16)),
                ("x0", models.IntegerField()),
                ("y0", models.IntegerField()),
                ("x1", models.IntegerField()),
                ("y1", models.IntegerField()),
            ],
            options={"verbose_name": "tile dirt"},
        ),
    ]
