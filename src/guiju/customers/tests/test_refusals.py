"""The list of those who refuse what is commercial: put down by staff, imported, searched, taken out (拒收名单).

By the services `add_refusal` and `import_refusals`, and every way in.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given as drawn
from hypothesis import strategies as st

from guiju.customers.models import Customer
from guiju.customers.selectors.reading import reading
from guiju.customers.services.consents import record_customer_consent
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.tests.test_disposal_ways import Ways
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import Disclosure, Member, Role
from guiju.organisations.selectors import acting
from guiju.organisations.selectors.disclosures import words_of_disclosure
from guiju.organisations.services.disclosures import MOST_LOOKUPS
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.cli import refusal as command
from guiju.privacy.models import Consent, Refusal
from guiju.privacy.selectors.refusals import refused_among
from guiju.privacy.services.addresses import addresses_in_file, addresses_in_text
from guiju.privacy.services.refusals import Said, add_refusal, import_refusals, look_up_refusal
from guiju.privacy.tests.factories import data_officer, given, publish

PHONE, EMAIL = "13800138000", "Zhang.San@example.com"
LATER = AT + timedelta(days=1)
CALLED = Said("call", day_of(LATER), "录音 0012 号")


def reachable(group: Group) -> Customer:
    """A person who has a phone and an e-mail address, and has consented to marketing."""
    publish(group)
    with acting(group.sales_a):
        values = {"name": "李小明", "phone": PHONE, "email": EMAIL}
        how = How(consents=[given("marketing")])
        return add_customer(kind="person", values=values, how=how, actor=group.sales_a, at=AT).customer


@pytest.fixture
def li(group: Group) -> Customer:
    return reachable(group)


def usable(member: Member, customer: Customer) -> dict[str, str]:
    """Why the addresses of a customer can't be used for marketing, by field; empty where they can."""
    with acting(member), reading(member, purpose="marketing", on=day_of(LATER)) as seen:
        cells = seen.cells_of(seen.customer(customer.pk))
        return {code: cells[code].why for code in ("phone", "email")}


def test_what_somebody_told_on_the_phone_holds_at_once_and_ends_their_consent(group: Group, li: Customer) -> None:
    assert usable(group.sales_a, li) == {"phone": "", "email": ""}
    with acting(group.sales_a):
        [made] = add_refusal(addresses=[" 138 0013 8000", ""], said=CALLED, actor=group.sales_a, at=LATER)
        assert (made.way, made.means, made.sort, made.proof) == ("staff", "call", "phone", "录音 0012 号")
        assert (made.at, made.entered_at, made.by_id) == (LATER, LATER, group.sales_a.user_id)
        consent = Consent.objects.get(subject=li.subject)
        assert (consent.ending, consent.ended_at) == ("withdrawn", LATER)
    assert "拒收名单" in usable(group.sales_a, li)["phone"]
    with acting(group.sales_b):
        assert PHONE in refused_among([PHONE], group.company_b.pk)
        assert not Refusal.objects.exists()


def test_an_address_is_refused_however_it_is_spelt(group: Group, li: Customer) -> None:
    with acting(group.sales_a):
        reply = Said("reply", day_of(LATER), "短信 77 号")
        [made] = add_refusal(addresses=["ZHANG.SAN@Example.COM"], said=reply, actor=group.sales_a, at=LATER)
        assert (made.way, made.sort) == ("reply", "email")
    assert set(usable(group.sales_a, li)) == {"phone", "email"} and "拒收" in usable(group.sales_a, li)["email"]


def test_only_a_newer_consent_of_the_person_takes_one_off(group: Group, li: Customer) -> None:
    written = Said("letter", day_of(AT) - timedelta(days=3), "来信 5 号")
    with acting(group.sales_a):
        # Said before the consent was given: the person has agreed since.
        add_refusal(addresses=[PHONE], said=written, actor=group.sales_a, at=LATER)
    assert usable(group.sales_a, li)["phone"] == ""
    with acting(group.sales_a):
        add_refusal(addresses=[PHONE], said=CALLED, actor=group.sales_a, at=LATER)
        assert usable(group.sales_a, li)["phone"] != ""
        again = [given("marketing", at=LATER + timedelta(hours=1))]
        record_customer_consent(customer_id=li.pk, consents=again, actor=group.sales_a, at=LATER + timedelta(hours=2))
    assert usable(group.sales_a, li)["phone"] == ""


