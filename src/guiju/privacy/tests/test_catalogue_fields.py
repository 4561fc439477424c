"""Fields of a company enter the catalogue and are taken into use (字段台账)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from guiju.customers.selectors.reading import reading
from guiju.customers.services.consents import record_customer_consent
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.values import values_of
from guiju.evidence.selectors import history_of
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.models import Assessment, CatalogueField
from guiju.privacy.registry import HOLDS
from guiju.privacy.selectors.catalogue import fields_of
from guiju.privacy.services.catalogue import (
    FieldDetails,
    activate_field,
    assess_field,
    change_field,
    propose_field,
    retire_field,
)
from guiju.privacy.tests.factories import data_officer, given, publish
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

SHOE_SIZE = FieldDetails("鞋码", uses={"orders": "contract"}, retention=12)
ALLERGY = FieldDetails("过敏史", uses={"service": "consent"}, consent="separate", retention=12)
ANSWERS = {
    "necessity": "做护理前要知道会不会过敏，没有别的办法",
    "impact": "泄露会让人知道身体状况，可能造成困扰",
    "measures": "加密存储，按权限脱敏，只给服务的人看",
}


@pytest.fixture
def officer(group: Group) -> Member:
    return data_officer(group)


@pytest.fixture
def approver(group: Group) -> Member:
    return join(group.company_a, "legal", "fawu.a", group.system_admin, group.security_admin)


def propose(officer: Member, details: FieldDetails) -> CatalogueField:
    with acting(officer):
        return propose_field(entity_id=officer.entity_id, record_kind="person", details=details, actor=officer, at=AT)


def activate(officer: Member, code: str) -> CatalogueField:
    with acting(officer):
        return activate_field(entity_id=officer.entity_id, record_kind="person", code=code, actor=officer, at=AT)


def test_a_new_field_is_a_draft_and_takes_values_after_activation_and_notice(group: Group, officer: Member) -> None:
    publish(group)
    row = propose(officer, SHOE_SIZE)
    with acting(group.sales_a):
        values = {"name": "李小明", row.code: "42"}
        saved = add_customer(kind="person", values=values, how=How(), actor=group.sales_a, at=AT)
        assert {one.code for one in saved.refused} == {"privacy.active_first", "privacy.told_first"}
    activate(officer, row.code)
    publish(group, at=AT + timedelta(minutes=1))
    with acting(group.sales_a):
        saved = add_customer(kind="person", values=values, how=How(), actor=group.sales_a, at=AT)
    assert saved.refused == () and values_of(saved.customer)[row.code] == "42"


def test_the_check_proposes_the_grade_and_nothing_below_it_is_taken(officer: Member) -> None:
    row = propose(officer, ALLERGY)
    assert (row.grade, row.category, row.visibility, row.is_sealed) == ("sensitive", "health", "masked", True)
    with pytest.raises(Refused) as refusal:
        propose(officer, replace(ALLERGY, label="病史", grade="general"))
    assert refusal.value.code == "grade_low" and "第二十八条" in refusal.value.sentence


def test_examples_tell_what_a_vague_name_hides(officer: Member) -> None:
    row = propose(officer, replace(SHOE_SIZE, label="编码甲", consent="separate", samples=("110101199003077571",)))
    assert row.category == "id_card" and row.grade == "sensitive"


def test_a_sensitive_field_is_taken_into_use_after_somebody_else_allowed_its_assessment(
    officer: Member, approver: Member
) -> None:
    row = propose(officer, ALLERGY)
    with pytest.raises(Refused) as refusal:
        activate(officer, row.code)
    assert [one.code for one in refusal.value.problems] == ["privacy.assessment_first"]
    with acting(officer):
        made = assess_field(
            entity_id=officer.entity_id, record_kind="person", code=row.code, actor=officer, at=AT, **ANSWERS
        )
        approval = Approval.objects.get(subject_id=made.pk)
        with pytest.raises((Refused, NotAllowed)):
            decide_approval(approval_id=approval.pk, allows=True, note="", actor=officer, at=AT)
    with acting(approver):
        decide_approval(approval_id=approval.pk, allows=True, note="", actor=approver, at=AT)
    assert activate(officer, row.code).state == "active"
    with acting(officer):
        assert Assessment.objects.get(pk=made.pk).state == "allowed"


def test_a_field_without_purpose_or_retention_is_not_taken_into_use(officer: Member) -> None:
    row = propose(officer, FieldDetails("鞋码"))
    with pytest.raises(Refused) as refusal:
        activate(officer, row.code)
    assert {one.code for one in refusal.value.problems} == {
        "privacy.purpose_before_activation",
        "privacy.retention_first",
    }


def test_what_a_filing_holds_back_waits(officer: Member) -> None:
    row = propose(officer, SHOE_SIZE)
    HOLDS.append(lambda entity, field: "备案还没有变更" if field.label == "鞋码" else "")
    try:
        held = activate(officer, row.code)
    finally:
        HOLDS.pop()
    assert (held.state, held.held_because) == ("held", "备案还没有变更")


def test_more_purposes_send_an_active_field_back_to_draft_and_fewer_do_not(officer: Member) -> None:
    row = propose(officer, replace(SHOE_SIZE, uses={"orders": "contract", "service": "contract"}))
    activate(officer, row.code)

    def change(details: FieldDetails) -> str:
        with acting(officer):
            return change_field(
                entity_id=officer.entity_id,
                record_kind="person",
                code=row.code,
                details=details,
                actor=officer,
                at=AT,
            ).state

    assert change(SHOE_SIZE) == "active"
    assert change(replace(SHOE_SIZE, uses={"orders": "contract", "marketing": "consent"})) == "draft"


def test_a_purpose_that_is_dropped_is_used_no_more_at_once(group: Group, officer: Member) -> None:
    publish(group)
    with acting(group.sales_a):
        values = {"name": "李小明", "wechat": "liming"}
        li = add_customer(kind="person", values=values, how=How(), actor=group.sales_a, at=AT).customer

    def shown(purpose: str) -> bool:
        with acting(group.sales_a), reading(group.sales_a, purpose=purpose, on=day_of(AT)) as seen:
            return bool(seen.cells_of(seen.customer(li.pk))["wechat"].text)

    assert shown("sales") and shown("service")
    details = FieldDetails("微信", uses={"service": "contract"}, visibility="masked", retention=36)
    with acting(officer):
        row = change_field(
            entity_id=officer.entity_id, record_kind="person", code="wechat", details=details, actor=officer, at=AT
        )
    assert row.state == "active" and shown("service") and not shown("sales")


@pytest.mark.parametrize("grade", ["business", "important"])
def test_what_is_about_a_person_is_personal_whatever_it_is_called(officer: Member, grade: str) -> None:
    with pytest.raises(Refused) as refusal:
        propose(officer, replace(SHOE_SIZE, grade=grade))
    assert [one.code for one in refusal.value.problems] == ["grade_of_person"]


def test_a_draft_loosens_nothing_before_somebody_has_looked(group: Group, officer: Member) -> None:
    publish(group)
    with acting(group.sales_a):
        values = {"name": "李小明", "phone": "13800138000"}
        li = add_customer(kind="person", values=values, how=How(), actor=group.sales_a, at=AT).customer
    with acting(officer):
        known = fields_of(officer.entity_id, "person")["phone"]
        details = FieldDetails(
            known.label,
            known.sort,
            uses=dict.fromkeys(("sales", "service", "marketing"), "contract"),
            retention=known.retention,
        )
        change_field(
            entity_id=officer.entity_id, record_kind="person", code="phone", details=details, actor=officer, at=AT
        )
    with pytest.raises(Refused) as refusal:
        activate(officer, "phone")
    assert "privacy.marketing_by_consent" in [one.code for one in refusal.value.problems]
    with acting(group.sales_a), reading(group.sales_a, purpose="marketing", on=day_of(AT)) as seen:
        assert seen.cells_of(seen.customer(li.pk))["phone"].text == ""


def test_what_an_assessment_writes_down_stands_in_the_log(officer: Member) -> None:
    with acting(officer):
        assess_field(entity_id=officer.entity_id, record_kind="person", code="health", actor=officer, at=AT, **ANSWERS)
        row = CatalogueField.objects.get(record="person", code="health")
        assert [one.action for one in history_of(row)] == ["privacy.assess_field"]


def test_a_built_in_field_keeps_its_name_and_can_be_retired(group: Group, officer: Member) -> None:
    with acting(officer):
        with pytest.raises(Refused) as refusal:
            change_field(
                entity_id=officer.entity_id,
                record_kind="person",
                code="wechat",
                details=FieldDetails("别的", uses={"sales": "contract"}, retention=1),
                actor=officer,
                at=AT,
            )
        assert refusal.value.code == "built_in"
        retire_field(
            entity_id=officer.entity_id, record_kind="person", code="wechat", reason="用不着", actor=officer, at=AT
        )
        assert fields_of(officer.entity_id, "person")["wechat"].state == "retired"
        with pytest.raises(Refused) as refusal:
            retire_field(
                entity_id=officer.entity_id, record_kind="person", code="name", reason="用不着", actor=officer, at=AT
            )
        assert refusal.value.code == "field_needed"


def test_one_piece_of_information_is_registered_once(officer: Member) -> None:
    propose(officer, SHOE_SIZE)
    for label in ("鞋码", "手机"):
        with pytest.raises(Refused) as refusal:
            propose(officer, replace(SHOE_SIZE, label=label))
        assert refusal.value.code == "label_taken"


def test_the_pages_lead_from_the_list_to_activation(group: Group, officer: Member, client: Client) -> None:
    publish(group)
    sign_in(client, officer.user.username)
    company = officer.entity_id
    typed = {"label": "鞋码", "sort": "text", "consent": "none", "retention": "12", "use_orders": "contract"}
    made = client.post(f"/catalogue/{company}/person/add/", typed, follow=True)
    assert "还是草稿" in made.content.decode()
    address = made.redirect_chain[-1][0]
    assert "已启用" in client.post(f"{address}activate/", follow=True).content.decode()
    assert "与台账不一致：鞋码" in client.get("/catalogue/").content.decode()
    preview = client.post(f"/catalogue/notices/{company}/publish/", {"contact": "400"}).content.decode()
    assert "第2版（预览，没有发布）" in preview and "鞋码：用于订单履行" in preview
    told = client.post(f"/catalogue/notices/{company}/publish/", {"contact": "400", "publish": "1"}, follow=True)
    assert "已发布第2版隐私告知" in told.content.decode()
    assert "与台账不一致" not in client.get("/catalogue/").content.decode()


def test_headquarters_looks_after_the_catalogue_of_a_company(group: Group, client: Client) -> None:
    officer = data_officer(group, group.headquarters)
    sign_in(client, officer.user.username)
    page = client.get(f"/catalogue/{group.company_a.pk}/").content.decode()
    assert group.company_a.name in page and "登记字段" in page
    sign_in(client, "xiaoshou.b")
    assert client.get(f"/catalogue/{group.company_a.pk}/").status_code == 404


def test_a_consent_is_bound_to_the_notice_of_its_day(group: Group, officer: Member) -> None:
    publish(group)
    with acting(group.sales_a):
        customer = add_customer(
            kind="person", values={"name": "李小明"}, how=How(), actor=group.sales_a, at=AT
        ).customer

        def consent(**changes: object) -> None:
            record_customer_consent(
                customer_id=customer.pk,
                consents=[replace(given(), **changes)],  # type: ignore[arg-type]
                actor=group.sales_a,
                at=AT + timedelta(hours=1),
            )

        for changes, code in (
            ({"given_at": AT - timedelta(days=1)}, "privacy.consent_after_notice"),
            ({"given_at": AT + timedelta(days=1)}, "privacy.consent_not_in_future"),
            ({"proof": " "}, "privacy.consent_is_proven"),
        ):
            with pytest.raises(Refused) as refusal:
                consent(**changes)
            assert [one.code for one in refusal.value.problems] == [code]
        consent()


@pytest.mark.parametrize(("label", "sort"), [("备用手机", "phone"), ("备用邮箱", "email"), ("家里电话", "text")])
def test_a_field_by_which_people_are_reached_lies_sealed(group: Group, officer: Member, label: str, sort: str) -> None:
    row = propose(officer, FieldDetails(label, sort=sort, uses={"orders": "contract"}, retention=12))
    assert row.is_sealed and row.grade == "general"
    activate(officer, row.code)
    publish(group)
    value = {"phone": "13900139000", "email": "li@example.com", "text": "0571-88886666"}[sort]
    with acting(group.sales_a):
        values = {"name": "李小明", row.code: value}
        made = add_customer(kind="person", values=values, how=How(), actor=group.sales_a, at=AT).customer
        assert row.code not in made.extra and values_of(made)[row.code] == value


def test_what_may_go_abroad_is_taken_into_use_after_an_assessment(officer: Member, approver: Member) -> None:
    """个人信息保护法 第五十五条第四项."""
    row = propose(officer, SHOE_SIZE)
    assert activate(officer, row.code).state == "active"
    with acting(officer):
        change_field(
            entity_id=officer.entity_id,
            record_kind="person",
            code=row.code,
            details=replace(SHOE_SIZE, may_leave=True),
            actor=officer,
            at=AT,
        )
    with pytest.raises(Refused) as refusal:
        activate(officer, row.code)
    assert [one.code for one in refusal.value.problems] == ["privacy.assessment_before_leaving"]
    with acting(officer):
        made = assess_field(
            entity_id=officer.entity_id, record_kind="person", code=row.code, actor=officer, at=AT, **ANSWERS
        )
    with acting(approver):
        approval = Approval.objects.get(subject_id=made.pk)
        decide_approval(approval_id=approval.pk, allows=True, note="", actor=approver, at=AT)
    assert activate(officer, row.code).state == "active"


def test_what_a_record_is_made_for_is_not_taken_from_it(officer: Member) -> None:
    """Orders without the purpose of orders would be shown nowhere."""
    details = FieldDetails("订单金额", uses={"service": "contract"}, visibility="clear", retention=36)
    with acting(officer), pytest.raises(Refused) as refusal:
        change_field(
            entity_id=officer.entity_id, record_kind="order", code="amount", details=details, actor=officer, at=AT
        )
    assert refusal.value.code == "own_purpose" and "订单履行" in refusal.value.sentence
