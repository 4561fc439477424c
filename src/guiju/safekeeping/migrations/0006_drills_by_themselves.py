"""Drills that nobody began."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("safekeeping", "0005_key_changes")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AddField(
            "drill",
            "is_automatic",
            models.BooleanField(db_default=False, default=False, verbose_name="自动进行"),
        ),
    ]
