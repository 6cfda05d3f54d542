from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organisation", "0002_shifts"),
    ]

    operations = [
        migrations.CreateModel(
            name="FailedSignIn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(db_collation="C", max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "failed sign-in",
                "indexes": [models.Index(fields=["key", "-at"], name="failed_sign_in_recent")],
            },
        ),
    ]
