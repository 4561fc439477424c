"""The proof of a consent lies sealed; what was written before is sealed by a task, which has the keys."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("privacy", "0011_notice_recipients")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="consent",
            name="sealed",
            field=models.BinaryField(db_default=models.Value(b""), default=b"", verbose_name="凭据（密文）"),
        ),
        migrations.AlterField(
            model_name="consent",
            name="proof",
            field=models.CharField(blank=True, db_default="", default="", max_length=200, verbose_name="凭据"),
        ),
    ]