def test_what_says_nothing_is_refused_in_a_sentence(group: Group) -> None:
    tomorrow = day_of(LATER) + timedelta(days=1)
    for addresses, said, code in (
        ([""], CALLED, "address_empty"),
        (["1380013800"], CALLED, "phone_length"),
        (["x@"], CALLED, "email_shape"),
        ([PHONE], Said("call", tomorrow, "录音"), "said_in_future"),
        ([PHONE], Said("pigeon", day_of(AT), "录音"), "means_unknown"),
        ([PHONE], Said("call", day_of(AT), " \x00 "), "proof_empty"),
        ([PHONE], Said("call", day_of(AT), "长" * 201), "proof_long"),
        ([PHONE], Said("call", day_of(AT), f"本人用{PHONE}来电"), "number_misplaced"),
    ):
        with acting(group.sales_a), pytest.raises(Refused) as refused:
            add_refusal(addresses=addresses, said=said, actor=group.sales_a, at=LATER)
        assert refused.value.code.endswith(code), (code, refused.value.code)
    with acting(group.compliance), pytest.raises(NotAllowed):
        add_refusal(addresses=[PHONE], said=CALLED, actor=group.compliance, at=LATER)


def test_a_list_comes_in_and_its_wrong_lines_are_named(group: Group, li: Customer) -> None:
    officer = data_officer(group)
    text = f"手机\n{PHONE}\n1.38E+10\n张三\t13900139000\t备注\n没有号码的行\n13900139000\nzhang.san@example.com,李\n"
    said = Said("list", day_of(LATER), "12321 转来的名单 3 号")
    with acting(officer):
        made = import_refusals(given=addresses_in_text(text), said=said, actor=officer, at=LATER)
        assert (made.taken, made.known, [line for line, _ in made.wrong]) == (3, 0, [3, 5])
        again = import_refusals(given=addresses_in_text(text), said=said, actor=officer, at=LATER)
        assert (again.taken, again.known) == (0, 3)
        assert {one.way for one in Refusal.objects.all()} == {"import"}
        assert Consent.objects.get(subject=li.subject).ended_at == LATER
        with pytest.raises(Refused):
            import_refusals(given=addresses_in_text("电话\n座机"), said=said, actor=officer, at=LATER)
    with acting(group.sales_a), pytest.raises(NotAllowed):
        import_refusals(given=addresses_in_text(PHONE), said=said, actor=group.sales_a, at=LATER)


@drawn(st.text(max_size=300))
def test_any_text_is_a_list_or_names_its_lines(text: str) -> None:
    found = addresses_in_text(text)
    lines = len(text.replace("\x00", "").splitlines())
    assert all(1 <= line <= lines and why for line, why in found.wrong)
    assert len(set(found.addresses)) == len(found.addresses)


def test_staff_register_find_and_take_out_on_the_page(group: Group, li: Customer, client: Client) -> None:
    sign_in(client, group.sales_a.user.username)
    assert reverse("refusal_list") in client.get(reverse("catalogue")).content.decode()
    page = client.get(reverse("refusal_list"))
    assert "还没有人拒收" in page.content.decode() and "对集团各公司都有效是内部规则" in page.content.decode()
    assert (
        "登记人和加密的凭据" in page.content.decode() and "导入" not in page.content.decode().split("拒收名单</h1>")[0]
    )
    address = reverse("add_refusal")
    today = timezone.localdate().isoformat()
    given_ = {"phone": PHONE, "email": EMAIL, "means": "call", "on": today, "proof": "录音 0012 号"}
    assert client.post(address, {**given_, "phone": "138"}).status_code == 422
    told = client.post(address, given_, follow=True).content.decode()
    assert "可以这样答复本人" in told and "手机和电子邮箱" in told
    assert "录音 0012 号" in told and "李**" in told and PHONE not in told and EMAIL not in told
    found = client.get(reverse("refusal_list"), {"search": PHONE}).content.decode()
    assert "在拒收名单上" in found and found.count("录音 0012 号") == 1
    assert "不在拒收名单上" in client.get(reverse("refusal_list"), {"search": "13900139000"}).content.decode()
    for odd in ("x", "\x00", "9" * 5000, "@", "1380013800"):
        assert client.get(reverse("refusal_list"), {"search": odd}).status_code in (200, 422)
    assert client.get(reverse("export_refusals")).status_code == 403


