"""What a customer is found and sorted by, and what twins have alike; whoever is there already is filled in by the worker."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0011_import_problems")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="customer",
            name="plain_name",
            field=models.TextField("名称，便于查找", default="", db_default=""),
        ),
        migrations.AddField(
            model_name="customer",
            name="name_keys",
            field=models.JSONField("名称的索引", default=list, db_default=models.Value([], models.JSONField())),
        ),
        migrations.AddField(
            model_name="customer", name="pinyin", field=models.TextField("拼音", null=True, db_collation="C")
        ),
        migrations.AddField(model_name="customer", name="email_key", field=models.BinaryField("邮箱索引", null=True)),
        migrations.AddField(
            model_name="customer", name="identity_key", field=models.BinaryField("证件号索引", null=True)
        ),
    ]
