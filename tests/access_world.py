"""A group with one of everything, and who tries it: for the walk through all addresses (`test_access_walk.py`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.test import Client
from django.utils import timezone

from guiju.access.models import RightsReview
from guiju.access.services.emergency import ask_emergency_access
from guiju.access.services.reviews import open_rights_reviews
from guiju.archives.models import Disposal, DisposalItem, Hold
from guiju.archives.registry import Target
from guiju.archives.services.disposals import propose_disposal
from guiju.archives.services.holds import place_hold
from guiju.complaints.models import Rectification
from guiju.complaints.services.groups import tie_cases
from guiju.complaints.services.handling import accept_complaint
from guiju.complaints.services.remedies import Offer, note_agreement, offer_remedy
from guiju.complaints.services.sharing import add_route
from guiju.complaints.services.snippets import Words, put_snippet
from guiju.complaints.services.weighing import care_for_causes
from guiju.complaints.tests.factories import cases_of, complain
from guiju.customers.services.bulk import tag_many
from guiju.customers.services.consents import withdraw_customer_consent
from guiju.customers.services.contacts import add_contact
from guiju.customers.services.customer_import import open_customer_import
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.services.lists import save_list
from guiju.customers.services.merging import merge_customers
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.customers.services.ties import add_tie
from guiju.database.scope import scope
from guiju.deadlines.kinds import OWN
from guiju.deadlines.models import Duty
from guiju.deadlines.services.duties import NewDuty, add_duty
from guiju.directory.models import GroupRole, Intake
from guiju.evidence.services import Act
from guiju.files.services.attachments import remove_attachment
from guiju.files.services.removal import KIND as AFTER_REMOVAL
from guiju.files.tests.factories import PDF, put
from guiju.kernel.calendar import Period, Unit
from guiju.kernel.rules.model import Occasion
from guiju.notifications.registry import NOTICES
from guiju.notifications.services import NewNotice, post_notice
from guiju.orders.models import Order, Product, TableImport
from guiju.orders.services.orders import OrderDetails, add_order
from guiju.orders.services.products import ProductDetails, add_product
from guiju.orders.services.table_import import preview_table_import
from guiju.organisations.models import Alert, CompanyImport, Department, Member, Substitute, User
from guiju.organisations.selectors import acting
from guiju.organisations.services.relations import RelationDetails, agree_relation
from guiju.organisations.services.roles import RoleDetails, create_role
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import ASSESSED, Group, join, sign_in
from guiju.privacy.models import Cleanup, Consent
from guiju.privacy.services.cleanup import start_cleanup
from guiju.privacy.services.consents import GivenConsent
from guiju.privacy.services.messages import Written, leave_message
from guiju.privacy.services.minors import ask_minor_access
from guiju.privacy.services.withdrawals import KIND as AFTER_WITHDRAWAL
from guiju.privacy.terms import Channel
from guiju.privacy.tests.factories import publish
from guiju.review.models import OwnWord
from guiju.review.services.checks import Outcome, keep_check
from guiju.safekeeping.models import Restoration
from guiju.safekeeping.services import keep_drill
from guiju.safekeeping.services.drills import Outcome as Drilled
from guiju.safekeeping.services.looking import ask_to_look
from guiju.sales.services.bulk import assign_opportunities
from guiju.sales.services.details import Details
from guiju.sales.services.leads import open_lead
from guiju.sales.services.opportunities import add_opportunity
from guiju.sales.services.todos import add_todo
from guiju.work.models import Approval, Task
from guiju.work.services.approvals import decide_approval

ADMINISTRATORS = {"system_admin": "xitong", "security_admin": "anquan", "audit_admin": "shenji"}
READY_MADE = (
    "compliance",
    "legal",
    "data_officer",
    "archivist",
    "marketing",
    "sales",
    "sales_manager",
    "service",
    "contractor",
    "inspector",
)
FILES = (("合同.pdf", PDF), ("旧合同.pdf", PDF + b"2"))
PEOPLE = ("stranger", "elsewhere", "no_role", *ADMINISTRATORS, *READY_MADE)


@dataclass(frozen=True)
class World:
    """A group with one of everything, in company A; who tries, by the name of their column."""

    group: Group
    people: dict[str, Member | None]
    values: dict[str, object]
    cookies: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def browser(self, member: Member | None) -> Client:
        """Signed in once; what a request changes is taken back each time."""
        if member is None:
            return Client()
        name = member.user.username
        if name not in self.cookies:
            self.cookies[name] = sign_in(Client(), name).cookies["guiju_session"].value
        browser = Client()
        browser.cookies["guiju_session"] = self.cookies[name]
        return browser

    def secret(self, member: Member) -> str:
        name = member.user.username
        if name not in self.secrets:
            with acting(member):
                self.secrets[name] = create_token(member=member, name="x", days=1, at=timezone.now())
        return self.secrets[name]


def make_world(group: Group) -> World:
    people: dict[str, Member | None] = {"stranger": None, "elsewhere": group.sales_b}
    with scope(entities={group.headquarters.pk}, trees={group.headquarters.pk}):
        for role, username in ADMINISTRATORS.items():
            people[role] = Member.objects.select_related("user", "entity").get(user__username=username)
    for role in READY_MADE:
        people[role] = join(
            group.company_a, role, f"{role.replace('_', '.')}.a", group.system_admin, group.security_admin
        )
    people["no_role"] = _without_role(group)
    return World(group, people, _one_of_everything(group, people))


def _to_look_after(group: Group) -> UUID:
    """The task that a restore leaves where nothing could be done again."""
    now = timezone.now()
    with scope(entities={group.company_a.pk}, trees={group.headquarters.pk}):
        return ask_to_look(group.company_a.pk, Restoration(moment=now), now).pk


def _without_role(group: Group) -> Member:
    from guiju.organisations.services.roles import withdraw_role

    member = join(group.company_a, "sales", "nobody.a", group.system_admin, group.security_admin)
    with acting(group.security_admin):
        withdraw_role(member=member, code="sales", actor=group.security_admin, at=timezone.now())
    return member


def _one_of_everything(group: Group, people: dict[str, Member | None]) -> dict[str, object]:
    """What the names in addresses stand for."""
    now, sales, lawyer = timezone.now(), people["sales"], people["legal"]
    assert sales is not None and lawyer is not None
    with acting(group.security_admin):
        role = create_role(details=RoleDetails("门店", "", {}, {}), actor=group.security_admin, at=now)
    headquarters_lawyer = join(group.headquarters, "legal", "fawu", group.system_admin, group.security_admin)
    with acting(headquarters_lawyer):
        relation = agree_relation(
            details=RelationDetails(
                group.company_a.pk,
                group.headquarters.pk,
                "entrust",
                ("legal",),
                "委托协议",
                date(2026, 1, 1),
                date(2027, 1, 1),
                answers=ASSESSED,
            ),
            actor=headquarters_lawyer,
            at=now,
        )
    with acting(sales):
        check = keep_check(
            outcome=Outcome("ads", "x.txt", "0" * 64, Occasion(), date(2026, 11, 1), []), actor=sales, at=now
        )
    absent, deputy = (
        join(group.company_a, "sales", name, group.system_admin, group.security_admin) for name in ("absent", "deputy")
    )
    with scope(entities={group.company_a.pk, group.headquarters.pk}, trees={group.headquarters.pk}):
        word = OwnWord.objects.create(
            entity=group.company_a,
            words="最鲜",
            sort="brand",
            proof="商标证",
            valid_until=date(2030, 1, 1),
            state="proposed",
            proposed_by=people["marketing"],
            proposed_at=now,
        )
        imported = CompanyImport.objects.create(
            entity=group.headquarters,
            member=group.system_admin,
            file_name="x.xlsx",
            file_digest="0" * 64,
            content=b"",
            state="previewed",
            rows_total=1,
            rows_bad=0,
            made_at=now,
        )
        intake = Intake.objects.create(
            entity=group.headquarters,
            member=group.system_admin,
            sort="people",
            name="x.xlsx",
            content=b"",
            state="previewed",
            made_at=now,
        )
        mapping = GroupRole.objects.create(
            entity=group.headquarters,
            group="crm-sales",
            role_id="sales",
            made_by=group.security_admin.user,
            made_at=now,
        )
        substitute = Substitute.objects.create(
            entity=group.company_a,
            member=absent,
            substitute=deputy,
            since=date(2026, 1, 1),
            until=date(2100, 1, 1),
            reason="年假",
        )
        department = Department.objects.create(entity=group.company_a, name="销售部")
        alert = Alert.objects.create(entity=group.company_a, member=sales, sort="unmask", count=11, at=now)
        User.objects.filter(pk=sales.user_id).update(phone="13800001234")
    with acting(sales):
        minors = ask_minor_access(
            subject_id=None,
            purpose="sales",
            until=timezone.localdate(),
            reason="通知家长开课",
            actor=sales,
            at=now,
        )
    with acting(absent):
        emergency = ask_emergency_access(code="legal", reason="合同今天到期", actor=absent, at=now)
        approval = Approval.objects.get(subject_id=emergency.pk)
    open_rights_reviews(at=now)
    with scope(trees={group.headquarters.pk}):
        review = RightsReview.objects.get(entity=group.company_a)
        task = Task.objects.get(subject_id=review.pk, holder=None)
    with acting(sales):
        duty = add_duty(
            wanted=NewDuty(
                OWN.code,
                group.company_a.pk,
                "报送年报",
                now,
                Period(10, Unit.WORKING_DAYS),
                Duty.Basis.INTERNAL,
                "公司制度",
                holder=sales,
            ),
            actor=sales,
            at=now,
        )
        values = dict(NOTICES["deadlines.reminder"].variables)
        wanted = NewNotice("deadlines.reminder", group.company_a.pk, "x", values, member=sales)
        notice = post_notice(wanted, Act("deadlines.keep_signals", None, now))
    publish(group, at=now)
    with acting(sales):
        values = {"name": "李小明", "phone": "13800138000"}
        how = How(consents=[GivenConsent("marketing", Channel.PAPER, "同意书 1 号", now)])
        customer = add_customer(kind="person", values=values, how=how, actor=sales, at=now).customer
        same = {"name": "李晓明", "phone": "13800138009"}
        other = add_customer(kind="person", values=same, how=how, actor=sales, at=now).customer
        gone = add_customer(kind="person", values={"name": "李小茗"}, how=How(), actor=sales, at=now).customer
        merged = merge_customers(kept_id=other.pk, gone_id=gone.pk, taken=[], actor=sales, at=now)
        firm = add_customer(kind="company", values={"name": "某厂"}, how=How(), actor=sales, at=now).customer
        contact = add_contact(customer_id=firm.pk, values={"name": "王经理"}, how=How(), actor=sales, at=now).contact
        consent = Consent.objects.get(subject=customer.subject)
        act = tag_many(customers=[customer.pk], tag="老客户", actor=sales, at=now)
        tie = add_tie(one_id=customer.pk, other_id=other.pk, kind="family", actor=sales, at=now)
        kept = save_list(name="重点", query={"level": "a"}, is_shared=False, actor=sales, at=now)
        note = add_note(customer_id=customer.pk, details=NoteDetails("来电"), actor=sales, at=now).note
        upload = open_customer_import(name="x.csv", content=b"name\nx\n", kind="person", actor=sales, at=now)
        deal = add_opportunity(customer_id=customer.pk, details=Details("年货礼盒"), actor=sales, at=now)
        spare = add_opportunity(customer_id=customer.pk, details=Details("中秋礼盒"), actor=sales, at=now)
        given = assign_opportunities(opportunities=[spare.pk], to=deputy, actor=sales, at=now)
        lead = open_lead(customer_id=other.pk, interest="年货礼盒", actor=sales, at=now)
        todo = add_todo(title="准备周例会", actor=sales, at=now)
        attachment, removed = (put(sales, customer, name, content).attachment for name, content in FILES)
        remove_attachment(attachment_id=removed.pk, reason="传错了客户", actor=sales, at=now)
        removal = Task.objects.get(kind=AFTER_REMOVAL)
    hold, disposal, item = _destroyed(people, how)
    product, order, table = _sold(people, customer.pk)
    cleanup, withdrawal = _searched(people)
    with scope(entities={group.company_a.pk}):
        written = Written("refuse", "13800138000")
        message = leave_message(entity_id=group.company_a.pk, written=written, origin="", at=now)
    drill = keep_drill(outcome=Drilled(now, 1, False), account="root", at=now)
    complained = _complained(people)
    return {
        "drill_id": drill.pk,
        "list_id": kept.pk,
        "owner_kind": "customer",
        "owner_id": customer.pk,
        "attachment_id": attachment.pk,
        "file_id": attachment.pk,
        "removal_id": removal.pk,
        "product_id": product.pk,
        "order_id": order.pk,
        "table_id": table.pk,
        "cleanup_id": cleanup.pk,
        "withdrawal_id": withdrawal.pk,
        "message_id": message.pk,
        "record_id": customer.pk,
        "found": "gender",
        "looking_id": _to_look_after(group),
        "period_code": "consents",
        "hold_id": hold.pk,
        "disposal_id": disposal.pk,
        "item_id": item.pk,
        "customer_id": customer.pk,
        "other_id": other.pk,
        "merge_id": merged.pk,
        "tie_id": tie.pk,
        "opportunity_id": deal.pk,
        "deal_bulk_id": given.pk,
        "lead_id": lead.pk,
        "todo_id": todo.pk,
        **complained,
        "rectification_id": _too_much(group).pk,
        "cause_code": "quality",
        "upload_id": upload.pk,
        "note_id": note.pk,
        "act_id": act.pk,
        "contact_id": contact.pk,
        "consent_id": consent.pk,
        "category": "id_card",
        "record": "person",
        "version": 1,
        "company_id": group.company_a.pk,
        "department_id": department.pk,
        "member_id": sales.pk,
        "import_id": imported.pk,
        "code": role.code,
        "relation_id": relation.pk,
        "check_id": check.pk,
        "word_id": word.pk,
        "substitute_id": substitute.pk,
        "field": "phone",
        "alert_id": alert.pk,
        "approval_id": approval.pk,
        "task_id": task.pk,
        "access_id": emergency.pk,
        "minor_access_id": minors.pk,
        "review_id": review.pk,
        "intake_id": intake.pk,
        "mapping_id": mapping.pk,
        "sort": "people",
        "token_id": UUID(int=1),
        "mark": "0123456789abcdef",
        "form": "xlsx",
        "rule_id": "ads.absolute_terms",
        "name": "广告法",
        "entry_id": first_entry_of(group.company_a.pk),
        "subject_type": "organisations.entity",
        "subject_id": group.company_a.pk,
        "level": 0,
        "number": "000",
        "notice_id": notice.pk,
        "kind": "deadlines.reminder",
        "channel": "smtp",
        "duty_id": duty.pk,
        "secret": "nobody-s",
        "template": "letter",
        "table_code": "products",
    }


def _complained(people: dict[str, Member | None]) -> dict[str, object]:
    """A case that has come far enough for each of its pages, and what agents have set up."""
    now, service = timezone.now(), people["service"]
    assert service is not None
    case = complain(service.entity, at=now).complaint
    other = complain(service.entity, "另一件", at=now, phone="13900000009").complaint
    with acting(service):
        accept_complaint(complaint_id=case.pk, actor=service, at=now)
        remedy = offer_remedy(complaint_id=case.pk, offer=Offer("exchange", "换一盒"), actor=service, at=now)
        note_agreement(complaint_id=case.pk, how="电话里同意", actor=service, at=now)
        group = tie_cases(complaint_ids=[case.pk, other.pk], title="包装破损", actor=service, at=now)
        route = add_route(to=service, product=None, actor=service, at=now)
        snippet = put_snippet(words=Words("道歉", "非常抱歉"), actor=service, at=now)
    return {
        "complaint_id": case.pk,
        "remedy_id": remedy.pk,
        "group_id": group.pk,
        "route_id": route.pk,
        "snippet_id": snippet.pk,
    }


def _too_much(group: Group) -> Rectification:
    """A task that a single case of a safety cause has made."""
    now = timezone.now()
    cases_of(group.company_a, "food.foreign", 1, at=now)
    care_for_causes(at=now)
    with scope(entities={group.company_a.pk}):
        return Rectification.objects.get()


def _sold(people: dict[str, Member | None], customer_id: UUID) -> tuple[Product, Order, TableImport]:
    """A product, an order of it, and a file of the seller's on its way in."""
    now, sales, service = timezone.now(), people["sales"], people["service"]
    assert sales is not None and service is not None
    with acting(service):
        product = add_product(details=ProductDetails("P1", "蓝莓汁", "food"), actor=service, at=now)
    with acting(sales):
        details = OrderDetails(product.pk, timezone.localdate(now), Decimal(1), Decimal(10))
        order = add_order(customer_id=customer_id, details=details, actor=sales, at=now)
        content = "订单号,日期,客户,编码,数量,金额\nx,x,x,x,x,x\n".encode()
        return product, order, preview_table_import(kind="orders", name="x.csv", content=content, actor=sales, at=now)


