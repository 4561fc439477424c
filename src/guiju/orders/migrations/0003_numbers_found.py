"""A part of an order number is found by each three neighbours in it."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from guiju.database.policies import rows_of_every_entity

FILL = """
    UPDATE orders_order SET number_keys = (
        SELECT jsonb_agg(DISTINCT substr(lower(number), place, 3))
        FROM generate_series(1, greatest(length(number) - 2, 1)) AS place
    )
"""


def fill(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    with rows_of_every_entity(schema_editor, "orders_order"):
        schema_editor.execute(FILL)


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_who_sees_what")]

    operations = [
        migrations.RunSQL(
            "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '600s'", migrations.RunSQL.noop
        ),
        migrations.AddField(
            model_name="order",
            name="number_keys",
            field=models.JSONField("订单号的索引", default=list, db_default=models.Value([], models.JSONField())),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
