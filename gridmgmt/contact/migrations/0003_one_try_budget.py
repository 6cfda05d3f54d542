from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("contact", "0002_messages"),
    ]

    operations = [
        migrations.DeleteModel(name="GuessBudget"),
    ]
