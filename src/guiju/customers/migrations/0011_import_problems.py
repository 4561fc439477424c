"""What went back of an import lies batch by batch."""

import django.db.models.deletion
from django.db import migrations, models

import guiju.database.models
from guiju.database.policies import TenantForeignKey, TenantTable

PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies = [("customers", "0010_notes_to_seal")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="ImportProblems",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guiju.database.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("lines", models.BigIntegerField(verbose_name="行数")),
                ("problems", models.BinaryField(default=b"", verbose_name="问题（密文）")),
                (
                    "entity",
                    models.ForeignKey(
                        db_index=False, on_delete=PROTECT, to="organisations.entity", verbose_name="所属公司"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=PROTECT,
                        related_name="+",
                        to="customers.customerimport",
                        verbose_name="导入",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["entity", "source"], name="import_problems_of")]},
        ),
        TenantTable("customers_importproblems", system={"verifier": "SELECT"}),
        TenantForeignKey("customers_importproblems", "source_id", "customers_customerimport"),
    ]
