"""What a file says of consents lies sealed; what was kept before is sealed by a task, which has the keys."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0013_quick_lists")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="customerimport",
            name="sealed",
            field=models.BinaryField(db_default=b"", default=b"", verbose_name="同意（密文）"),
        ),
    ]
