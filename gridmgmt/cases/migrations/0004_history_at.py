from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0003_number_day"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="casehistory",
            index=models.Index(fields=["at"], name="case_history_at"),
        ),
    ]
