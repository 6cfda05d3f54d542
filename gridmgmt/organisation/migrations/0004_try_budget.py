from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organisation", "0003_failed_sign_ins"),
    ]

    operations = [
        migrations.CreateModel(
            name="TryBudget",
            fields=[
                ("key", models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ("ends_at", models.DateTimeField()),
                ("count", models.PositiveIntegerField()),
            ],
            options={
                "verbose_name": "count of tries",
                "indexes": [models.Index(fields=["ends_at"], name="try_budget_ends_at")],
            },
        ),
        migrations.DeleteModel(name="FailedSignIn"),
    ]
