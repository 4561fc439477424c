"""Lists are kept of opportunities, leads and orders too: the same name may stand for one of each."""

from django.db import migrations, models

NAME = "saved_list_once"


class Migration(migrations.Migration):
    # Made beside those who write: outside of a transaction, and from the start if it broke off.
    atomic = False
    dependencies = [("customers", "0020_import_samples")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = '5s'",
                        "SET statement_timeout = '60s'",
                        "ALTER TABLE customers_savedlist ADD COLUMN IF NOT EXISTS kind text NOT NULL DEFAULT 'customers'",
                        f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}",
                        f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {NAME}"
                        " ON customers_savedlist (entity_id, member_id, kind, name) WHERE removed_at IS NULL",
                        "DROP INDEX CONCURRENTLY IF EXISTS saved_list_name",
                        "RESET lock_timeout",
                        "RESET statement_timeout",
                    ],
                    # Where two kinds have a list of one name, the version before keeps both, but no longer watches.
                    [
                        f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}",
                        "ALTER TABLE customers_savedlist DROP COLUMN IF EXISTS kind",
                    ],
                )
            ],
            state_operations=[
                migrations.AddField(
                    "savedlist",
                    "kind",
                    models.TextField("哪个列表", default="customers", db_default="customers"),
                ),
                migrations.RemoveConstraint("savedlist", "saved_list_name"),
                migrations.AddConstraint(
                    "savedlist",
                    models.UniqueConstraint(
                        fields=("entity", "member", "kind", "name"), condition=models.Q(("removed_at", None)), name=NAME
                    ),
                ),
            ],
        )
    ]
