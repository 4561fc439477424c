"""Leads, notes of opportunities, and to-dos that somebody gives to somebody."""

import django.db.models.deletion
from django.db import migrations, models

import guiju.database.models
from guiju.database.policies import TenantForeignKey, TenantTable


def _to(model, label, **more):
    named = {"db_index": False, "on_delete": django.db.models.deletion.PROTECT, "related_name": "+"}
    return models.ForeignKey(to=model, verbose_name=label, **(named | more))


def _id():
    return models.UUIDField(default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False)


class Migration(migrations.Migration):
    dependencies = [("sales", "0003_sorted_lists"), ("customers", "0015_sealed_file_consents")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Lead",
            fields=[
                ("id", _id()),
                ("interest", models.TextField("意向", blank=True, default="")),
                (
                    "state",
                    models.TextField(
                        "状态",
                        choices=[("open", "待确认"), ("qualified", "已转商机"), ("discarded", "不再跟进")],
                        default="open",
                    ),
                ),
                ("reason", models.TextField("原因", blank=True, default="")),
                ("note", models.TextField("说明", blank=True, default="")),
                ("made_at", models.DateTimeField("登记时间")),
                ("changed_at", models.DateTimeField("修改时间")),
                ("closed_at", models.DateTimeField("结束时间", null=True)),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="organisations.entity",
                        verbose_name="所属公司",
                    ),
                ),
                ("customer", _to("customers.customer", "客户")),
                ("opportunity", _to("sales.opportunity", "商机", null=True)),
                ("made_by", _to("organisations.member", "登记人")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["entity", "state", "-made_at", "-id"], name="lead_newest"),
                    models.Index(fields=["entity", "customer"], name="lead_of_customer"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(state="open", closed_at=None, reason="", opportunity=None)
                        | models.Q(state="qualified", closed_at__isnull=False, reason="", opportunity__isnull=False)
                        | (
                            models.Q(state="discarded", closed_at__isnull=False, opportunity=None)
                            & ~models.Q(reason="")
                        ),
                        name="lead_closed",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DealNote",
            fields=[
                ("id", _id()),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="organisations.entity",
                        verbose_name="所属公司",
                    ),
                ),
                ("opportunity", _to("sales.opportunity", "商机")),
                ("note", _to("customers.note", "跟进记录")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("entity", "opportunity", "note"), name="deal_note_once")
                ],
            },
        ),
        migrations.AddField("todo", "due_time", models.TimeField("几点", null=True)),
        migrations.AddField("todo", "given_by", _to("organisations.member", "谁交办", null=True, db_constraint=False)),
        migrations.AddField("todo", "removed_at", models.DateTimeField("删去时间", null=True)),
        TenantTable("sales_lead", system={"verifier": "SELECT"}),
        TenantForeignKey("sales_lead", "customer_id", "customers_customer"),
        TenantForeignKey("sales_lead", "opportunity_id", "sales_opportunity"),
        TenantForeignKey("sales_lead", "made_by_id", "organisations_member"),
        TenantTable("sales_dealnote", system={"verifier": "SELECT"}),
        TenantForeignKey("sales_dealnote", "opportunity_id", "sales_opportunity"),
        TenantForeignKey("sales_dealnote", "note_id", "customers_note"),
    ]
