"""A file of which only a part could be read says so."""

from django.db import migrations, models

READINGS = [("waiting", "待检查"), ("read", "已检查"), ("partly", "部分未读"), ("unreadable", "读不出文字")]


class Migration(migrations.Migration):
    dependencies = [("files", "0002_who_sees_what")]

    operations = [
        migrations.AlterField(
            "attachment", "reading", models.CharField(choices=READINGS, max_length=10, verbose_name="检查")
        )
    ]
