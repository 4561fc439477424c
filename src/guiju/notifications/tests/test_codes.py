"""A code reaches the phone only, lives shortly, works once, and can't be asked for at will."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

import guiju
from guiju.database.scope import scope
from guiju.kernel.errors import Refused
from guiju.notifications.models import Code, Notice
from guiju.notifications.sealing import open_content
from guiju.notifications.selectors.notices import shown
from guiju.notifications.services.codes import CODE, LASTS, MOST_TRIES, check_code, send_code
from guiju.notifications.tests.factories import approve_texts, send_all, set_gateway
from guiju.notifications.tests.gateway import gateway
from guiju.organisations.tests.factories import AT, Group, join, sign_in

pytestmark = pytest.mark.django_db
PHONE = "13800138000"


def ask(group: Group, *, phone: str = PHONE, origin: str = "203.0.113.9", later: timedelta = timedelta(0)) -> None:
    with scope(entities={group.company_a.pk}):
        send_code(entity_id=group.company_a.pk, purpose="complaint", phone=phone, origin=origin, at=AT + later)


def check(group: Group, code: str, *, later: timedelta = timedelta(0), purpose: str = "complaint") -> bool:
    with scope(entities={group.company_a.pk}):
        return check_code(entity_id=group.company_a.pk, purpose=purpose, phone=PHONE, code=code, at=AT + later)


def sent(group: Group) -> str:
    with scope(entities={group.company_a.pk}):
        notice = Notice.objects.filter(kind=CODE.code).latest("pk")
        return open_content(bytes(notice.content), entity=notice.entity_id, notice=notice.pk).values["code"]


def test_a_code_works_once_for_its_purpose_and_for_five_minutes(group: Group) -> None:
    ask(group)
    code = sent(group)
    with pytest.raises(Refused, match="已失效"):
        check(group, code, purpose="withdrawal")
    with pytest.raises(Refused, match="已失效"):
        check(group, code, later=LASTS + timedelta(seconds=1))
    assert check(group, f" {code} ")
    with pytest.raises(Refused, match="已失效"):
        check(group, code)


def test_wrong_tries_are_counted_and_end_it(group: Group) -> None:
    ask(group)
    code = sent(group)
    for _ in range(MOST_TRIES):
        assert not check(group, "x")
    with pytest.raises(Refused, match="已失效"):
        check(group, code)


def test_a_new_code_ends_the_one_before_it(group: Group) -> None:
    ask(group)
    first = sent(group)
    ask(group, later=timedelta(minutes=2))
    if first != sent(group):
        assert not check(group, first, later=timedelta(minutes=2))
    assert check(group, sent(group), later=timedelta(minutes=2))


def test_a_phone_and_an_address_get_no_more_than_their_share(group: Group) -> None:
    ask(group)
    with pytest.raises(Refused, match="1分钟后"):
        ask(group, later=timedelta(seconds=30))
    for number in range(1, 5):
        ask(group, later=timedelta(minutes=2 * number))
    with pytest.raises(Refused, match="1小时后"):
        ask(group, later=timedelta(minutes=12))
    for number in range(30):
        ask(group, phone=f"139001390{number:02}", origin="198.51.100.1")
    with pytest.raises(Refused, match="1小时后"):
        ask(group, phone="13700137000", origin="198.51.100.1")


def test_the_limits_hold_over_all_companies(group: Group) -> None:
    ask(group)
    with scope(entities={group.company_b.pk}), pytest.raises(Refused, match="1分钟后"):
        send_code(entity_id=group.company_b.pk, purpose="complaint", phone=PHONE, origin="192.0.2.1", at=AT)


@pytest.mark.parametrize("phone", ["010-62345678", "+1 415 555 0100", ""])
def test_only_a_mobile_number_is_sent_one(group: Group, phone: str) -> None:
    with pytest.raises(Refused) as refused:
        ask(group, phone=phone)
    assert refused.value.problems[0].field == "phone"


def test_every_kind_is_known_to_a_program_that_has_just_started() -> None:
    """A page that doesn't know a kind can't know either which of its values is secret."""
    asked = "import django; django.setup(); from guiju.notifications.registry import NOTICES; print(*NOTICES)"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "guiju.project.settings"}
    done = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True)
    source = Path(guiju.__file__).parent
    files = (path for path in source.rglob("*.py") if "tests" not in path.parts)
    written = {code for path in files for code in _KIND.findall(path.read_text("utf-8"))}
    assert {"notifications.code", "deadlines.late"} <= written == set(done.stdout.split())


_KIND = re.compile(r"register_notice\(\s*NoticeKind\(\s*\"([a-z_.]+)\"")


def test_of_a_kind_that_nobody_knows_every_value_is_covered(group: Group) -> None:
    ask(group)
    with scope(entities={group.company_a.pk}):
        notice = Notice.objects.get(kind=CODE.code)
        code, notice.kind = sent(group), "somebody.else_s"
        assert code not in shown([notice])[0].text


def test_a_code_goes_to_the_phone_and_is_shown_on_no_page(group: Group, client: Client) -> None:
    join(group.company_a, "service", "kefu", group.system_admin, group.security_admin)
    with gateway() as sms:
        set_gateway(group.company_a, sms)
        approve_texts(group.company_a, CODE.code)
        ask(group)
        send_all()
    code = sent(group)
    assert sms.seen[0]["params"]["code"] == code and code in sms.seen[0]["text"]
    with scope(entities={group.company_a.pk}):
        notice = Notice.objects.get(kind=CODE.code)
        assert "••••••" in shown([notice])[0].text
        kept = Code.objects.get()
    assert code.encode() not in bytes(kept.digest) and PHONE.encode() not in bytes(kept.phone)
    sign_in(client, "kefu")
    for address in (reverse("sent_list"), reverse("sent_detail", args=[notice.pk])):
        page = client.get(address).text
        assert not re.search(rf"(?<!\d){code}(?!\d)", page) and PHONE not in page
