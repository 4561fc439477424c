"""What the catalogue keeps and the floors of statutes agree; who says what they are is bound by it (保管期限)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from guiju.archives.models import Business, DisposalItem
from guiju.archives.registry import Target
from guiju.archives.selectors.schedule import ACTION, schedule_of
from guiju.archives.services.disposals import propose_disposal
from guiju.archives.services.periods import KIND, ask_about_over, declare_business, propose_over
from guiju.customers.models import Customer
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.evidence.selectors import GONE_BY_LAW, history_of
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import NotAllowed, Refused
from guiju.kernel.rules.model import Severity
from guiju.keys.values import sealed_values
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.models import Consent, ConsentRequest
from guiju.privacy.services.asking import Question, ask_consent
from guiju.privacy.services.catalogue import FieldDetails, activate_field, change_field, propose_field
from guiju.privacy.services.consents import GivenConsent
from guiju.privacy.terms import TRADE
from guiju.privacy.tests.factories import data_officer, given, publish
from guiju.rulebook import rules_at
from guiju.work.models import Approval, Task
from guiju.work.services.approvals import decide_approval

SHORT = FieldDetails("鞋码", uses={"orders": "contract"}, retention=12)
OVER = AT + timedelta(days=1100)


@pytest.fixture
def officer(group: Group) -> Member:
    return data_officer(group)


def declare(officer: Member, *lines: str, shelf: int | None = None) -> Business:
    with acting(officer):
        return declare_business(
            entity_id=officer.entity_id,
            lines=lines,
            shelf_months=shelf,
            reason="营业执照的经营范围",
            actor=officer,
            at=AT,
        )


def field(officer: Member, details: FieldDetails = SHORT) -> str:
    with acting(officer):
        made = propose_field(entity_id=officer.entity_id, record_kind="person", details=details, actor=officer, at=AT)
        activate_field(entity_id=officer.entity_id, record_kind="person", code=made.code, actor=officer, at=AT)
        return made.code


def test_who_is_no_platform_may_keep_what_was_collected_for_orders_shorter(officer: Member) -> None:
    assert field(officer)


@pytest.mark.parametrize(
    ("line", "shelf", "months"),
    [
        ("is_platform", None, 36),
        ("is_food_wholesaler", 0, 24),
        ("is_food_maker", 12, 18),
        ("is_food_importer", 24, 30),
        ("is_additive_maker", 8, 14),
    ],
)
def test_a_period_shorter_than_the_floor_is_refused_with_the_article(
    officer: Member, line: str, shelf: int | None, months: int
) -> None:
    declare(officer, line, shelf=shelf)
    with pytest.raises(Refused) as refusal:
        field(officer)
    [problem] = refusal.value.problems
    assert problem.field == "retention" and problem.citation is not None and "个月" in problem.sentence
    code = field(officer, replace(SHORT, retention=months))
    with acting(officer):
        for retention in (months - 1, None):
            with pytest.raises(Refused):
                change_field(
                    entity_id=officer.entity_id,
                    record_kind="person",
                    code=code,
                    details=replace(SHORT, retention=retention),
                    actor=officer,
                    at=AT,
                )
    # What is kept for nothing else is no part of a trade.
    assert field(officer, FieldDetails("爱好", uses={"service": "contract"}, retention=1))


def test_how_long_food_keeps_decides_and_while_it_is_unknown_nothing_is_blocked(officer: Member) -> None:
    def said() -> list[tuple[int, bool, bool]]:
        with acting(officer):
            [line] = [one for one in schedule_of(officer.entity_id, on=day_of(AT)) if one.period.code == "trade"]
            food = [one for one in line.floors if one.rule.citations[0].law == "食品安全法"]
            for one in food:
                assert (
                    one.bound == "食品生产企业、从事食品批发业务的经营企业、食品、食品添加剂的进口商、食品添加剂生产者"
                )
            return [(one.months, one.binds, one.rule.severity == "block") for one in food]

    assert said() == [(24, False, False)]
    declare(officer, "is_food_wholesaler")
    assert said() == [(24, True, False)]
    assert field(officer)
    for odd in (-1, 601):
        with pytest.raises(Refused, match="没有明确保质期的填0"):
            declare(officer, "is_food_wholesaler", shelf=odd)
    with pytest.raises(Refused, match="“鞋码”保存12个月"):
        declare(officer, "is_food_wholesaler", shelf=9)
    declare(officer, "is_food_wholesaler", shelf=6)
    assert said() == [(12, True, True)]


def test_what_a_company_is_cannot_be_declared_while_a_field_is_kept_shorter(officer: Member) -> None:
    field(officer)
    with pytest.raises(Refused) as refusal:
        declare(officer, "is_platform")
    assert "“鞋码”保存12个月" in refusal.value.sentence and "36个月" in refusal.value.sentence
    with acting(officer):
        assert not Business.objects.exists()


def test_who_may_declare_it_and_what_is_refused(group: Group, officer: Member) -> None:
    with pytest.raises(NotAllowed):
        declare(group.sales_a, "is_platform")
    for lines in (["nonsense"], []):
        with pytest.raises(Refused):
            declare(officer, *lines)
    declare(officer, "is_platform")
    with pytest.raises(Refused):
        declare(officer, "is_platform")
    assert declare(officer).lines == []


def test_the_schedule_says_which_floor_is_for_whom(officer: Member) -> None:
    def least(code: str) -> int | None:
        with acting(officer):
            [line] = [one for one in schedule_of(officer.entity_id, on=day_of(AT)) if one.period.code == code]
            return line.least

    assert {code: least(code) for code in ("trade", "advertising", "assessments", "relations", "contracts")} == {
        "trade": None,
        "advertising": None,
        "assessments": 36,
        "relations": 36,
        "contracts": None,
    }
    declare(officer, "is_platform", "is_food_wholesaler", "publishes_ads", shelf=24)
    assert (least("trade"), least("advertising")) == (36, 36)


def test_only_a_floor_that_an_action_asks_about_blocks() -> None:
    """The periods of the catalogue are refused where they are too short; the other lines are for reading."""
    blocking = [rule for rule in rules_at(ACTION) if rule.severity is Severity.BLOCK]
    assert {one.is_ for rule in blocking for one in rule.when if one.fact == "kind"} <= {TRADE}


def erased(group: Group, officer: Member, keeper: Member, agreed: GivenConsent | None = None) -> Customer:
    publish(group)
    seller = group.sales_a
    with acting(seller):
        how = How(consents=[agreed or given("marketing")])
        li = add_customer(kind="person", values={"name": "李小明"}, how=how, actor=seller, at=AT).customer
        assert li.subject_id is not None
        ask_consent(subject_id=li.subject_id, questions=[Question("service")], actor=seller, at=AT)
    with acting(officer):
        made = propose_disposal(
            entity_id=officer.entity_id,
            targets=[Target(li.subject_id)],
            basis="withdrawn",
            reason="本人要求删除",
            actor=officer,
            at=AT,
        )
    allow(keeper, made.pk)
    return li


def allow(keeper: Member, disposal_id: object) -> None:
    with acting(keeper):
        approval = Approval.objects.get(subject_id=disposal_id)
        decide_approval(approval_id=approval.pk, allows=True, note="", actor=keeper, at=approval.asked_at)


def test_the_proofs_of_who_was_deleted_stay_for_their_period_and_then_go_too(group: Group, officer: Member) -> None:
    keeper = join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)
    li = erased(group, officer, keeper)
    with acting(officer):
        [first] = DisposalItem.objects.all()
        kept = {one["why"]: one["count"] for one in first.disposal.kept}
        assert sum(kept.values()) == 2 and all("第六十九条" in why for why in kept)
        assert Consent.objects.get().proven_by != "（已销毁）"
        with pytest.raises(Refused):
            propose_over(entity_id=officer.entity_id, code="consents", reason="期满了吗", actor=officer, at=AT)
        early = Target(first.subject_id, ("consent.proof",))
        with pytest.raises(Refused) as refusal:
            propose_disposal(
                entity_id=officer.entity_id, targets=[early], basis="expired", reason="提前销毁", actor=officer, at=AT
            )
        assert refusal.value.code == "held_back" and "至2029-11-24" in refusal.value.sentence
    assert ask_about_over(at=OVER - timedelta(days=20)) == 0
    assert ask_about_over(at=OVER) == 1 and ask_about_over(at=OVER) == 0
    with acting(officer):
        assert "同意" in Task.objects.get(kind=KIND).title
        made = propose_over(entity_id=officer.entity_id, code="consents", reason="保管期限届满", actor=officer, at=OVER)
    allow(keeper, made.pk)
    with acting(officer):
        consent, request = Consent.objects.get(), ConsentRequest.objects.get()
        assert (consent.proven_by, request.items, request.answers) == ("（已销毁）", [], [])
        assert bytes(consent.sealed) == bytes(consent.guardian) == b""
        assert consent.subject_id == li.subject_id
        made.refresh_from_db()
        assert made.counts == {"privacy.consents": 1, "privacy.requests": 1}
        assert GONE_BY_LAW in str([change.new for one in history_of(consent) for change in one.changes])
    assert ask_about_over(at=OVER + timedelta(days=1)) == 0
    with acting(officer):
        assert not Task.objects.filter(kind=KIND, done_at=None).exists()


def test_the_guardian_goes_with_the_proof_also_where_only_the_proof_went_before(group: Group, officer: Member) -> None:
    keeper = join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)
    erased(group, officer, keeper, given("service", "person.name", "person.birthday", by_guardian=True))
    with acting(officer):
        one = Consent.objects.get()
        assert sealed_values(one, "guardian")["name"] in str(_versions(one))
        Consent.objects.update(proof="（已销毁）")
    assert ask_about_over(at=OVER) == 1
    with acting(officer):
        made = propose_over(entity_id=officer.entity_id, code="consents", reason="保管期限届满", actor=officer, at=OVER)
    allow(keeper, made.pk)
    with acting(officer):
        name = sealed_values(one, "guardian")["name"]
        gone = Consent.objects.get()
        assert gone.by_guardian and not sealed_values(gone, "guardian")
        assert name not in str(_versions(gone))


def _versions(consent: Consent) -> list[object]:
    return [(change.field, change.old, change.new) for one in history_of(consent) for change in one.changes]


def test_the_page_shows_the_schedule_and_takes_what_a_company_is(group: Group, officer: Member, client: Client) -> None:
    sign_in(client, officer.user.username)
    page = client.get("/catalogue/periods/").content.decode()
    for words in (
        "第三十一条",
        "不少于三年",
        "本公司没有登记",
        "内部规则（非法定）",
        "会计档案",
        "文本待核",
        "第十九条",
    ):
        assert words in page, words
    assert "is_platform" in client.get("/catalogue/periods/business/").content.decode()
    typed: dict[str, str | Collection[str]] = {
        "lines": ["is_platform", "is_food_maker"],
        "shelf_months": "18",
        "reason": "自营平台",
    }
    assert client.post("/catalogue/periods/business/", {**typed, "shelf_months": "-1"}).status_code == 422
    assert client.post("/catalogue/periods/business/", {**typed, "reason": ""}).status_code == 422
    told = client.post("/catalogue/periods/business/", typed, follow=True).content.decode()
    assert "产品最长的保质期18个月" in told
    assert "本公司是：电子商务平台经营者" in told and "<strong>36个月</strong>" in told
    assert client.get("/catalogue/periods/consents/over/").status_code == 200
    assert client.post("/catalogue/periods/consents/over/", {"reason": "期满了呀"}).status_code == 422
    for odd in ("trade", "nothing"):
        assert client.get(f"/catalogue/periods/{odd}/over/").status_code == 404
    sign_in(client, "xiaoshou.a")
    assert client.get("/catalogue/periods/").status_code == 403
