"""What was seen in the clear and taken out, and the alerts about it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import guiju.database.models
from guiju.database.policies import IN_STRUCTURE, TenantForeignKey, TenantTable

SORTS = [("unmask", "查看明文"), ("export", "导出")]


def company() -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        to="organisations.entity",
        verbose_name="所属公司",
    )


def who() -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="organisations.member",
        verbose_name="谁",
    )


def id_field() -> models.UUIDField:
    return models.UUIDField(default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False)


class Migration(migrations.Migration):
    dependencies = [("organisations", "0006_people_and_departments")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Disclosure",
            fields=[
                ("id", id_field()),
                ("sort", models.CharField("方式", choices=SORTS, max_length=10)),
                ("code", models.CharField("字段或名单", max_length=80)),
                ("subject_id", models.UUIDField("记录", null=True)),
                ("count", models.PositiveBigIntegerField("条数", default=1)),
                ("reason", models.CharField("理由", blank=True, max_length=200)),
                ("at", models.DateTimeField("时间")),
                ("until", models.DateTimeField("有效至", null=True)),
                ("entity", company()),
                ("member", who()),
            ],
            options={"indexes": [models.Index(fields=["member", "-at"], name="disclosure_newest")]},
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", id_field()),
                ("sort", models.CharField("情形", choices=SORTS, max_length=10)),
                ("count", models.PositiveBigIntegerField("次数")),
                ("at", models.DateTimeField("时间")),
                ("seen_at", models.DateTimeField("处置时间", null=True)),
                ("finding", models.CharField("处置结果", blank=True, max_length=200)),
                ("entity", company()),
                ("member", who()),
                (
                    "seen_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="处置人",
                    ),
                ),
            ],
        ),
        # Who looks at these sits at the headquarters: they name staff and fields, never a customer's data.
        TenantTable(
            "organisations_disclosure", rights="SELECT, INSERT", inside=IN_STRUCTURE, system={"verifier": "SELECT"}
        ),
        TenantForeignKey("organisations_disclosure", "member_id", "organisations_member"),
        TenantTable("organisations_alert", inside=IN_STRUCTURE, system={"verifier": "SELECT"}),
        TenantForeignKey("organisations_alert", "member_id", "organisations_member"),
    ]
