"""Who reads and writes the calendar."""

from django.db import migrations

from guiju.database.policies import SharedTable


class Migration(migrations.Migration):
    dependencies = [("deadlines", "0001_initial")]

    operations = [
        SharedTable(
            "deadlines_yearnotice",
            rights="SELECT, INSERT, UPDATE",
            system={"verifier": "SELECT"},
            why="the State Council's notice is the same for all companies",
        ),
    ]
