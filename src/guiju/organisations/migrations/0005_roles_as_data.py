"""A role holds its whole row of the matrix; grants end; companies have relations; people have addresses."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

import guiju.database.models
from guiju.database.policies import IN_STRUCTURE, DroppedTable, TenantTable, role


class Migration(migrations.Migration):
    dependencies = [("organisations", "0004_sector_checked")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AddField("role", "id", models.UUIDField(null=True, editable=False)),
        migrations.RunSQL("UPDATE organisations_role SET id = gen_random_uuid()", migrations.RunSQL.noop),
        migrations.AlterField(
            "role",
            "id",
            models.UUIDField(default=guiju.database.models.new_id, editable=False, unique=True),
        ),
        migrations.AddField("role", "rights", models.JSONField("权限", default=dict)),
        migrations.AddField("role", "treatments", models.JSONField("字段", default=dict)),
        migrations.AddField("role", "is_ready_made", models.BooleanField("随程序提供", default=False)),
        migrations.AddField("role", "retired_at", models.DateTimeField("停用时间", null=True)),
        migrations.AddConstraint(
            "role",
            models.UniqueConstraint(fields=["name"], condition=Q(retired_at=None), name="role_name"),
        ),
        # The ready-made roles are written anew from roles.yaml before anybody can sign in.
        migrations.DeleteModel("Grant"),
        DroppedTable("organisations_grant"),
        migrations.AddField("user", "email", models.CharField("电子邮箱", max_length=254, blank=True, default="")),
        migrations.AddField("user", "phone", models.CharField("手机", max_length=20, blank=True, default="")),
        migrations.AlterField("user", "email", models.CharField("电子邮箱", max_length=254, blank=True)),
        migrations.AlterField("user", "phone", models.CharField("手机", max_length=20, blank=True)),
        migrations.AddField("memberrole", "ended_at", models.DateTimeField("收回时间", null=True)),
        migrations.RemoveConstraint("memberrole", "member_role_once"),
        migrations.AddConstraint(
            "memberrole",
            models.UniqueConstraint(
                fields=["entity", "member", "role"], condition=Q(ended_at=None), name="member_role_once"
            ),
        ),
        migrations.RunSQL(
            f"GRANT UPDATE (ended_at) ON organisations_memberrole TO {role('app')}", migrations.RunSQL.noop
        ),
        migrations.RemoveConstraint("member", "member_once"),
        migrations.AddConstraint(
            "member",
            models.UniqueConstraint(fields=["entity", "user"], condition=Q(left_at=None), name="member_once"),
        ),
        migrations.CreateModel(
            name="Relation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "sort",
                    models.CharField(
                        "关系",
                        max_length=10,
                        choices=[("entrust", "委托处理"), ("provide", "提供"), ("joint", "共同处理")],
                    ),
                ),
                ("purposes", models.JSONField("目的", default=list)),
                ("fields", models.JSONField("可见的敏感字段", default=list)),
                ("contract", models.CharField("合同或协议", max_length=120)),
                ("since", models.DateField("自")),
                ("until", models.DateField("至", null=True)),
                ("ended_at", models.DateTimeField("终止时间", null=True)),
                ("confirmed_at", models.DateTimeField("确认时间", null=True)),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="确认人",
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="organisations.entity",
                        verbose_name="提供方",
                    ),
                ),
                (
                    "receiver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.entity",
                        verbose_name="接收方",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=~Q(entity=F("receiver")), name="relation_two"),
                    models.CheckConstraint(condition=Q(until=None) | Q(until__gte=F("since")), name="relation_period"),
                ],
            },
        ),
        TenantTable(
            "organisations_relation",
            inside=IN_STRUCTURE,
            also=IN_STRUCTURE.format(column="receiver_id"),
            system={"verifier": "SELECT"},
        ),
    ]
