"""Relations between companies, and what they open (公司间数据关系, 个人信息保护法 第二十条至第二十三条)."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from guiju.database.scope import scope
from guiju.evidence.selectors import history_of
from guiju.kernel.calendar.clock import today
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Member, Relation
from guiju.organisations.permissions import related_to, sight_of
from guiju.organisations.selectors import acting
from guiju.organisations.services.assessing import Answers
from guiju.organisations.services.relations import (
    RelationDetails,
    agree_relation,
    assess_relation,
    confirm_relation,
    end_relation,
)
from guiju.organisations.tests.factories import ASSESSED, AT, Group, join, sign_in

DAY = date(2026, 11, 24)


@pytest.fixture
def lawyers(group: Group) -> tuple[Member, Member]:
    """Two at headquarters, so that one can confirm what the other entered."""
    one, other = (
        join(group.headquarters, "legal", name, group.system_admin, group.security_admin)
        for name in ("fawu.1", "fawu.2")
    )
    return one, other


def entrusting(group: Group, **changes: object) -> RelationDetails:
    """Company A entrusts compliance to headquarters for a year."""
    given = RelationDetails(
        group.company_a.pk,
        group.headquarters.pk,
        "entrust",
        ("compliance",),
        "共享服务协议 1号",
        DAY,
        DAY + timedelta(days=365),
        answers=ASSESSED,
    )
    return replace(given, **changes)  # type: ignore[arg-type]


def enter(group: Group, by: Member, **changes: object) -> Relation:
    with acting(by):
        return agree_relation(details=entrusting(group, **changes), actor=by, at=AT)


def seen_by_compliance(group: Group, on: date = DAY) -> set[object]:
    with acting(group.compliance):
        member = Member.objects.get(pk=group.compliance.pk)
        return set(sight_of(member, "check.read", on=on).entities)


def test_headquarters_see_nothing_of_a_company_without_a_relation(group: Group) -> None:
    assert seen_by_compliance(group) == {group.headquarters.pk}


def test_a_relation_opens_only_after_another_person_has_confirmed_it(
    group: Group, lawyers: tuple[Member, Member]
) -> None:
    one, other = lawyers
    relation = enter(group, one)
    assert seen_by_compliance(group) == {group.headquarters.pk}
    with acting(one), pytest.raises(Refused, match="不能自己确认"):
        confirm_relation(relation_id=relation.pk, actor=one, at=AT)
    with acting(other):
        confirm_relation(relation_id=relation.pk, actor=other, at=AT)
        with pytest.raises(Refused, match="不用再确认"):
            confirm_relation(relation_id=relation.pk, actor=other, at=AT)
    assert seen_by_compliance(group) == {group.headquarters.pk, group.company_a.pk}


def test_it_opens_in_its_period_for_its_purpose_and_in_its_direction_only(
    group: Group, lawyers: tuple[Member, Member]
) -> None:
    one, other = lawyers
    relation = enter(group, one)
    with acting(other):
        confirm_relation(relation_id=relation.pk, actor=other, at=AT)
        for day, is_open in (
            (DAY - timedelta(days=1), False),
            (DAY, True),
            (DAY + timedelta(days=365), True),
            (DAY + timedelta(days=366), False),
        ):
            assert bool(related_to(group.headquarters.pk, ["compliance"], on=day)) is is_open
        assert not related_to(group.headquarters.pk, ["marketing"], on=DAY)
        assert not related_to(group.company_a.pk, ["compliance"], on=DAY)


def test_who_handles_jointly_opens_to_each_other(group: Group, lawyers: tuple[Member, Member]) -> None:
    one, other = lawyers
    relation = enter(group, one, sort="joint")
    with acting(other):
        confirm_relation(relation_id=relation.pk, actor=other, at=AT)
        assert set(related_to(group.company_a.pk, ["compliance"], on=DAY)) == {group.headquarters.pk}
        assert set(related_to(group.headquarters.pk, ["compliance"], on=DAY)) == {group.company_a.pk}


def test_an_ended_relation_closes_at_once_and_each_step_is_in_the_log(
    group: Group, lawyers: tuple[Member, Member]
) -> None:
    one, other = lawyers
    relation = enter(group, one)
    with acting(other):
        confirm_relation(relation_id=relation.pk, actor=other, at=AT)
        with pytest.raises(Refused, match="请写明终止的原因"):
            end_relation(relation_id=relation.pk, reason=" ", actor=other, at=AT)
        end_relation(relation_id=relation.pk, reason="协议解除", actor=other, at=AT)
        with pytest.raises(Refused, match="已经终止"):
            end_relation(relation_id=relation.pk, reason="再来", actor=other, at=AT)
    assert seen_by_compliance(group) == {group.headquarters.pk}
    with scope(entities={group.company_a.pk}):
        assert {version.action.split(".")[1] for version in history_of(relation)} == {
            "agree_relation",
            "confirm_relation",
            "end_relation",
        }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"contract": " "}, "没有写明委托协议"),
        ({"until": None}, "委托期限"),
        ({"sort": "joint", "contract": ""}, "约定各自权利和义务"),
        ({"sort": "provide"}, "单独同意"),
        ({"sort": "lend"}, "关系可填：委托处理"),
        ({"purposes": ()}, "目的至少选一项"),
        ({"purposes": ("spying",)}, "目的至少选一项"),
        ({"until": DAY - timedelta(days=1)}, "截止日期早于开始日期"),
        ({"fields": ("check.soul",)}, "没有这些字段"),
        ({"contract": "协" * 121}, "最多120个字"),
        ({"answers": Answers()}, "事前要做个人信息保护影响评估"),
        ({"answers": Answers("必要", "没有", "加密")}, "至少写10个字"),
        ({"answers": replace(ASSESSED, impact="影" * 2001)}, "最多2000个"),
    ],
)
def test_what_the_law_or_the_shape_forbids_is_told(
    group: Group, lawyers: tuple[Member, Member], changes: dict[str, object], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        enter(group, lawyers[0], **changes)


def test_a_company_is_not_related_to_itself_or_to_one_out_of_sight(
    group: Group, lawyers: tuple[Member, Member]
) -> None:
    with pytest.raises(Refused, match="同一家公司"):
        enter(group, lawyers[0], receiver_id=group.company_a.pk)
    with pytest.raises(Missing, match="没有这家公司"):
        enter(group, group.sales_b, giver_id=group.company_a.pk)


@pytest.mark.parametrize("who", ["system_admin", "security_admin", "compliance", "sales_a"])
def test_only_a_legal_role_enters_one(group: Group, who: str) -> None:
    actor = getattr(group, who)
    giver = actor.entity_id
    receiver = group.company_a.pk if giver == group.headquarters.pk else giver
    with pytest.raises((NotAllowed, Missing)):
        enter(group, actor, giver_id=giver, receiver_id=receiver if receiver != giver else group.headquarters.pk)


def test_the_pages_enter_confirm_open_and_end(group: Group, lawyers: tuple[Member, Member], client: Client) -> None:
    now = today()
    reviewer = Client()
    sign_in(reviewer, "xiaoshou.a")
    reviewer.post("/review/", {"text": "顶级配方", "sector": "food"})
    compliance = Client()
    sign_in(compliance, "hegui")
    assert "甲食品有限公司的 1 次审查未显示：无委托关系" in compliance.get("/review/checks/").content.decode()

    sign_in(client, "fawu.1")
    form = client.get("/access/relations/agree/?preset=shared").content.decode()
    assert "集团" in form and "checked" in form
    given = {
        "giver": group.company_a.unified_code,
        "receiver": group.headquarters.unified_code,
        "sort": "entrust",
        "purposes": ["compliance"],
        "since": str(now),
    }
    refused = client.post("/access/relations/agree/", given)
    assert refused.status_code == 422 and "个人信息保护法" in refused.content.decode()
    given |= {"contract": "共享服务协议", "until": str(now + timedelta(days=30)), **asdict(ASSESSED)}
    listed = client.post("/access/relations/agree/", given, follow=True).content.decode()
    assert "待确认" in listed and "确认</button>" not in listed
    relation = Relation._base_manager
    with acting(lawyers[1]):
        key = relation.get().pk
    agreement = client.get(f"/access/relations/{key}/agreement/").content.decode()
    assert "不得转委托" in agreement and "合规检查" in agreement

    sign_in(client, "fawu.2")
    assert "确认</button>" in client.get("/access/relations/").content.decode()
    assert "已确认" in client.post(f"/access/relations/{key}/confirm/", follow=True).content.decode()
    opened = compliance.get("/review/checks/").content.decode()
    assert "未显示" not in opened and group.company_a.name in opened and "共 1 次" in opened
    ended = client.post(f"/access/relations/{key}/end/", {"reason": "到期"}, follow=True).content.decode()
    assert "已终止" in ended
    assert "未显示：无委托关系" in compliance.get("/review/checks/").content.decode()


def test_a_clock_is_given_and_not_read(group: Group, lawyers: tuple[Member, Member]) -> None:
    relation = enter(group, lawyers[0])
    later = datetime(2026, 12, 1, tzinfo=UTC)
    with acting(lawyers[1]):
        assert confirm_relation(relation_id=relation.pk, actor=lawyers[1], at=later).confirmed_at == later


def unassessed(group: Group, by: Member) -> Relation:
    """As relations were before an impact assessment was asked for."""
    relation = enter(group, by)
    with scope(entities={relation.entity_id}):
        Relation.objects.filter(pk=relation.pk).update(assessed_at=None, necessity="", impact="", measures="")
    return relation


def test_handling_together_asks_for_no_assessment(group: Group, lawyers: tuple[Member, Member]) -> None:
    """It is none of the cases that the article names."""
    assert enter(group, lawyers[0], sort="joint", answers=Answers()).assessed_at is None


def test_what_was_entered_without_an_assessment_is_confirmed_after_one(
    group: Group, lawyers: tuple[Member, Member]
) -> None:
    one, other = lawyers
    relation = unassessed(group, one)
    with acting(other):
        with pytest.raises(Refused, match="影响评估") as refusal:
            confirm_relation(relation_id=relation.pk, actor=other, at=AT)
        assert refusal.value.code == "organisations.assessment_before_giving"
        made = assess_relation(relation_id=relation.pk, answers=ASSESSED, actor=other, at=AT)
        assert made.assessed_at == AT and made.impact == ASSESSED.impact
        assert confirm_relation(relation_id=relation.pk, actor=other, at=AT).confirmed_at == AT
    with scope(entities={group.company_a.pk}):
        assert "organisations.assess_relation" in {one.action for one in history_of(relation)}


def test_who_may_not_agree_to_relations_does_not_assess_them(group: Group, lawyers: tuple[Member, Member]) -> None:
    relation = unassessed(group, lawyers[0])
    with acting(group.sales_a), pytest.raises((NotAllowed, Missing)):
        assess_relation(relation_id=relation.pk, answers=ASSESSED, actor=group.sales_a, at=AT)


def test_the_page_asks_for_an_assessment_and_shows_the_one_there_is(
    group: Group, lawyers: tuple[Member, Member], client: Client
) -> None:
    relation = unassessed(group, lawyers[0])
    sign_in(client, "fawu.2")
    assert "没有影响评估，请补做" in client.get("/access/relations/").content.decode()
    address = f"/access/relations/{relation.pk}/assess/"
    short = client.post(address, {"necessity": "必要", "impact": "", "measures": ""})
    assert short.status_code == 422 and "至少写10个字" in short.content.decode()
    listed = client.post(address, asdict(ASSESSED), follow=True).content.decode()
    assert "已记录影响评估" in listed and "请补做" not in listed
    assert ASSESSED.measures in client.get(address).content.decode()
    assert ASSESSED.measures in client.get(f"/access/relations/{relation.pk}/agreement/").content.decode()
