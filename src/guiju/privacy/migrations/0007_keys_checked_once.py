"""The keys of consents are checked once, with their company, and no longer a second time without."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0006_frozen_found"),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="consent",
            name="notice",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="privacy.privacynotice",
                verbose_name="隐私告知",
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="subject",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="consents",
                to="privacy.subject",
            ),
        ),
    ]
