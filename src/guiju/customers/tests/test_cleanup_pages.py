"""Searching, freezing and proposing from the pages, over HTTP and on the command line (start_cleanup, freeze_found, propose_found)."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from guiju.archives.models import Disposal
from guiju.customers.models import Customer
from guiju.customers.tests.test_cleanup import archivist, decide, enter, past_the_door
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.disclosures import unmask_field
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.cli import cleanup as command
from guiju.privacy.models import Cleanup
from guiju.privacy.selectors.necessity import necessity_of
from guiju.privacy.services.cleanup import start_cleanup
from guiju.privacy.tests.factories import data_officer, publish

WHY = "责令改正通知书〔2026〕1号"


@pytest.fixture
def li(group: Group) -> Customer:
    """A person whose address somebody took from an older system without telling them."""
    publish(group)
    li = enter(group, {"name": "李小明", "phone": "13800138000"})
    past_the_door(group, li, address="杭州市西湖区某路1号")
    return li


def token_of(member: Member) -> str:
    with acting(member):
        return create_token(member=member, name="x", days=1, at=timezone.now())


def run(member: Member, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, list(arguments), obj=token_of(member))
    return result.exit_code, result.output


def test_from_the_search_to_the_report(group: Group, li: Customer, client: Client) -> None:
    officer = data_officer(group)
    sign_in(client, officer.user.username)
    assert "还没有查找过" in client.get(reverse("cleanup_list")).content.decode()
    tomorrow = timezone.localdate() + timedelta(days=1)
    late = client.post(reverse("start_cleanup"), {"on": tomorrow})
    assert late.status_code == 422 and "还没有到" in late.content.decode()
    page = client.post(reverse("start_cleanup"), {"on": timezone.localdate()}, follow=True)
    address = page.redirect_chain[-1][0]
    said = page.content.decode()
    assert "住址" in said and "收集时没有告知" in said and "《个人信息保护法》第十七条" in said
    assert "冻结全部" in said and "提请删除" in said
    people = client.get(f"{address}person/address/").content.decode()
    assert "李**" in people and "李小明" not in people and reverse("customer_detail", args=[li.pk]) in people
    assert client.get(f"{address}person/phone/").status_code == 404
    assert "已冻结1项" in client.post(f"{address}freeze/", {"reason": WHY}, follow=True).content.decode()
    twice = client.post(f"{address}freeze/", {"reason": WHY})
    assert twice.status_code == 422 and "已经冻结" in twice.content.decode()
    assert "仅存储" in client.get(reverse("customer_detail", args=[li.pk])).content.decode()
    told = client.post(f"{address}propose/", {"basis": "unlawful", "reason": WHY}, follow=True).content.decode()
    assert "已提请删除1人（户）的内容" in told
    with acting(officer):
        disposal = Disposal.objects.get()
    decide(group, disposal, at=timezone.now())
    assert "已销毁" in client.get(address).content.decode()
    for name, start in (("report.pdf", b"%PDF"), ("findings.xlsx", b"PK")):
        answer = client.get(f"{address}{name}")
        assert answer.status_code == 200 and answer.content.startswith(start)
    again = client.post(reverse("start_cleanup"), {"on": timezone.localdate()}, follow=True).content.decode()
    assert "没有发现违规数据" in again


def test_who_may_see_the_numbers_sees_no_people_of_another_company(group: Group, li: Customer, client: Client) -> None:
    officer = data_officer(group)
    with acting(officer):
        made = start_cleanup(entity_id=officer.entity_id, on=timezone.localdate(), actor=officer, at=timezone.now())
    sign_in(client, "hegui")
    address = reverse("cleanup_detail", args=[made.pk])
    page = client.get(address).content.decode()
    assert "住址" in page and "冻结全部" not in page
    people = client.get(reverse("cleanup_people", args=[made.pk, "person", "address"])).content.decode()
    assert "只有那家公司自己看得到" in people and "李" not in people.partition("<main")[2].replace("清理", "")
    assert client.get(reverse("print_cleanup", args=[made.pk])).status_code == 200
    assert client.post(reverse("freeze_found", args=[made.pk]), {"reason": WHY}).status_code == 403
    client.logout()
    for name, status in (("xiaoshou.a", 403), ("xiaoshou.b", 403)):
        sign_in(client, name)
        assert client.get(address).status_code == status
        client.logout()
    other = data_officer(group, group.company_b)
    sign_in(client, other.user.username)
    assert client.get(address).status_code == 404


def test_the_command_line_finds_freezes_and_proposes(group: Group, li: Customer) -> None:
    officer, code = data_officer(group), group.company_a.unified_code
    status, said = run(officer, "find", "--entity", code, "--format", "json")
    answer = json.loads(said)
    assert status == 1 and [one["field"] for one in answer["found"]] == ["person.address"]
    assert answer["found"][0]["why"][0]["rule"] == "privacy.told_first"
    status, said = run(officer, "find", "--entity", code, "--on", "2020-01-01")
    assert status == 0 and "0条有问题" in said
    assert run(officer, "freeze", answer["id"]) == (0, "已冻结1项\n")
    status, said = run(officer, "delete", answer["id"], "--reason", WHY)
    assert status == 0 and "等另一个人批准" in said
    with acting(officer):
        disposal = Disposal.objects.get()
    assert disposal.basis == "unlawful"
    decide(group, disposal, at=timezone.now())
    assert run(officer, "find", "--entity", code)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["find", "--entity", "X"], "company_missing"),
        (["find", "--entity", "{b}"], "company_missing"),
        (["find", "--entity", "{a}", "--on", "2999-01-01"], "day_in_future"),
        (["freeze", "01a22690-dd32-718b-bf7d-0bd18f74c618"], "cleanup_missing"),
        (["delete", "01a22690-dd32-718b-bf7d-0bd18f74c618", "--reason", WHY], "cleanup_missing"),
    ],
)
def test_the_command_line_says_what_cannot_be_done(group: Group, arguments: list[str], code: str) -> None:
    known = {"a": group.company_a.unified_code, "b": group.company_b.unified_code}
    given = [one.format_map(known) for one in arguments]
    result = CliRunner().invoke(command, given, obj=token_of(data_officer(group)))
    assert getattr(result.exception, "code", "") == code


def test_programs_search_too(group: Group, li: Customer, client: Client) -> None:
    officer = data_officer(group)
    headers = {"Authorization": f"Bearer {token_of(officer)}"}
    made = client.post("/api/v1/cleanups", {}, content_type="application/json", headers=headers)
    assert made.status_code == 201 and made.json()["holders"] == 1
    read = client.get(f"/api/v1/cleanups/{made.json()['id']}", headers=headers).json()
    assert read == made.json()
    future = {"on": "2999-01-01"}
    assert client.post("/api/v1/cleanups", future, content_type="application/json", headers=headers).status_code == 422
    stranger = {"Authorization": f"Bearer {token_of(group.sales_a)}"}
    assert client.get(f"/api/v1/cleanups/{made.json()['id']}", headers=stranger).status_code == 403


def test_the_report_on_necessity_says_what_is_hardly_filled(group: Group, client: Client) -> None:
    """Of forty people one gave a wechat; nobody wrote an e-mail; phones were looked at."""
    publish(group)
    people = [enter(group, {"name": f"李{n}号", "phone": f"138001380{n:02}"}) for n in range(39)]
    people.append(enter(group, {"name": "王小二", "wechat": "wangxiaoer"}))
    officer = data_officer(group)
    with acting(officer):
        unmask_field(
            code="customer.phone",
            subject_id=people[0].pk,
            entity_id=officer.entity_id,
            reason="核对回访电话",
            actor=officer,
            at=AT,
        )
        assert necessity_of(officer, officer.entity_id, at=AT) is None
        start_cleanup(entity_id=officer.entity_id, on=date(2026, 11, 24), actor=officer, at=AT)
        report = necessity_of(officer, officer.entity_id, at=AT + timedelta(minutes=1))
    assert report is not None
    known = {f"{one.field.record}.{one.field.code}": one for one in report.uses}
    phone, wechat, email = known["person.phone"], known["person.wechat"], known["person.email"]
    assert (phone.filled, phone.records, phone.share, phone.unmasked, phone.advice) == (39, 40, 97.5, 1, "")
    assert phone.last_on == date(2026, 11, 24)
    assert (wechat.share, wechat.unmasked, wechat.advice) == (2.5, 0, "填写的不到5%")
    assert (email.filled, email.advice) == (0, "从来没有填写")
    assert known["person.name"].advice == "" and known["person.company"].unmasked is None
    # Of too few contacts nothing is said.
    assert known["contact.phone"].share is None and known["contact.phone"].advice == ""
    sign_in(client, officer.user.username)
    page = client.get(reverse("necessity_report")).content.decode()
    assert "填写的不到5%" in page and reverse("retire_field", args=[officer.entity_id, "person", "wechat"]) in page
    status, said = run(officer, "necessity", "--format", "json")
    assert status == 0 and {one["field"] for one in json.loads(said)["fields"]} == known.keys()


def test_a_field_that_was_dropped_and_still_holds_values_is_named(group: Group) -> None:
    publish(group)
    li = enter(group, {"name": "李小明"})
    past_the_door(group, li, notice=True, health="对芒果过敏")
    officer = data_officer(group)
    with acting(officer):
        start_cleanup(entity_id=officer.entity_id, on=date(2026, 11, 24), actor=officer, at=AT)
        report = necessity_of(officer, officer.entity_id, at=AT)
    assert report is not None
    assert [one.advice for one in report.uses if one.field.code == "health"] == ["没有启用，还有1个值"]


def test_a_handful_of_people_isn_t_counted_before_who_may_not_open_them(group: Group, client: Client) -> None:
    """Of thirty people three gave a wechat: who may open them sees the three, who may not sees that they are few."""
    publish(group)
    for n in range(30):
        enter(group, {"name": f"李{n}号"} | ({"wechat": f"weixin{n:02}"} if n < 3 else {}))
    officer = data_officer(group)
    local = join(group.company_a, "compliance", "hegui.a", group.system_admin, group.security_admin)
    with acting(officer):
        start_cleanup(entity_id=officer.entity_id, on=date(2026, 11, 24), actor=officer, at=AT)
    said = {}
    for member in (officer, local):
        with acting(member):
            report = necessity_of(member, group.company_a.pk, at=AT + timedelta(minutes=1))
        assert report is not None
        said[member.user.username] = {
            one.field.code: (one.filled, one.share) for one in report.uses if one.kind == "个人客户"
        }
    assert said[officer.user.username]["wechat"] == (3, 10.0) and said["hegui.a"]["wechat"] == (None, None)
    for seen in said.values():
        assert seen["name"] == (30, 100.0) and seen["email"] == (0, 0.0)
    sign_in(client, "hegui.a")
    page = client.get(reverse("necessity_report")).content.decode()
    assert "少于 5 / 30" in page and "3 / 30" not in page
    status, told = run(local, "necessity", "--format", "json")
    assert (
        status == 0
        and {"wechat": None}.items()
        <= {
            one["field"].partition(".")[2]: one["filled"]
            for one in json.loads(told)["fields"]
            if one["kind"] == "个人客户"
        }.items()
    )


def test_without_a_right_nobody_searches(group: Group, client: Client) -> None:
    archivist(group)
    sign_in(client, "dangan.a")
    assert client.get(reverse("cleanup_list")).status_code == 200
    assert client.post(reverse("start_cleanup"), {"on": "2026-11-24"}).status_code == 403
    with acting(group.compliance):
        assert Cleanup.objects.count() == 0
    join(group.company_a, "marketing", "yingxiao.a", group.system_admin, group.security_admin)
    client.logout()
    sign_in(client, "yingxiao.a")
    for name in ("cleanup_list", "necessity_report"):
        assert client.get(reverse(name)).status_code == 403
