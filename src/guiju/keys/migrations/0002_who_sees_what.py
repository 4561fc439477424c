"""Rights on the table of keys."""

from django.db import migrations

from guiju.database.policies import SharedTable


class Migration(migrations.Migration):
    dependencies = [("keys", "0001_initial")]

    operations = [
        SharedTable(
            "keys_datakey",
            rights="SELECT, INSERT, UPDATE",
            sequence="keys_datakey_number_seq",
            system={"verifier": "SELECT"},
            why="wrapped keys, of no use without the master key; they are needed before any scope is set",
        ),
    ]
