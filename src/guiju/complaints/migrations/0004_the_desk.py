"""What agents work with: who is at a case, remedies and limits, letters, and what belongs together."""

import django.db.models.deletion
from django.db import migrations, models

import guiju.database.models
from guiju.database.policies import TenantForeignKey, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("complaints", "0002_who_sees_what"),
        ("organisations", "0013_looks_found"),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Presence",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "complaint",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="complaints.complaint",
                        verbose_name="投诉",
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
                    "member",
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
                    models.UniqueConstraint(fields=("entity", "complaint", "member"), name="presence_once")
                ],
            },
        ),
        TenantTable("complaints_presence", rights="SELECT, INSERT, UPDATE, DELETE"),
        TenantForeignKey("complaints_presence", "complaint_id", "complaints_complaint"),
        TenantForeignKey("complaints_presence", "member_id", "organisations_member"),
    ]
