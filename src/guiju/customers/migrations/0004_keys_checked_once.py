"""The keys of customers and contacts are checked once, with their company, and no longer a second time without."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0003_erased_at"),
        ("organisations", "0008_disclosure_purpose"),
        ("privacy", "0007_keys_checked_once"),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="contact",
            name="subject",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="privacy.subject",
                verbose_name="个人",
            ),
        ),
        migrations.AlterField(
            model_name="customer",
            name="made_by",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisations.member",
                verbose_name="登记人",
            ),
        ),
        migrations.AlterField(
            model_name="customer",
            name="owner",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisations.member",
                verbose_name="负责人",
            ),
        ),
        migrations.AlterField(
            model_name="customer",
            name="subject",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="privacy.subject",
                verbose_name="个人",
            ),
        ),
    ]
