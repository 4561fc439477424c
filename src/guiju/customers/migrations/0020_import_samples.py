"""A file of customers shows the first cells of its columns, sealed, and the sheets among which somebody may choose."""

from django.db import migrations, models
from django.db.models import Value


class Migration(migrations.Migration):
    dependencies = [("customers", "0018_tags_found")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="customerimport",
            name="samples",
            field=models.BinaryField(db_default=b"", default=b"", verbose_name="各列的前几格（密文）"),
        ),
        migrations.AddField(
            model_name="customerimport",
            name="sheets",
            field=models.JSONField(
                db_default=Value([], models.JSONField()), default=list, verbose_name="文件里的工作表"
            ),
        ),
    ]
