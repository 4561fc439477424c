"""The constraint of the migration before holds for the rows that were there; checked without blocking them."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("organisations", "0003_sector_drugs")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        ValidateConstraint(model_name="entity", name="entity_sector"),
    ]
