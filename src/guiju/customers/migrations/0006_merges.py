"""Two customers can be one, or said not to be; whom to ask for a consent stands in a list; an import can be undone."""

import django.db.models.deletion
from django.db import migrations, models

import guiju.database.models
from guiju.database.policies import TenantForeignKey, TenantTable


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_saved_lists")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="customer", name="hidden_at", field=models.DateTimeField("不再列出，自", null=True)
        ),
        migrations.AddField(
            model_name="customer",
            name="merged_into",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.customer",
                verbose_name="并入",
            ),
        ),
        migrations.AddField(
            model_name="customerimport",
            name="undo",
            field=models.JSONField("撤销到哪里", default=dict, db_default=models.Value({}, models.JSONField())),
        ),
        migrations.AlterField(
            model_name="customerimport",
            name="state",
            field=models.CharField(
                "状态",
                max_length=10,
                choices=[
                    ("mapping", "待确认"),
                    ("running", "导入中"),
                    ("done", "已导入"),
                    ("failed", "未导入"),
                    ("dropped", "已放弃"),
                    ("undoing", "撤销中"),
                    ("undone", "已撤销"),
                ],
            ),
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("taken", models.JSONField("取自并入客户的字段", default=list)),
                ("moved", models.JSONField("一并移过来的", default=dict)),
                ("people", models.JSONField("个人的同意和保全", default=dict)),
                ("kept_version", models.BigIntegerField("合并前的版本")),
                ("at", models.DateTimeField("时间")),
                ("undone_at", models.DateTimeField("撤销时间", null=True)),
                ("left", models.JSONField("撤销时没有恢复的", default=list)),
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
                    "kept",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="留下的客户",
                    ),
                ),
                (
                    "gone",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="并入的客户",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.member",
                        verbose_name="谁",
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.member",
                        verbose_name="撤销人",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kept", models.F("gone")), _negated=True), name="merge_of_two"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at", None)), fields=("entity", "gone"), name="merge_once"
                    ),
                ],
                "indexes": [models.Index(fields=["entity", "kept"], name="merge_into")],
            },
        ),
        TenantTable("customers_merge", system={"verifier": "SELECT"}),
        TenantForeignKey("customers_merge", "kept_id", "customers_customer"),
        TenantForeignKey("customers_merge", "gone_id", "customers_customer"),
        TenantForeignKey("customers_merge", "by_id", "organisations_member"),
        TenantForeignKey("customers_merge", "undone_by_id", "organisations_member"),
        migrations.CreateModel(
            name="NotSame",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField("时间")),
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
                    "one",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="客户",
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="另一位",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.member",
                        verbose_name="谁",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("entity", "one", "other"), name="not_same_once"),
                    models.CheckConstraint(condition=models.Q(("one__lt", models.F("other"))), name="not_same_ordered"),
                ],
            },
        ),
        TenantTable("customers_notsame", rights="SELECT, INSERT", system={"verifier": "SELECT"}),
        TenantForeignKey("customers_notsame", "one_id", "customers_customer"),
        TenantForeignKey("customers_notsame", "other_id", "customers_customer"),
        TenantForeignKey("customers_notsame", "by_id", "organisations_member"),
        migrations.CreateModel(
            name="Wanting",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("record", models.TextField("对象")),
                ("field", models.TextField("字段")),
                ("since", models.DateTimeField("自")),
                ("request_id", models.UUIDField("征求", null=True)),
                ("asked_at", models.DateTimeField("征求时间", null=True)),
                ("closed_at", models.DateTimeField("结束时间", null=True)),
                (
                    "closing",
                    models.TextField(
                        "怎样结束", blank=True, choices=[("entered", "已补录"), ("refused", "本人不同意")]
                    ),
                ),
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
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="客户",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customerimport",
                        verbose_name="导入",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at", None)),
                        fields=["entity", "-since", "-id"],
                        name="wanting_open",
                    ),
                    models.Index(fields=["entity", "customer"], name="wanting_of_customer"),
                ],
            },
        ),
        TenantTable("customers_wanting"),
        TenantForeignKey("customers_wanting", "customer_id", "customers_customer"),
        TenantForeignKey("customers_wanting", "source_id", "customers_customerimport"),
    ]
