"""Why somebody complains: proposed from the text (propose_cause), confirmed by whoever handles it, kept with its history."""

from __future__ import annotations

import pytest
from django.test import Client

from guiju.complaints.models import CompanyCause, Complaint, Step
from guiju.complaints.selectors.causes import proposals_for, tree_of
from guiju.complaints.services.care import care_for_complaints
from guiju.complaints.services.causes import NewCause, add_cause, confirm_cause, retire_cause, set_department
from guiju.complaints.tests.factories import again, agent_of, complain
from guiju.database.scope import scope
from guiju.kernel.errors import NotAllowed, Refused
from guiju.keys.values import sealed_values
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in

pytestmark = pytest.mark.django_db


def caused(case: Complaint) -> list[tuple[str, dict[str, object]]]:
    with scope(entities={case.entity_id}):
        rows = Step.objects.filter(complaint=case, kind=Step.Kind.CAUSED).order_by("at", "pk")
        return [(str(sealed_values(one, "sealed")["text"]), one.data) for one in rows]


def test_the_worker_puts_down_what_the_words_say_until_somebody_confirms_it(group: Group) -> None:
    case = complain(group.company_a).complaint
    care_for_complaints(at=AT)

    now = again(case)
    assert (now.cause, now.is_cause_confirmed, now.is_unweighed) == ("quality.packing", False, True)
    assert caused(case) == []


def test_a_cause_that_is_changed_later_keeps_its_history(group: Group) -> None:
    agent = agent_of(group)
    case = complain(group.company_a).complaint
    care_for_complaints(at=AT)
    with acting(agent):
        for cause in ("quality.packing", "quality.packing", "delivery.late"):
            confirm_cause(complaint_id=case.pk, cause=cause, actor=agent, at=AT)

    now = again(case)
    assert (now.cause, now.is_cause_confirmed) == ("delivery.late", True)
    [(first, _), (second, data)] = caused(case)
    assert first == "产品质量 / 包装破损"
    assert second == "配送 / 送得晚（原来是：产品质量 / 包装破损）"
    assert data == {"cause": "delivery.late", "was": "quality.packing", "was_confirmed": True}


@pytest.mark.parametrize("cause", ["", "quality", "nowhere", "school.refund\x00", "💥" * 500])
def test_only_what_can_be_chosen_is_put_down(group: Group, cause: str) -> None:
    agent = agent_of(group)
    case = complain(group.company_a).complaint
    with acting(agent), pytest.raises(Refused, match="请从列表里选"):
        confirm_cause(complaint_id=case.pk, cause=cause, actor=agent, at=AT)


def test_cases_that_were_confirmed_propose_theirs_for_texts_like_them(group: Group) -> None:
    agent = agent_of(group)
    known = complain(group.company_a, "纸盒到家就散架了里面全是碎渣").complaint
    with acting(agent):
        confirm_cause(complaint_id=known.pk, cause="quality.packing", actor=agent, at=AT)
    case = complain(group.company_a, "纸盒到家散架了，里面都是碎渣").complaint
    with scope(entities={case.entity_id}):
        [first, *_] = proposals_for(again(case), tree_of(group.company_a))

    assert first.cause.code == "quality.packing" and "用词相近" in first.why


def test_a_company_has_causes_of_its_own_and_retires_them(group: Group) -> None:
    agent = agent_of(group)
    case = complain(group.company_a, "礼盒提手断").complaint
    with acting(agent):
        own = add_cause(wanted=NewCause("quality", "礼盒压坏", ["礼盒", "提手断"]), actor=agent, at=AT)
        assert proposals_for(again(case), tree_of(group.company_a))[0].cause.code == own.code
        confirm_cause(complaint_id=case.pk, cause=own.code, actor=agent, at=AT)
        retire_cause(code=own.code, actor=agent, at=AT)
        tree = tree_of(group.company_a)

    assert own.code not in [one.code for one in tree.leaves]
    assert tree.label(again(case).cause) == "产品质量 / 礼盒压坏"
    with scope(entities={group.company_b.pk}):
        assert own.code not in tree_of(group.company_b).by_code


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (NewCause("quality", ""), "label"),
        (NewCause("quality", "很长" * 30), "label"),
        (NewCause("quality", "包装破损"), "label"),
        (NewCause("quality.packing", "太深"), "parent"),
        (NewCause("nowhere", "没有"), "parent"),
        (NewCause("quality", "一", ["长" * 40]), "words"),
        (NewCause("quality", "一", [str(number) for number in range(60)]), "words"),
    ],
)
def test_what_is_no_cause_is_refused_at_its_field(group: Group, wanted: NewCause, field: str) -> None:
    agent = agent_of(group)
    with acting(agent), pytest.raises(Refused) as refused:
        add_cause(wanted=wanted, actor=agent, at=AT)
    assert [one.field for one in refused.value.problems] == [field]


def test_who_may_only_read_names_no_causes(group: Group) -> None:
    legal = join(group.company_a, "legal", "fawu", group.system_admin, group.security_admin)
    with acting(legal), pytest.raises(NotAllowed):
        set_department(code="quality", department_id=None, actor=legal, at=AT)


def test_the_same_person_again_within_three_months_is_a_repeat(group: Group) -> None:
    complain(group.company_a)
    other = complain(group.company_a, "又漏了").complaint
    care_for_complaints(at=AT)

    assert again(other).is_repeat is True


def test_on_its_page_one_click_confirms_and_another_chooses(group: Group, client: Client) -> None:
    agent = agent_of(group)
    case = complain(group.company_a).complaint
    care_for_complaints(at=AT)
    sign_in(client, agent.user.username)

    page = client.get(f"/complaints/{case.pk}/").content.decode()
    assert "待确认" in page and "因为写到：包装破、漏" in page
    client.post(f"/complaints/{case.pk}/cause/", {"cause": "quality.packing"})
    assert again(case).is_cause_confirmed
    page = client.get(f"/complaints/{case.pk}/").content.decode()
    assert "待确认" not in page and "因为写到" not in page


def test_the_pages_of_causes(group: Group, client: Client) -> None:
    agent = agent_of(group)
    sign_in(client, agent.user.username)

    assert "包装破损" in client.get("/complaints/causes/").content.decode()
    refused = client.post("/complaints/causes/add/", {"parent": "quality", "label": "", "words": "礼盒"})
    assert refused.status_code == 422 and "礼盒" in refused.content.decode()
    client.post("/complaints/causes/add/", {"parent": "quality", "label": "礼盒压坏", "words": "礼盒、提手断"})
    with scope(entities={group.company_a.pk}):
        own = CompanyCause.objects.get()
    assert own.words == ["礼盒", "提手断"]
    assert "礼盒压坏" in client.get("/complaints/causes/").content.decode()
    assert client.post("/complaints/causes/quality/department/", {"department": ""}).status_code == 302
    assert client.post("/complaints/causes/nowhere/department/", {"department": ""}).status_code == 422
    client.post(f"/complaints/causes/{own.code}/retire/")
    assert client.post("/complaints/causes/quality/retire/").status_code == 404
    assert "礼盒压坏" not in client.get("/complaints/causes/").content.decode()
