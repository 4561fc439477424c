"""Lists of customers that somebody kept under a name."""

import django.db.models.deletion
from django.db import migrations, models

import guiju.database.models
from guiju.database.policies import TenantForeignKey, TenantTable


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_keys_checked_once")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="SavedList",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.TextField("名称")),
                ("query", models.JSONField("筛选、排序和列", default=dict)),
                ("is_shared", models.BooleanField("全公司可用", default=False)),
                ("made_at", models.DateTimeField("建立时间")),
                ("removed_at", models.DateTimeField("删去时间", null=True)),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="organisations.entity",
                        verbose_name="所属公司",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.member",
                        verbose_name="谁的",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at", None)),
                        fields=("entity", "member", "name"),
                        name="saved_list_name",
                    )
                ]
            },
        ),
        TenantTable("customers_savedlist", system={"verifier": "SELECT"}),
        TenantForeignKey("customers_savedlist", "member_id", "organisations_member"),
    ]
