"""Keys that were changed."""

import django.db.models.deletion
from django.db import migrations, models

import guiju.database.models
from guiju.database.policies import TenantTable


class Migration(migrations.Migration):
    dependencies = [("safekeeping", "0004_who_sees_restorations"), ("keys", "0003_retired_keys_go")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="KeyChange",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.TextField(choices=[("values", "数据密钥"), ("master", "主密钥")], verbose_name="哪一种密钥"),
                ),
                ("earlier", models.BigIntegerField(null=True, verbose_name="原来的编号")),
                ("present", models.BigIntegerField(null=True, verbose_name="现在的编号")),
                ("account", models.TextField(verbose_name="操作系统账号")),
                ("reason", models.TextField(verbose_name="原因")),
                ("began_at", models.DateTimeField(verbose_name="开始时间")),
                ("done", models.BigIntegerField(default=0, verbose_name="已换的条数")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="完成时间")),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="organisations.entity",
                        verbose_name="公司",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            "keychange",
            models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("entity", "kind"), name="keychange_one_at_a_time"
            ),
        ),
        TenantTable("safekeeping_keychange", system={"verifier": "SELECT"}),
    ]
