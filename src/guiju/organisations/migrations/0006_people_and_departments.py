"""Grants for a time, substitutes, scopes of tokens; heads of departments; the authority of each company."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

import guiju.database.models
from guiju.database.policies import IN_STRUCTURE, TenantForeignKey, TenantTable, role

MEMBER = {"on_delete": django.db.models.deletion.PROTECT, "to": "organisations.member"}


class Migration(migrations.Migration):
    dependencies = [("organisations", "0005_roles_as_data")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AddField(
            "entity",
            "authority",
            models.CharField("登记机关", max_length=60, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.RunSQL(f"GRANT UPDATE (authority) ON organisations_entity TO {role('app')}", migrations.RunSQL.noop),
        migrations.AddField(
            "department",
            "head",
            models.ForeignKey(null=True, related_name="+", verbose_name="负责人", **MEMBER),
        ),
        migrations.AddField("department", "closed_at", models.DateTimeField("撤销时间", null=True)),
        migrations.RemoveConstraint("department", "department_name"),
        migrations.AddConstraint(
            "department",
            models.UniqueConstraint(
                fields=["entity", "parent", "name"],
                condition=Q(closed_at=None),
                name="department_name",
                nulls_distinct=False,
            ),
        ),
        TenantForeignKey("organisations_department", "head_id", "organisations_member"),
        migrations.AddField("memberrole", "until", models.DateTimeField("有效至", null=True)),
        migrations.AddField("token", "scope", models.JSONField("范围", default=list)),
        migrations.CreateModel(
            name="Substitute",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("since", models.DateField("自")),
                ("until", models.DateField("至")),
                ("reason", models.CharField("事由", max_length=200)),
                ("ended_at", models.DateTimeField("提前结束时间", null=True)),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="organisations.entity",
                        verbose_name="所属公司",
                    ),
                ),
                ("member", models.ForeignKey(related_name="substitutes", verbose_name="被代理人", **MEMBER)),
                ("substitute", models.ForeignKey(related_name="stands_in", verbose_name="代理人", **MEMBER)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=~Q(member=F("substitute")), name="substitute_two"),
                    models.CheckConstraint(condition=Q(until__gte=F("since")), name="substitute_period"),
                ],
            },
        ),
        TenantTable("organisations_substitute", inside=IN_STRUCTURE, system={"verifier": "SELECT"}),
        TenantForeignKey("organisations_substitute", "member_id", "organisations_member"),
        TenantForeignKey("organisations_substitute", "substitute_id", "organisations_member"),
    ]
