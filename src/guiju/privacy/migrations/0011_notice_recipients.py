"""Who gets information, how a company is reached, and whether a notice was put down afterwards."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("privacy", "0009_guardians")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="privacynotice",
            name="recipients",
            field=models.JSONField(
                default=list, db_default=models.Value([], models.JSONField()), verbose_name="接收方"
            ),
        ),
        migrations.AddField(
            model_name="privacynotice",
            name="contact",
            field=models.TextField(blank=True, default="", db_default="", verbose_name="联系方式"),
        ),
        migrations.AddField(
            model_name="privacynotice",
            name="registered_at",
            field=models.DateTimeField(null=True, verbose_name="补登时间"),
        ),
    ]
