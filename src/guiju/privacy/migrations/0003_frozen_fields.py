"""Values that are only stored, one by one; and when a person was erased."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("privacy", "0002_who_sees_what")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="subject",
            name="erased_at",
            field=models.DateTimeField(null=True, verbose_name="删除时间"),
        ),
        migrations.AddField(
            model_name="subject",
            name="frozen_fields",
            field=models.JSONField(
                default=dict, db_default=models.Value({}, models.JSONField()), verbose_name="仅存储的字段"
            ),
        ),
    ]
