"""What the role `verifier` may read: the committed columns of every committed table, and nothing else of them."""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

from guiju.database.policies import role
from guiju.evidence.registry import COMMITTED


def let_verifier_read(owner: BaseDatabaseWrapper) -> None:
    """Grant it, as the owner of the tables; running it again changes nothing."""
    with owner.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'for_verifier')"
            " FROM pg_class c WHERE c.relkind = 'r' AND c.relrowsecurity AND c.relnamespace = 'public'::regnamespace"
        )
        is_open = dict(cursor.fetchall())
        for committed in COMMITTED.values():
            meta = committed.model._meta
            columns = {field.attname: field.column for field in meta.concrete_fields}
            chosen = ", ".join(f'"{columns[code]}"' for code in committed.columns)
            cursor.execute(f'GRANT SELECT ({chosen}) ON "{meta.db_table}" TO {role("verifier")}')
            if is_open.get(meta.db_table) is True:
                cursor.execute(f'ALTER POLICY for_verifier ON "{meta.db_table}" TO {role("verifier")} USING (true)')
            elif is_open.get(meta.db_table) is False:
                cursor.execute(
                    f'CREATE POLICY for_verifier ON "{meta.db_table}" FOR SELECT TO {role("verifier")} USING (true)'
                )