def _destroyed(people: dict[str, Member | None], how: How) -> tuple[Hold, Disposal, DisposalItem]:
    """A hold, and another person of whom something was destroyed."""
    now, sales, officer, archivist = timezone.now(), people["sales"], people["data_officer"], people["archivist"]
    assert sales is not None and officer is not None and archivist is not None
    with acting(sales):
        wang = add_customer(kind="person", values={"name": "王小二"}, how=how, actor=sales, at=now).customer
    entity_id, subject_id = wang.entity_id, wang.subject_id
    assert subject_id is not None
    with acting(officer):
        disposal = propose_disposal(
            entity_id=entity_id,
            targets=[Target(subject_id)],
            basis="withdrawn",
            reason="客户要求删除",
            actor=officer,
            at=now,
        )
        hold = place_hold(
            entity_id=entity_id,
            subject_id=UUID(int=7),
            sort="dispute",
            reason="投诉没有办结",
            actor=officer,
            at=now,
        )
    with acting(archivist):
        asked = Approval.objects.get(subject_id=disposal.pk)
        decide_approval(approval_id=asked.pk, allows=True, note="", actor=archivist, at=now)
        return hold, disposal, DisposalItem.objects.get(disposal=disposal)


def _searched(people: dict[str, Member | None]) -> tuple[Cleanup, Task]:
    """A search that found what rests on a withdrawn consent, and the task that the withdrawal left."""
    now, sales, officer = timezone.now(), people["sales"], people["data_officer"]
    assert sales is not None and officer is not None
    how = How(consents=[GivenConsent("service", Channel.PAPER, "同意书 2 号", now)])
    with acting(sales):
        values = {"name": "赵小三", "gender": "女"}
        zhao = add_customer(kind="person", values=values, how=how, actor=sales, at=now).customer
        consent = Consent.objects.get(subject=zhao.subject)
        withdraw_customer_consent(customer_id=zhao.pk, consent_id=consent.pk, actor=sales, at=now)
    with acting(officer):
        cleanup = start_cleanup(entity_id=officer.entity_id, on=timezone.localdate(), actor=officer, at=now)
        return cleanup, Task.objects.get(kind=AFTER_WITHDRAWAL)


def first_entry_of(company_id: UUID) -> UUID:
    with scope(entities={company_id}), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM evidence_entry WHERE entity_id = %s ORDER BY id LIMIT 1", [company_id])
        [found] = cursor.fetchone()
    return found
