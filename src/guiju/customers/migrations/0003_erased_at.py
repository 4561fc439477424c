"""Customers whose person was erased say so themselves: lists of a million need not ask a second table."""

from typing import Any

from django.db import migrations, models

from guiju.database.policies import rows_of_every_entity


def copy_from_subjects(apps: Any, schema_editor: Any) -> None:
    with (
        rows_of_every_entity(schema_editor, "customers_customer", "privacy_subject"),
        schema_editor.connection.cursor() as cursor,
    ):
        cursor.execute(
            "SELECT count(*) FROM privacy_subject s JOIN customers_customer c ON c.subject_id = s.id WHERE s.erased_at IS NOT NULL"
        )
        (wanted,) = cursor.fetchone()
        cursor.execute(
            "UPDATE customers_customer c SET erased_at = s.erased_at FROM privacy_subject s"
            " WHERE c.subject_id = s.id AND s.erased_at IS NOT NULL"
        )
        if cursor.rowcount != wanted:
            raise RuntimeError(f"{cursor.rowcount} customers of {wanted} were marked as erased")


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_who_sees_what"), ("privacy", "0003_frozen_fields")]

    operations = [
        migrations.RunSQL(
            "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '600s'", migrations.RunSQL.noop
        ),
        migrations.AddField(model_name="customer", name="erased_at", field=models.DateTimeField("删除时间", null=True)),
        migrations.RunPython(copy_from_subjects, migrations.RunPython.noop),
    ]
