"""Too much of a cause makes a task by itself (put_duty); its effect alone closes it, or opens it again (open_again).

What another person says is agree_to_review or refuse_review; who has no account writes by answer_task.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone

from guiju.complaints.models import Complaint, Rectification, RectificationRule, RectificationStep
from guiju.complaints.registry import STOPS, Stop, register_stop
from guiju.complaints.services import rectify_links
from guiju.complaints.services.causes import confirm_cause, set_department
from guiju.complaints.services.rectifying import (
    Mended,
    ask_review,
    assign_rectification,
    set_rule,
    write_rectification,
)
from guiju.complaints.services.weighing import care_for_causes
from guiju.complaints.tests.factories import agent_of, cases_of
from guiju.database.models import new_id
from guiju.database.scope import scope
from guiju.deadlines.models import Duty
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.notifications.models import Notice
from guiju.organisations.models import Department, Entity, Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

pytestmark = pytest.mark.django_db

PACKING, LATE, FOREIGN = "quality.packing", "delivery.late", "food.foreign"


def tasks_of(company: Entity) -> list[Rectification]:
    with scope(entities={company.pk}):
        return list(Rectification.objects.order_by("opened_at", "pk"))


def steps_of(task: Rectification) -> list[str]:
    with scope(entities={task.entity_id}):
        return list(RectificationStep.objects.order_by("at", "pk").values_list("kind", flat=True))


def second_of(group: Group) -> Member:
    """Another person who may review."""
    return join(group.company_a, "compliance", "hegui.a", group.system_admin, group.security_admin)


def mended(group: Group, *, at: datetime = AT) -> Rectification:
    """A task whose measures another person has agreed to."""
    agent, other = agent_of(group), second_of(group)
    [task] = tasks_of(group.company_a)
    said = Mended("换纸箱", "已换五层瓦楞", "检验记录 8 号")
    with acting(agent):
        write_rectification(rectification_id=task.pk, said=said, actor=agent, at=at)
        ask_review(rectification_id=task.pk, reason="已换纸箱，请看", actor=agent, at=at)
    with acting(other):
        waiting = Approval.objects.get(subject_id=task.pk, state="open")
        decide_approval(approval_id=waiting.pk, allows=True, note="", actor=other, at=at)
    return tasks_of(group.company_a)[0]


def test_a_third_of_all_is_too_much_and_makes_one_task(group: Group) -> None:
    cases_of(group.company_a, PACKING, 12)
    cases_of(group.company_a, LATE, 9)
    care_for_causes(at=AT + timedelta(hours=1))
    care_for_causes(at=AT + timedelta(hours=2))

    [task] = tasks_of(group.company_a)
    assert (task.cause, task.ground, task.state) == (PACKING, "share", "open")
    assert (task.figures["count"], task.figures["total"], len(task.cases)) == (12, 21, 12)
    with scope(entities={group.company_a.pk}):
        assert not Complaint.objects.filter(is_unweighed=True).exists()
        [duty] = Duty.objects.filter(subject_id=task.pk)
    assert (duty.kind, duty.basis) == ("complaints.rectify", "internal")


def test_a_tenth_of_few_is_not(group: Group) -> None:
    cases_of(group.company_a, PACKING, 9)
    cases_of(group.company_a, LATE, 9)
    care_for_causes(at=AT + timedelta(hours=1))
    assert tasks_of(group.company_a) == []


def test_a_single_safety_case_is_too_much(group: Group) -> None:
    cases_of(group.company_a, FOREIGN, 1)
    care_for_causes(at=AT + timedelta(hours=1))
    [task] = tasks_of(group.company_a)
    assert task.ground == "safety"


def test_many_are_too_many_whatever_their_share(group: Group) -> None:
    cases_of(group.company_a, PACKING, 50)
    for cause in ("refund.slow", "refund.refused", LATE):
        cases_of(group.company_a, cause, 49)
    care_for_causes(at=AT + timedelta(hours=1))
    assert [(one.cause, one.ground) for one in tasks_of(group.company_a)] == [(PACKING, "count")]


def test_a_rise_beyond_chance_is_too_much_and_one_by_luck_is_not(group: Group) -> None:
    before = AT - timedelta(days=40)
    cases_of(group.company_a, PACKING, 4, at=before)
    cases_of(group.company_a, LATE, 20, at=before)
    cases_of(group.company_a, PACKING, 20)
    for cause in (LATE, "refund.slow", "refund.refused"):
        cases_of(group.company_a, cause, 23, at=AT)
    cases_of(group.company_a, "refund.slow", 20, at=before)
    cases_of(group.company_a, "refund.refused", 20, at=before)
    care_for_causes(at=AT + timedelta(hours=1))
    assert [(one.cause, one.ground) for one in tasks_of(group.company_a)] == [(PACKING, "rise")]


def test_what_people_still_look_through_makes_no_task(group: Group) -> None:
    cases_of(group.company_a, PACKING, 30, is_doubtful=True)
    care_for_causes(at=AT + timedelta(hours=1))
    assert tasks_of(group.company_a) == []


def test_who_dies_before_the_end_leaves_it_to_be_found_again(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    cases_of(group.company_a, PACKING, 12)
    calls = []

    def dies(*arguments: object, **named: object) -> None:
        calls.append(1)
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr("guiju.complaints.services.weighing.tell_task", dies)
        with pytest.raises(RuntimeError):
            care_for_causes(at=AT)
    assert calls and tasks_of(group.company_a) == []
    care_for_causes(at=AT + timedelta(minutes=1))
    assert len(tasks_of(group.company_a)) == 1


def test_it_goes_to_the_department_that_answers_for_the_branch(group: Group) -> None:
    agent = agent_of(group)
    with scope(entities={group.company_a.pk}, trees={group.headquarters.pk}):
        department = Department.objects.create(id=new_id(), entity=group.company_a, name="包装部", head=agent)
    with acting(agent):
        set_department(code="quality", department_id=department.pk, actor=agent, at=AT)
    cases_of(group.company_a, PACKING, 12)
    care_for_causes(at=AT)

    [task] = tasks_of(group.company_a)
    assert (task.department_id, task.holder_id) == (department.pk, agent.pk)
    with scope(entities={group.company_a.pk}):
        assert Notice.objects.filter(key__startswith=f"rectification:{task.pk}:opened").count() == 1


def test_without_a_department_those_who_may_mend_hear_of_it(group: Group) -> None:
    agent_of(group), second_of(group)
    cases_of(group.company_a, PACKING, 12)
    care_for_causes(at=AT)
    [task] = tasks_of(group.company_a)
    with scope(entities={group.company_a.pk}):
        assert Notice.objects.filter(key__startswith=f"rectification:{task.pk}:opened").count() == 2


def test_nobody_reviews_their_own_and_nothing_empty_is_reviewed(group: Group) -> None:
    agent = agent_of(group)
    cases_of(group.company_a, PACKING, 12)
    care_for_causes(at=AT)
    [task] = tasks_of(group.company_a)
    with acting(agent):
        with pytest.raises(Refused, match="先写方案、措施、证明"):
            ask_review(rectification_id=task.pk, reason="请复核一下", actor=agent, at=AT)
        write_rectification(rectification_id=task.pk, said=Mended("方", "措", "证"), actor=agent, at=AT)
        ask_review(rectification_id=task.pk, reason="请复核一下", actor=agent, at=AT)
        waiting = Approval.objects.get(subject_id=task.pk)
        with pytest.raises(Refused, match="申请人不能审批"):
            decide_approval(approval_id=waiting.pk, allows=True, note="", actor=agent, at=AT)


def test_a_review_that_says_no_leaves_it_to_be_mended(group: Group) -> None:
    agent, other = agent_of(group), second_of(group)
    cases_of(group.company_a, PACKING, 12)
    care_for_causes(at=AT)
    [task] = tasks_of(group.company_a)
    with acting(agent):
        write_rectification(rectification_id=task.pk, said=Mended("方", "措", "证"), actor=agent, at=AT)
        ask_review(rectification_id=task.pk, reason="请复核一下", actor=agent, at=AT)
    with acting(other):
        waiting = Approval.objects.get(subject_id=task.pk)
        decide_approval(approval_id=waiting.pk, allows=False, note="没有照片", actor=other, at=AT)
    [task] = tasks_of(group.company_a)
    assert task.state == "open" and steps_of(task)[-1] == "refused"


def test_it_closes_when_the_rate_is_below_the_target_beyond_chance(group: Group) -> None:
    cases_of(group.company_a, PACKING, 60)
    care_for_causes(at=AT)
    task = mended(group)
    assert (task.state, task.watch_until) == ("watching", (AT + timedelta(days=30)).date())
    cases_of(group.company_a, PACKING, 15, at=AT + timedelta(days=10))
    care_for_causes(at=AT + timedelta(days=29))
    assert tasks_of(group.company_a)[0].state == "watching"

    care_for_causes(at=AT + timedelta(days=31))
    [task] = tasks_of(group.company_a)
    assert task.state == "closed"
    assert task.effect["count"] == 15 and float(task.effect["expected"]) == pytest.approx(31, rel=0.02)
    assert float(task.effect["chance"]) < 0.05 and task.effect["test"] == "泊松分布的精确检验"


def test_it_opens_again_when_it_is_not_shown_to_have_fallen(group: Group) -> None:
    cases_of(group.company_a, PACKING, 60)
    care_for_causes(at=AT)
    mended(group)
    cases_of(group.company_a, PACKING, 29, at=AT + timedelta(days=20))
    care_for_causes(at=AT + timedelta(days=31))

    [task] = tasks_of(group.company_a)
    assert (task.state, task.reopened) == ("open", 1)
    with scope(entities={group.company_a.pk}):
        assert Notice.objects.filter(key__startswith=f"rectification:{task.pk}:reopened:1").exists()
        assert Duty.objects.filter(subject_id=task.pk, ended_at=None).count() == 1


def test_with_too_little_to_be_expected_it_is_watched_longer(group: Group) -> None:
    cases_of(group.company_a, FOREIGN, 1)
    care_for_causes(at=AT)
    mended(group)
    care_for_causes(at=AT + timedelta(days=31))

    [task] = tasks_of(group.company_a)
    assert task.state == "watching" and task.watch_until > (AT + timedelta(days=40)).date()
    assert steps_of(task)[-1] == "extended"


def test_a_closed_cause_that_comes_back_opens_again_and_says_so(group: Group) -> None:
    cases_of(group.company_a, PACKING, 60)
    care_for_causes(at=AT)
    mended(group)
    care_for_causes(at=AT + timedelta(days=31))
    assert tasks_of(group.company_a)[0].state == "closed"
    cases_of(group.company_a, PACKING, 12, at=AT + timedelta(days=40))
    care_for_causes(at=AT + timedelta(days=41))

    [task] = tasks_of(group.company_a)
    assert (task.state, task.reopened, task.figures["count"]) == ("open", 1, 12)
    assert steps_of(task)[-1] == "reopened"


def test_a_task_of_whose_complaints_none_was_of_its_cause_is_taken_back(group: Group) -> None:
    agent = agent_of(group)
    [case] = cases_of(group.company_a, FOREIGN, 1, is_confirmed=False)
    care_for_causes(at=AT)
    assert tasks_of(group.company_a)[0].state == "open"
    with acting(agent):
        confirm_cause(complaint_id=case.pk, cause=LATE, actor=agent, at=AT)
    care_for_causes(at=AT + timedelta(minutes=1))

    [task] = tasks_of(group.company_a)
    assert (task.state, steps_of(task)[-1]) == ("withdrawn", "withdrawn")
    with scope(entities={group.company_a.pk}):
        assert not Duty.objects.filter(subject_id=task.pk, ended_at=None).exists()
    cases_of(group.company_a, FOREIGN, 1, at=AT + timedelta(hours=1))
    care_for_causes(at=AT + timedelta(hours=2))
    assert [one.state for one in tasks_of(group.company_a)] == ["withdrawn", "open"]


def test_other_parts_stop_something_meanwhile(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guiju.complaints.registry.STOPS", dict(STOPS))
    monkeypatch.setattr("guiju.complaints.services.weighing.STOPS", {})
    told: list[tuple[str, str]] = []
    stop = Stop(
        "活动", lambda task, act: told.append(("stop", task.cause)), lambda task, act: told.append(("go", task.cause))
    )
    monkeypatch.setitem(__import__("guiju.complaints.services.weighing", fromlist=["STOPS"]).STOPS, "test", stop)
    cases_of(group.company_a, PACKING, 60)
    care_for_causes(at=AT)
    mended(group)
    care_for_causes(at=AT + timedelta(days=31))

    assert told == [("stop", PACKING), ("go", PACKING)]
    register_stop("test", stop)
    with pytest.raises(ValueError, match="twice"):
        register_stop("test", Stop("另一个", stop.begins, stop.begins))


def test_the_figures_are_the_companys_own_within_limits(group: Group) -> None:
    agent = agent_of(group)
    with acting(agent):
        with pytest.raises(Refused) as refused:
            set_rule(wanted=RectificationRule(share_percent=0, days=1), actor=agent, at=AT)
        assert {one.field for one in refused.value.problems} == {"share_percent", "days"}
        set_rule(wanted=RectificationRule(share_least=3), actor=agent, at=AT)
    cases_of(group.company_a, PACKING, 3)
    care_for_causes(at=AT)
    assert len(tasks_of(group.company_a)) == 1


def test_who_may_only_read_mends_nothing(group: Group) -> None:
    legal = join(group.company_a, "legal", "fawu", group.system_admin, group.security_admin)
    cases_of(group.company_a, PACKING, 12)
    care_for_causes(at=AT)
    [task] = tasks_of(group.company_a)
    with acting(legal), pytest.raises(NotAllowed):
        write_rectification(rectification_id=task.pk, said=Mended("方"), actor=legal, at=AT)
    with acting(group.sales_b), pytest.raises(Missing):
        assign_rectification(rectification_id=task.pk, to=group.sales_b, actor=group.sales_b, at=AT)


def test_who_has_no_account_mends_by_link_and_code(group: Group) -> None:
    agent = agent_of(group)
    cases_of(group.company_a, PACKING, 12)
    care_for_causes(at=AT)
    [task] = tasks_of(group.company_a)
    now = timezone.now()
    with acting(agent):
        link = rectify_links.give_link(rectification_id=task.pk, whom="纸箱厂", actor=agent, at=now)
    secret = link.address.rstrip("/").rpartition("/")[2]
    with override_settings(ROOT_URLCONF="guiju.project.public_urls"):
        public = Client()
        path = f"/rectify/{secret}/"
        assert "查询码" in public.get(path).content.decode()
        assert public.post(path, {"code": "XXXX"}).status_code == 422
        assert task.number in public.post(path, {"code": link.code.lower()}).content.decode()
        told = public.post(path, {"code": link.code, "do": "write", "plan": "<b>加厚</b>", "measures": "", "proof": ""})
        assert "已保存" in told.content.decode() and "&lt;b&gt;加厚" in told.content.decode()
        assert public.post(path, {"code": link.code, "do": "write", "plan": "长" * 6000}).status_code == 422
        for _ in range(12):
            last = public.post(path, {"code": "XXXX"})
        assert "次数太多" in last.content.decode()
        with transaction.atomic():
            assert public.get("/rectify/%00/").status_code == 404
    with acting(agent):
        again = rectify_links.give_link(rectification_id=task.pk, whom="纸箱厂", actor=agent, at=now)
        with scope(entities={group.company_a.pk}):
            with pytest.raises(Missing):
                rectify_links.opened_task(secret=secret, code=link.code, at=now)
            later = now + timedelta(days=15)
            with pytest.raises(Missing):
                rectify_links.opened_task(
                    secret=again.address.rstrip("/").rpartition("/")[2], code=again.code, at=later
                )


def test_a_hundred_complaints_make_a_task_and_two_hundred_more_open_it_again(group: Group, client: Client) -> None:
    """The third story of the article, through the pages."""
    now = timezone.now()
    agent, other = agent_of(group), second_of(group)
    cases_of(group.company_a, "quality.defect", 100, at=now - timedelta(days=2))
    care_for_causes(at=now)
    sign_in(client, agent.user.username)
    listed = client.get("/complaints/rectifications/").content.decode()
    [task] = tasks_of(group.company_a)
    assert task.number in listed and "质量有瑕疵" in listed and "100件" in listed
    address = f"/complaints/rectifications/{task.pk}/"
    page = client.get(address).content.decode()
    assert "占比超过门槛" in page and "整改经另一个人复核以后" in page
    client.post(f"{address}write/", {"plan": "换供应商", "measures": "已换", "proof": "检验 3 号"})
    client.post(f"{address}review/", {"reason": "已换供应商"})
    assert client.get(f"{address}print/")["Content-Type"] == "application/pdf"
    with acting(other):
        waiting = Approval.objects.get(subject_id=task.pk, state="open")
        decide_approval(approval_id=waiting.pk, allows=True, note="", actor=other, at=now)
    assert "看效果" in client.get(address).content.decode()

    cases_of(group.company_a, "quality.defect", 200, at=now + timedelta(hours=1))
    care_for_causes(at=now + timedelta(hours=2))
    [task] = tasks_of(group.company_a)
    assert (task.state, task.reopened) == ("open", 1)
    page = client.get(address).content.decode()
    assert "重新整改" in page and "整改后又有200件，超过目标，不是偶然" in page


def test_the_other_pages_of_a_task(group: Group, client: Client) -> None:
    agent = agent_of(group)
    cases_of(group.company_a, PACKING, 12)
    care_for_causes(at=AT)
    [task] = tasks_of(group.company_a)
    sign_in(client, agent.user.username)
    address = f"/complaints/rectifications/{task.pk}/"

    assert client.post(f"{address}review/", {"reason": "好"}).status_code == 422
    assert client.post(f"{address}assign/", {"to": str(agent.pk)}).status_code == 302
    assert client.post(f"{address}link/", {"whom": ""}).status_code == 422
    assert "只显示这一次" in client.post(f"{address}link/", {"whom": "纸箱厂"}).content.decode()
    assert client.post("/complaints/rectifications/rule/", {"days": "x"}).status_code == 422
    kept = {"days": 30, "share_percent": 20, "share_least": 5, "count_least": 50, "rise_least": 10}
    kept |= {"due_days": 15, "watch_days": 30, "target_percent": 50, "by_safety": "on"}
    assert client.post("/complaints/rectifications/rule/", kept).status_code == 302
    assert client.get("/complaints/rectifications/?state=closed").status_code == 200
    assert client.get(f"/complaints/rectifications/{new_id()}/").status_code == 404


def test_what_nobody_has_put_down_to_a_cause_counts_among_all(group: Group) -> None:
    cases_of(group.company_a, PACKING, 12)
    cases_of(group.company_a, "", 29)
    care_for_causes(at=AT + timedelta(hours=1))
    assert tasks_of(group.company_a) == []
