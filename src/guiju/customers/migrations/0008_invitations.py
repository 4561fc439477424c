"""Guardians are asked before anything of a child is stored."""

import django.db.models.deletion
from django.db import migrations, models

import guiju.database.models
from guiju.database.policies import TenantForeignKey, TenantTable

PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies = [("customers", "0007_merged_found"), ("privacy", "0009_guardians")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("items", models.JSONField("征求的内容", default=list)),
                ("digest", models.TextField("展示内容的摘要（SHA-256）")),
                ("made_at", models.DateTimeField("发出时间")),
                ("expires_at", models.DateTimeField("有效至")),
                ("answered_at", models.DateTimeField("答复时间", null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=PROTECT,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="登记的客户",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False, on_delete=PROTECT, to="organisations.entity", verbose_name="所属公司"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=PROTECT,
                        related_name="+",
                        to="organisations.member",
                        verbose_name="谁发出",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=PROTECT, related_name="+", to="privacy.privacynotice", verbose_name="隐私告知"
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["entity", "member", "-made_at"], name="invitation_of")]},
        ),
        TenantTable("customers_invitation", system={"verifier": "SELECT"}),
        TenantForeignKey("customers_invitation", "member_id", "organisations_member"),
        TenantForeignKey("customers_invitation", "notice_id", "privacy_privacynotice"),
        TenantForeignKey("customers_invitation", "customer_id", "customers_customer"),
    ]
