"""What was done, and what was given to others, each have an index; who gave something is of the same company."""

from django.db import migrations, models

INDEXES = {
    "todo_done": "(entity_id, member_id, done_at DESC) WHERE done_at IS NOT NULL",
    "todo_given": "(entity_id, given_by_id) WHERE given_by_id IS NOT NULL",
}
TWIN = "sales_todo_given_by_id_same_entity"


class Migration(migrations.Migration):
    # Made beside those who write: outside of a transaction, and again if it broke off.
    atomic = False
    dependencies = [("sales", "0004_leads_and_tasks")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = '5s'",
                        "SET statement_timeout = '1800s'",
                        *(
                            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON sales_todo {columns}"
                            for name, columns in INDEXES.items()
                        ),
                        f"ALTER TABLE sales_todo DROP CONSTRAINT IF EXISTS {TWIN}",
                        f"ALTER TABLE sales_todo ADD CONSTRAINT {TWIN} FOREIGN KEY (entity_id, given_by_id)"
                        " REFERENCES organisations_member (entity_id, id) DEFERRABLE INITIALLY DEFERRED NOT VALID",
                        f"ALTER TABLE sales_todo VALIDATE CONSTRAINT {TWIN}",
                        "RESET lock_timeout",
                        "RESET statement_timeout",
                    ],
                    [
                        f"ALTER TABLE sales_todo DROP CONSTRAINT IF EXISTS {TWIN}",
                        *(f"DROP INDEX CONCURRENTLY IF EXISTS {name}" for name in INDEXES),
                    ],
                )
            ],
            state_operations=[
                migrations.AddIndex(
                    "todo",
                    models.Index(
                        fields=["entity", "member", "-done_at"],
                        condition=models.Q(("done_at__isnull", False)),
                        name="todo_done",
                    ),
                ),
                migrations.AddIndex(
                    "todo",
                    models.Index(
                        fields=["entity", "given_by"],
                        condition=models.Q(("given_by__isnull", False)),
                        name="todo_given",
                    ),
                ),
            ],
        )
    ]