def test_another_company_of_the_group_learns_yes_or_no_and_no_more(group: Group, li: Customer, client: Client) -> None:
    with acting(group.sales_a):
        add_refusal(addresses=[PHONE], said=CALLED, actor=group.sales_a, at=LATER)
    sign_in(client, group.sales_b.user.username)
    page = client.get(reverse("refusal_list"), {"search": PHONE}).content.decode()
    assert "由本集团的另一家公司登记" in page and "录音 0012 号" not in page and "李" not in page
    assert f"{timezone.localtime(LATER):%Y-%m-%d}" not in page and group.company_a.name not in page
    status, found = Ways(group.sales_b).api("GET", f"/refusals?address={PHONE}")
    assert (status, found) == (200, {"is_refused": True, "count": 0, "items": []})
    assert "还没有人拒收" in client.get(reverse("refusal_list")).content.decode()


def test_a_list_is_imported_and_taken_out_on_the_page(group: Group, client: Client) -> None:
    officer = data_officer(group)
    sign_in(client, officer.user.username)
    address, today = reverse("import_refusals"), timezone.localdate().isoformat()
    given_ = {"pasted": f"{PHONE}\nabc1\n", "means": "list", "on": today, "proof": "名单 1 号"}
    page = client.post(address, given_).content.decode()
    assert "记入拒收名单 1 个" in page and "第2行" in page
    assert client.post(address, {**given_, "pasted": ""}).status_code == 422
    said = {"purpose": "compliance", "reason": "核对名单", "ending": "csv"}
    answer = client.post(reverse("export_refusals"), said)
    file = b"".join(answer.streaming_content).decode()
    assert "名单 1 号" in file and "转来的名单" in file and PHONE not in file
    with acting(officer):
        assert Disclosure.objects.filter(sort="export", code="refusal.export", count=1).exists()


def test_programs_and_the_command_line_do_the_same(group: Group, li: Customer, tmp_path: Path) -> None:
    ways = Ways(group.sales_a)
    given_ = {"addresses": [PHONE], "means": "call", "proof": "录音 0012 号"}
    status, made = ways.api("POST", "/refusals", **given_)
    assert status == 201 and made[0]["sort"] == "phone" and PHONE not in str(made)
    status, found = ways.api("GET", f"/refusals?address={PHONE}")
    assert status == 200 and found["is_refused"] and found["count"] == 1
    assert ways.api("POST", "/refusals", **{**given_, "addresses": ["9"]})[0] == 422
    assert "在拒收名单上" in ways.run(command, "list", "--address", PHONE)
    officer = Ways(data_officer(group))
    file = tmp_path / "名单.csv"
    file.write_text(f"手机\n{PHONE}\n13900139000\n")
    assert "记入1个，1个已经在名单上" in officer.run(command, "import", file, "--means", "list", "--proof", "名单 1 号")
    assert "已登记" in ways.run(command, "add", "a@example.com", "--means", "letter", "--proof", "来信 2 号")


def test_a_workbook_is_read_like_a_pasted_list(tmp_path: Path) -> None:
    found = addresses_in_file("名单.csv", "姓名,电话\n张三,13900139000\n李四,139\n".encode("gb18030"))
    assert list(found.addresses) == ["13900139000"] and [line for line, _ in found.wrong] == [3]


