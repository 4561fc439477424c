"""A guardian is asked before anything of the child is stored (登记前征求同意): by `invite_guardian`, `answer_invitation`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from guiju.customers.models import Customer, Invitation
from guiju.customers.selectors.reading import reading
from guiju.customers.services.inviting import Answer, answer_invitation, invite_guardian
from guiju.customers.tests.test_guardians import teach
from guiju.customers.tests.test_import_customers import load
from guiju.database.scope import scope
from guiju.kernel.errors import NotAllowed, Refused
from guiju.notifications.models import Notice
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.guardians import Guardian
from guiju.privacy.models import Consent, ConsentRequest, Subject
from guiju.privacy.services.asking import open_link, withdraw_by_link
from guiju.privacy.services.catalogue import activate_field, assess_field
from guiju.privacy.tests.factories import data_officer, publish
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

VALUES = {"name": "小禾", "phone": "13800138000", "birthday": "2020-05-01"}
MOTHER = Guardian("王芳", "母亲")


@pytest.fixture
def school(group: Group) -> Group:
    teach(group)
    publish(group)
    return group


def invite(group: Group, *codes: str) -> str:
    with acting(group.sales_a):
        return invite_guardian(codes=codes, actor=group.sales_a, at=AT).secret


def answer(
    group: Group, secret: str, *, yes: str = "name phone", guardian: Guardian | None = MOTHER, **more: Any
) -> Customer | None:
    with scope(entities={group.company_a.pk}):
        items = Invitation.objects.get(member=group.sales_a).items
        answers = [any(name.partition(".")[2] in yes.split() for name in item["fields"]) for item in items]
        given = Answer(answers, {**VALUES, **more}, guardian)
        return answer_invitation(secret=secret, given=given, at=AT + timedelta(hours=1))


def held(group: Group) -> tuple[int, int, int]:
    with acting(group.sales_a):
        return Customer.objects.count(), Subject.objects.count(), Consent.objects.count()


def test_what_the_guardian_agreed_to_makes_the_customer_of_who_asked(school: Group) -> None:
    secret = invite(school, "phone", "gender")
    made = answer(school, secret, gender="female")
    assert made is not None and (made.name, made.owner_id, made.made_by_id) == ("小禾", school.sales_a.pk, None)
    with acting(school.sales_a), reading(school.sales_a, purpose="sales", on=timezone.localdate()) as seen:
        cells = seen.cells_of(seen.customer(made.pk))
        assert cells["phone"].text == "138****8000" and not {"gender", "birthday"} & cells.keys()
        # How old the child is stays known, though the birthday wasn't agreed to.
        assert made.subject is not None and made.subject.minor_until is not None
        assert seen.answerer(made) == "guardian"
        assert {(one.by_guardian, one.channel) for one in Consent.objects.all()} == {(True, "online")}


def test_who_sent_the_link_hears_of_the_answer_and_of_nothing_in_it(school: Group) -> None:
    for yes in ("name phone", ""):
        secret = invite(school, "phone")
        with scope(entities={school.company_a.pk}):
            items = Invitation.objects.get(answered_at=None).items
            agreed = [any(name.partition(".")[2] in yes.split() for name in item["fields"]) for item in items]
            answer_invitation(secret=secret, given=Answer(agreed, VALUES, MOTHER), at=AT + timedelta(hours=1))
    with acting(school.sales_a):
        customer = Customer.objects.get()
        first, second = Notice.objects.filter(kind="customers.invitation_answered").order_by("made_at", "pk")
        assert customer.owner_id == first.member_id == second.member_id == school.sales_a.pk
        assert first.url == f"/customers/{customer.pk}/" and second.url == "/customers/invite/"
    told = sign_in(Client(), "xiaoshou.a").get("/notices/").content.decode()
    assert "同意登记" in told and "没有同意" in told and "没有登记任何内容" in told
    assert "小禾" not in told and "13800138000" not in told and "王芳" not in told


def test_it_is_answered_once_and_the_link_then_leads_to_where_it_is_withdrawn(school: Group) -> None:
    secret = invite(school, "phone")
    made = answer(school, secret)
    with scope(entities={school.company_a.pk}):
        given = Answer([True], VALUES, MOTHER)
        with pytest.raises(Refused, match="已经用过"):
            answer_invitation(secret=secret, given=given, at=AT + timedelta(hours=2))
        assert made is not None and ConsentRequest.objects.get().subject_id == made.subject_id
        opened = open_link(secret=secret, at=AT + timedelta(hours=2))
        assert not opened.is_open and len(opened.consents) == 4
        withdraw_by_link(secret=secret, consent_id=opened.consents[0].pk, at=AT + timedelta(hours=2))


def test_a_no_and_no_answer_leave_nothing(school: Group) -> None:
    before = held(school)
    secret = invite(school, "phone")
    assert answer(school, secret, yes="") is None
    assert held(school) == before
    with acting(school.sales_a):
        assert Invitation.objects.get().customer_id is None
    with pytest.raises(Refused, match="已经用过或者过期"):
        answer(school, secret)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"guardian": None}, "要由父母或者其他监护人答复"),
        ({"birthday": ""}, "请填写孩子的出生日期"),
        ({"birthday": "2099-01-01"}, "请填写孩子的出生日期"),
        ({"yes": "phone"}, "请同意姓名，或者全部选择不同意"),
        ({"name": ""}, "请填写姓名"),
        ({"name": "小\x00禾"}, "字符"),
        ({"name": "禾" * 500}, "最多200个"),
        ({"phone": "123"}, "手机"),
    ],
)
def test_what_cannot_be_taken_in_stores_nothing(school: Group, wrong: dict[str, Any], told: str) -> None:
    before, secret = held(school), invite(school, "phone")
    with pytest.raises(Refused, match=told):
        answer(school, secret, **wrong)
    assert held(school) == before
    assert answer(school, secret) is not None


@pytest.fixture
def asks_for_numbers(group: Group) -> Group:
    """A school that has assessed identity numbers, and tells of them."""
    teach(group)
    officer = data_officer(group)
    legal = join(group.company_a, "legal", "fawu.a", group.system_admin, group.security_admin)
    field = {"entity_id": officer.entity_id, "record_kind": "person", "code": "identity_number", "at": AT}
    said = {
        "necessity": "考试报名要核对证件，没有别的办法",
        "impact": "泄露可能被冒用身份，造成损失",
        "measures": "分块加密存储，查看要理由",
    }
    with acting(officer):
        made = assess_field(actor=officer, **said, **field)  # type: ignore[arg-type]
        approval = Approval.objects.get(subject_id=made.pk)
    with acting(legal):
        decide_approval(approval_id=approval.pk, allows=True, note="", actor=legal, at=AT)
    with acting(officer):
        activate_field(actor=officer, **field)  # type: ignore[arg-type]
    publish(group)
    return group


def test_a_parents_identity_number_makes_no_child_an_adult(asks_for_numbers: Group) -> None:
    group, number = asks_for_numbers, "110101198503077573"
    before, secret = held(group), invite(group, "phone", "identity_number")
    for guardian in (None, MOTHER):
        with pytest.raises(Refused, match="出生日期和身份证号里的出生日期不一样"):
            answer(group, secret, yes="name phone identity_number", guardian=guardian, identity_number=number)
    # Beside a no it is not read: neither for the age, nor whether it is one.
    for typed in (number, "nonsense"):
        with pytest.raises(Refused, match="要由父母或者其他监护人答复"):
            answer(group, secret, guardian=None, identity_number=typed)
    assert held(group) == before
    made = answer(group, secret, identity_number=number)
    assert made is not None and made.subject is not None
    assert not made.subject.is_stated_adult and made.subject.minor_until is not None


def test_it_tells_nothing_of_who_is_registered_already(school: Group) -> None:
    made = answer(school, invite(school, "phone"))
    with acting(school.sales_a):
        secret = invite_guardian(codes=["phone"], actor=school.sales_a, at=AT).secret
    with scope(entities={school.company_a.pk}):
        items = Invitation.objects.get(customer=None).items
        twin = answer_invitation(secret=secret, given=Answer([True] * len(items), VALUES, MOTHER), at=AT)
    assert made is not None and twin is not None and twin.pk != made.pk


def test_the_link_ends_with_its_days_the_notice_and_the_sender(school: Group) -> None:
    secret = invite(school)
    with scope(entities={school.company_a.pk}), pytest.raises(Refused):
        items = Invitation.objects.get().items
        answer_invitation(secret=secret, given=Answer([True] * len(items), VALUES, MOTHER), at=AT + timedelta(days=8))
    publish(school, at=AT + timedelta(minutes=1))
    with pytest.raises(Refused, match="过期"):
        answer(school, secret)


def test_who_may_not_register_invites_nobody_and_what_is_not_told_is_not_asked(school: Group) -> None:
    officer = data_officer(school)
    with acting(officer), pytest.raises(NotAllowed):
        invite_guardian(codes=[], actor=officer, at=AT)
    for code in ("health", "nothing", "x" * 300, "a\x00"):
        with acting(school.sales_a), pytest.raises(Refused, match="没有写到"):
            invite_guardian(codes=[code], actor=school.sales_a, at=AT)


def test_the_pages_lead_from_the_new_customer_to_the_registered_one(school: Group, client: Client, settings) -> None:
    sign_in(client, "xiaoshou.a")
    assert "/customers/invite/" in client.get("/customers/add/").content.decode()
    assert "除了姓名，还征求哪些" in client.get("/customers/invite/").content.decode()
    page = client.post("/customers/invite/", {"separately": ["phone", "birthday"]}).content.decode()
    secret = re.search(r"/join/([^/]+)/", page)[1]  # type: ignore[index]
    assert "等待答复" in client.get("/customers/invite/").content.decode()
    urls, settings.ROOT_URLCONF = settings.ROOT_URLCONF, "guiju.project.public_urls"
    stranger, address = Client(), f"/join/{secret}/"
    shown = stranger.get(address).content.decode()
    names = re.findall(r'name="(q\d+)"[^>]*value="yes"', shown)
    assert "孩子的手机" in shown and len(names) == 9 and "checked" not in shown
    missing = stranger.post(address, {"name": "小禾"})
    assert missing.status_code == 422 and "请选择同意或者不同意" in missing.content.decode()
    said = dict.fromkeys(names, "yes") | {"name": "小禾", "phone": "13800138000", "born": "2020-05-01"}
    nobody = stranger.post(address, {**said, "answerer": "self"})
    assert nobody.status_code == 422 and "要由父母或者其他监护人答复" in nobody.content.decode()
    unnamed = stranger.post(address, {**said, "answerer": "guardian"})
    assert unnamed.status_code == 422 and "小禾" in unnamed.content.decode()
    mother = {"answerer": "guardian", "guardian_name": "王芳", "guardian_relation": "母亲"}
    done = stranger.post(address, {**said, **mother}).content.decode()
    assert f"/consent/{secret}/" in done
    assert stranger.get(address).status_code == 302
    assert "撤回" in stranger.get(f"/consent/{secret}/").content.decode()
    settings.ROOT_URLCONF = urls
    assert "已登记" in client.get("/customers/invite/").content.decode()
    assert stranger.get("/join/nonsense/").status_code == 404


def test_who_refuses_everything_fills_in_nothing(school: Group, client: Client, settings) -> None:
    secret = invite(school)
    settings.ROOT_URLCONF = "guiju.project.public_urls"
    with scope(entities={school.company_a.pk}):
        Invitation.objects.update(expires_at=timezone.now() + timedelta(days=1))
        items = Invitation.objects.get().items
    said = {f"q{number}": "no" for number in range(len(items))}
    assert "没有保存您和孩子的任何信息" in client.post(f"/join/{secret}/", said).content.decode()
    assert "已经答复过" in client.get(f"/join/{secret}/").content.decode()


def test_a_pupil_whom_a_file_could_not_bring_in_leads_to_the_link(school: Group, client: Client) -> None:
    found = load(school, "姓名,手机\n小禾,13800138000\n")
    sign_in(client, "xiaoshou.a")
    page = client.get(f"/customers/import/{found.pk}/").content.decode()
    assert "没有导入，征求监护人" in page


def test_programs_make_links_too(school: Group, client: Client) -> None:
    with acting(school.sales_a):
        token = create_token(member=school.sales_a, name="报名系统", days=1, at=timezone.now())
    headers = {"Authorization": f"Bearer {token}"}
    made = client.post("/api/v1/customers/invitations", {"fields": ["phone"]}, "application/json", headers=headers)
    assert made.status_code == 201 and "/join/" in made.json()["address"]
    bad = client.post("/api/v1/customers/invitations", {"fields": ["x"]}, "application/json", headers=headers)
    assert bad.status_code == 422 and "没有写到" in bad.content.decode()
