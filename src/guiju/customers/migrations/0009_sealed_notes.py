"""The text of a note lies sealed; what was written before is sealed by a task, which has the keys."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_invitations")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="note",
            name="sealed",
            field=models.BinaryField(db_default=b"", default=b"", verbose_name="内容（密文）"),
        ),
        migrations.AlterField(
            model_name="note",
            name="text",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="内容"),
        ),
    ]
