"""Who answered for a minor lies sealed in the consent that they gave."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("privacy", "0008_minor_access")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AddField(
            "consent",
            "guardian",
            models.BinaryField("监护人的姓名和关系（密文）", default=b"", db_default=models.Value(b"")),
        ),
    ]
