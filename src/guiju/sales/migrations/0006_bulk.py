"""Acts on many opportunities at once are kept, so that they can be taken back."""

import django.db.models.deletion
from django.db import migrations, models

import guiju.database.models
from guiju.database.policies import TenantForeignKey, TenantTable


class Migration(migrations.Migration):
    dependencies = [("sales", "0005_todo_lists")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="DealBulk",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("changes", models.JSONField("原来的负责人", default=dict)),
                ("at", models.DateTimeField("时间")),
                ("undone_at", models.DateTimeField("撤销时间", null=True)),
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
                        verbose_name="谁",
                    ),
                ),
                (
                    "to",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.member",
                        verbose_name="分配给",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        TenantTable("sales_dealbulk", system={"verifier": "SELECT"}),
        TenantForeignKey("sales_dealbulk", "member_id", "organisations_member"),
        TenantForeignKey("sales_dealbulk", "to_id", "organisations_member"),
    ]
