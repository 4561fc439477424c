"""What stands on paper of the log is what the public page says of it."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
from django.conf import settings
from django.test import Client
from pypdf import PdfReader

from guiju.database.provision import Database
from guiju.documents.ready_made import DEADLINE
from guiju.documents.selectors import letterhead_of, mark_of
from guiju.documents.typesetting import print_pdf
from guiju.evidence.sequencer import Sequencer
from guiju.evidence.signing import make_signer
from guiju.organisations.models import Entity
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import Group, make_group


def paper_of(group: Group) -> str:
    """What is printed of a company, without blanks."""
    with acting(group.sales_a):
        company = Entity.objects.get(pk=group.company_a.pk)
        of, mark = letterhead_of(company), mark_of(company)
    made = print_pdf(DEADLINE.code, DEADLINE.sample, of=of, on=date(2026, 11, 28), mark=mark)
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(made.content)).pages)


def test_the_address_on_paper_leads_to_a_page_that_shows_the_same_digest_and_number(
    own_database: Database, tmp_path: Path
) -> None:
    group = make_group()
    before = paper_of(group)
    assert "存证号尚未排位" in before and "条目摘要（SHA-256）尚未排位" in before
    with psycopg.connect(own_database.conninfo("sequencer"), autocommit=True) as connection:
        Sequencer(connection, make_signer(tmp_path, origin="guiju/papers")).round(
            at=datetime.now(UTC), every=timedelta(0)
        )
    paper = paper_of(group)
    said = re.search(
        r"存证号([0-9]+)条目摘要（SHA-256）([0-9a-f]{64})记录摘要（SHA-256）([0-9a-f]{64})扫码或打开(\S+?)核对", paper
    )

    assert said and said[4].startswith(settings.GUIJU_CONSUMER_URL)
    page = Client().get(said[4].removeprefix(settings.GUIJU_CONSUMER_URL)).text
    assert "证明成立" in page
    shown = re.search(r'条目摘要（SHA-256）<br><span class="code">([0-9a-f]{64})', page)
    assert shown and shown[1] == said[2] != said[3]
    assert re.search(rf'存证号</div><div class="datagrid-content">{said[1]}<', page)
