"""A file of products or orders says where it came from, which sheets it has, and what it brought, to take it back."""

from django.db import migrations, models
from django.db.models import Value


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_numbers_indexed")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="tableimport",
            name="sheets",
            field=models.JSONField(
                db_default=Value([], models.JSONField()), default=list, verbose_name="文件里的工作表"
            ),
        ),
        migrations.AddField(
            model_name="tableimport",
            name="source",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="来源"),
        ),
        migrations.AddField(
            model_name="tableimport",
            name="made",
            field=models.BinaryField(db_default=b"", default=b"", verbose_name="登记的行"),
        ),
        migrations.AddField(
            model_name="tableimport",
            name="undo",
            field=models.JSONField(db_default=Value({}, models.JSONField()), default=dict, verbose_name="撤销的结果"),
        ),
        migrations.AlterField(
            model_name="tableimport",
            name="state",
            field=models.CharField(
                choices=[
                    ("previewed", "待确认"),
                    ("running", "导入中"),
                    ("done", "已导入"),
                    ("failed", "未导入"),
                    ("dropped", "已放弃"),
                    ("undoing", "撤销中"),
                    ("undone", "已撤销"),
                ],
                max_length=10,
                verbose_name="状态",
            ),
        ),
    ]
