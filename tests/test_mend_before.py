"""A migration that rows of before stand in the way of says which, by their ids, and what to do."""

from __future__ import annotations

import psycopg
import pytest
from django.db import IntegrityError

from guiju.database.embedded import EmbeddedServer
from guiju.database.provision import Database
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, found_group
from guiju.project.prepare import to_mend_before
from guiju.sales.models import Lead
from guiju.sales.services.leads import open_lead
from guiju.sales.tests.factories import customer_of


def test_twins_of_open_leads_are_named_by_id_with_what_to_do(server: EmbeddedServer, own_database: Database) -> None:
    member = found_group().sales_a
    customer = customer_of(member, "东方餐饮")
    with acting(member):
        open_lead(customer_id=customer.pk, interest="年货礼盒", actor=member, at=AT)
    columns = ", ".join(one.column for one in Lead._meta.concrete_fields if one.column != "id")
    with psycopg.connect(server.url(own_database.name), autocommit=True) as admin:
        admin.execute("DROP INDEX lead_open_once")
        admin.execute(f"INSERT INTO sales_lead (id, {columns}) SELECT gen_random_uuid(), {columns} FROM sales_lead")
        with pytest.raises(psycopg.errors.UniqueViolation) as found:
            admin.execute(
                "CREATE UNIQUE INDEX CONCURRENTLY lead_open_once ON sales_lead (entity_id, customer_id)"
                " WHERE state = 'open'"
            )
    failure = IntegrityError()
    failure.__cause__ = found.value
    refused = to_mend_before(failure)
    assert refused is not None and str(customer.pk) in refused.sentence and "升级以前的版本" in refused.sentence
    assert "东方餐饮" not in refused.sentence and "年货" not in refused.sentence
    assert to_mend_before(IntegrityError()) is None
