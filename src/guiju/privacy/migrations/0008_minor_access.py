"""Who may see minors' information, and until when."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import guiju.database.models
from guiju.database.policies import TenantForeignKey, TenantTable

PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0007_keys_checked_once"),
        ("organisations", "0009_minors_seen"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="MinorAccess",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("purpose", models.TextField(verbose_name="用途")),
                ("reason", models.TextField(verbose_name="理由")),
                ("asked_at", models.DateTimeField(verbose_name="申请时间")),
                ("until", models.DateField(verbose_name="到哪天为止")),
                ("allowed_at", models.DateTimeField(null=True, verbose_name="批准时间")),
                ("refused_at", models.DateTimeField(null=True, verbose_name="没有批准")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="提前收回")),
                (
                    "allowed_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="批准人",
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
                        verbose_name="谁",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=PROTECT,
                        related_name="+",
                        to="privacy.subject",
                        verbose_name="个人",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["member", "until"], name="minoraccess_of")]},
        ),
        TenantTable("privacy_minoraccess", system={"verifier": "SELECT"}),
        TenantForeignKey("privacy_minoraccess", "member_id", "organisations_member"),
        TenantForeignKey("privacy_minoraccess", "subject_id", "privacy_subject"),
    ]
