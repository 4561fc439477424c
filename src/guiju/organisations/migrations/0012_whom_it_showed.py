"""A look at several minors says at whom: who has looked at this child can be answered."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("organisations", "0011_relation_assessment")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AddField(
            "disclosure",
            "records",
            models.JSONField(
                db_default=models.Value([], models.JSONField()), default=list, verbose_name="看到的各条记录"
            ),
        ),
    ]