def test_who_only_looks_sees_the_list_and_its_proof(group: Group, li: Customer, client: Client) -> None:
    with acting(group.sales_a):
        add_refusal(addresses=[PHONE], said=CALLED, actor=group.sales_a, at=LATER)
    join(group.company_a, "inspector", "jiancha.a", group.system_admin, group.security_admin)
    sign_in(client, "jiancha.a")
    page = client.get(reverse("refusal_list")).content.decode()
    assert "录音 0012 号" in page and reverse("add_refusal") not in page
    assert client.get(reverse("add_refusal")).status_code == 403


def test_who_sees_their_own_customers_only_learns_nothing_of_those_of_others(
    group: Group, li: Customer, client: Client
) -> None:
    with acting(group.sales_a):
        add_refusal(addresses=[PHONE], said=CALLED, actor=group.sales_a, at=LATER)
        again = [given("marketing", at=LATER + timedelta(hours=1))]
        record_customer_consent(customer_id=li.pk, consents=again, actor=group.sales_a, at=LATER + timedelta(hours=2))
    other = join(group.company_a, "sales", "sales.a2", group.system_admin, group.security_admin)
    asked = {"purpose": "compliance", "reason": "核对名单", "ending": "csv"}
    for member, sees in ((other, False), (group.sales_a, True), (data_officer(group), True)):
        ours = Client()
        sign_in(ours, member.user.username)
        page = ours.get(reverse("refusal_list")).content.decode()
        assert ("又同意接收" in page, "李**" in page) == (sees, sees), member
        assert "本公司的客户" not in page
    file = b"".join(ours.post(reverse("export_refusals"), asked).streaming_content).decode()
    assert "以后又同意" in file


def test_who_may_read_no_consents_is_not_told_of_one(group: Group, li: Customer, client: Client) -> None:
    with acting(group.sales_a):
        add_refusal(addresses=[PHONE], said=CALLED, actor=group.sales_a, at=LATER)
        again = [given("marketing", at=LATER + timedelta(hours=1))]
        record_customer_consent(customer_id=li.pk, consents=again, actor=group.sales_a, at=LATER + timedelta(hours=2))
    service = join(group.company_a, "service", "kefu.a", group.system_admin, group.security_admin)
    sign_in(client, service.user.username)
    assert "又同意接收" in client.get(reverse("refusal_list")).content.decode()
    role = Role.objects.get(code="service")
    Role.objects.filter(pk=role.pk).update(
        rights={code: at for code, at in role.rights.items() if code != "consent.read"}
    )
    page = client.get(reverse("refusal_list")).content.decode()
    assert "李**" in page and "又同意接收" not in page


def test_each_number_that_is_looked_up_is_logged_and_a_day_has_so_many(
    group: Group, li: Customer, client: Client
) -> None:
    member, ways = group.sales_a, Ways(group.sales_a)
    with acting(member):
        add_refusal(addresses=[PHONE], said=CALLED, actor=member, at=LATER)
    sign_in(client, member.user.username)
    assert client.get(reverse("refusal_list")).status_code == 200
    assert client.get(reverse("refusal_list"), {"search": "138"}).status_code == 422
    client.get(reverse("refusal_list"), {"search": PHONE})
    ways.api("GET", f"/refusals?address={PHONE}")
    ways.run(command, "list", "--address", PHONE)
    with acting(member):
        mine = Disclosure.objects.filter(member=member, sort="lookup", code="refusal.read")
        assert {words_of_disclosure(one) for one in mine} == {"查找号码在不在拒收名单"} and mine.count() == 3
        for _ in range(MOST_LOOKUPS - 3):
            look_up_refusal(address=EMAIL, actor=member, at=timezone.now())
    page = client.get(reverse("refusal_list"), {"search": PHONE})
    assert page.status_code == 422 and "今天按号码查找已满" in page.content.decode()
    assert ways.api("GET", f"/refusals?address={PHONE}")[0] == 422
