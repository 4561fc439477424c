"""Lines of business by which statutes keep a company's records longer."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import guiju.database.models
from guiju.database.policies import TenantTable

PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies = [
        ("archives", "0002_who_sees_what"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Business",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("lines", models.JSONField(default=list, verbose_name="经营身份")),
                ("reason", models.TextField(verbose_name="依据")),
                ("declared_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "declared_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "entity",
                    models.OneToOneField(
                        on_delete=PROTECT, related_name="+", to="organisations.entity", verbose_name="所属公司"
                    ),
                ),
            ],
        ),
        TenantTable("archives_business", system={"verifier": "SELECT"}),
    ]
