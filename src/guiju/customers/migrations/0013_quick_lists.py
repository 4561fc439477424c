"""Names by part, pinyin, what twins have alike, and the orders of the list each have an index."""

import django.contrib.postgres.indexes
from django.db import migrations, models

INDEXES = {
    "customer_by_email": "(entity_id, email_key) WHERE email_key IS NOT NULL",
    "customer_by_identity": "(entity_id, identity_key) WHERE identity_key IS NOT NULL",
    "customer_by_name": "USING gin (name_keys jsonb_path_ops)",
    "customer_by_pinyin": "(entity_id, pinyin, id)",
    "customer_unread": "(entity_id, id) WHERE pinyin IS NULL",
    "customer_last_touch": "(entity_id, last_touch_at DESC NULLS LAST, id)",
    "customer_due": "(entity_id, next_touch_on, id DESC)",
}


class Migration(migrations.Migration):
    # Made beside those who write: outside of a transaction, and again if it broke off.
    atomic = False
    dependencies = [("customers", "0012_names_found")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = '5s'",
                        "SET statement_timeout = '1800s'",
                        *(
                            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON customers_customer {columns}"
                            for name, columns in INDEXES.items()
                        ),
                        "RESET lock_timeout",
                        "RESET statement_timeout",
                    ],
                    [f"DROP INDEX CONCURRENTLY IF EXISTS {name}" for name in INDEXES],
                )
            ],
            state_operations=[
                migrations.AddIndex(
                    "customer",
                    models.Index(
                        fields=["entity", "email_key"],
                        condition=models.Q(("email_key__isnull", False)),
                        name="customer_by_email",
                    ),
                ),
                migrations.AddIndex(
                    "customer",
                    models.Index(
                        fields=["entity", "identity_key"],
                        condition=models.Q(("identity_key__isnull", False)),
                        name="customer_by_identity",
                    ),
                ),
                migrations.AddIndex(
                    "customer",
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("name_keys", name="jsonb_path_ops"),
                        name="customer_by_name",
                    ),
                ),
                migrations.AddIndex(
                    "customer", models.Index(fields=["entity", "pinyin", "id"], name="customer_by_pinyin")
                ),
                migrations.AddIndex(
                    "customer",
                    models.Index(fields=["entity", "id"], condition=models.Q(("pinyin", None)), name="customer_unread"),
                ),
                migrations.AddIndex(
                    "customer",
                    models.Index(
                        models.F("entity"),
                        models.OrderBy(models.F("last_touch_at"), descending=True, nulls_last=True),
                        models.F("id"),
                        name="customer_last_touch",
                    ),
                ),
                migrations.AddIndex(
                    "customer",
                    models.Index(
                        models.F("entity"),
                        models.F("next_touch_on"),
                        models.OrderBy(models.F("id"), descending=True),
                        name="customer_due",
                    ),
                ),
            ],
        )
    ]
