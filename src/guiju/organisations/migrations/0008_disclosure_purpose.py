"""What rows about people were taken out for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("organisations", "0007_disclosures")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="disclosure",
            name="purpose",
            field=models.TextField("用途", blank=True, db_default=""),
        ),
    ]
