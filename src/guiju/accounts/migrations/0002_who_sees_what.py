"""Accounts belong to people, who sign in before any company is known: shared tables, each with its reason."""

from django.db import migrations

from guiju.database.policies import SharedTable

_BEFORE = "looked up before anybody's company is known"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        SharedTable(
            "accounts_session",
            rights="SELECT, INSERT, UPDATE, DELETE",
            why="a session exists before sign-in",
        ),
        SharedTable(
            "accounts_factor",
            rights="SELECT, INSERT, UPDATE, DELETE",
            system={"verifier": "SELECT"},
            why=f"{_BEFORE}; the secret is sealed",
        ),
        SharedTable(
            "accounts_recoverycode",
            rights="SELECT, INSERT, UPDATE, DELETE",
            why=f"{_BEFORE}; holds digests only",
        ),
        SharedTable(
            "accounts_accountlink",
            rights="SELECT, INSERT, UPDATE",
            system={"verifier": "SELECT"},
            why=f"{_BEFORE}; holds digests only",
        ),
        SharedTable(
            "accounts_signin",
            rights="SELECT, INSERT",
            why=f"{_BEFORE}; insert only, so that nobody edits the log of sign-ins",
        ),
        SharedTable(
            "accounts_recoverysheet",
            rights="SELECT, INSERT, UPDATE (ended_at)",
            system={"verifier": "SELECT"},
            why="sheets belong to the installation; holds digests only",
        ),
        SharedTable(
            "accounts_recovery",
            rights="SELECT, INSERT",
            system={"verifier": "SELECT"},
            why="shown to everyone for thirty days",
        ),
    ]
