"""Everybody tries every address, operation and command; what they get stands in access_table.tsv.

A letter for each person: `y` it is theirs to use (an empty form that comes back counts), `n` refused
(403), `m` there is nothing of that kind for them (404), `s` led to the sign-in page, `-` asks for no member: it
belongs to whoever has the server's own account. An address in no row fails, and so does a row that
nothing answers to any more. After a wanted change, look at build/access_table.tsv line by line and
copy it over.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from tools import generated

from guiju.access.models import RightsReview
from guiju.access.services.emergency import ask_emergency_access
from guiju.access.services.reviews import open_rights_reviews
from guiju.archives.models import Disposal, DisposalItem, Hold
from guiju.archives.registry import Target
from guiju.archives.services.disposals import propose_disposal
from guiju.archives.services.holds import place_hold
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
from guiju.kernel.errors import GuijuError, Missing, NotAllowed
from guiju.kernel.rules.model import Occasion
from guiju.notifications.registry import NOTICES
from guiju.notifications.services import NewNotice, post_notice
from guiju.orders.models import Order, Product, TableImport
from guiju.orders.services.orders import OrderDetails, add_order
from guiju.orders.services.products import ProductDetails, add_product
from guiju.orders.services.table_import import preview_table_import
from guiju.organisations.models import Alert, CompanyImport, Department, Member, Role, Substitute, User
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
from guiju.project.urls import urlpatterns
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

TABLE = Path(__file__).with_name("access_table.tsv")
BUILT = generated.ROOT / "build" / "access_table.tsv"

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

POSTED = frozenset(
    {
        "sign_out",
        "switch_member",
        "end_own_session",
        "revoke_token",
        "grant_role",
        "withdraw_role",
        "reset_account",
        "confirm_account_link",
        "end_sessions",
        "end_substitute",
        "drop_company_import",
        "retire_role",
        "confirm_relation",
        "end_relation",
        "decide_own_word",
        "withdraw_own_word",
        "close_department",
        "unmask_field",
        "settle_alert",
        "decide_approval",
        "withdraw_approval",
        "take_task",
        "review_emergency_access",
        "decide_review_lines",
        "sync_directory",
        "drop_intake",
        "unmap_group",
        "link_provider",
        "unlink_provider",
        "verify_log",
        "register_witness",
        "read_notice",
        "read_all",
        "settle_uncertain",
        "retry_notice",
        "end_channel",
        "finish_duty",
        "cancel_duty",
        "pause_duty",
        "resume_duty",
        "unmask_customer",
        "end_minor_access",
        "unmask_contact",
        "withdraw_contact_consent",
        "scan_file_names",
        "withdraw_customer_consent",
        "end_contact",
        "return_contact",
        "end_tie",
        "claim_many",
        "drop_customer_import",
        "scan_note",
        "claim_customer",
        "bulk_customers",
        "say_not_same",
        "undo_merge",
        "ask_wanted",
        "remove_list",
        "activate_field",
        "end_product",
        "resume_product",
        "map_table_import",
        "drop_table_import",
        "choose_table_sheet",
        "choose_sheet",
        "move_opportunity",
        "reopen_opportunity",
        "reopen_lead",
        "restore_opportunity",
        "assign_opportunities",
        "remove_todo",
        "finish_todo",
    }
)
"""Views that only take a form."""


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


@pytest.fixture
def world(group: Group) -> World:
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


def address_names(patterns: list[URLPattern | URLResolver] | None = None) -> Iterator[tuple[str, list[str]]]:
    """Every named page with the values that its address asks for."""
    for one in urlpatterns if patterns is None else patterns:
        if isinstance(one, URLResolver):
            if not str(one.pattern).startswith("api/"):
                yield from address_names(one.url_patterns)
        else:
            assert one.name, f"{one.pattern} has no name"
            yield one.name, list(one.pattern.regex.groupindex)


def ask_page(world: World, member: Member | None, name: str, values: list[str]) -> str:
    client = world.browser(member)
    address = reverse(name, kwargs={value: world.values[value] for value in values})
    with transaction.atomic():
        answer = client.post(address) if name in POSTED else client.get(address)
        if answer.streaming:
            # A file that nobody reads to its end stays open.
            list(answer.streaming_content)  # type: ignore[arg-type]
        transaction.set_rollback(True)
    if answer.status_code == 302 and answer["Location"].startswith("/sign-in/"):
        return "s"
    if answer.status_code == 401 and name in POSTED:
        return "s"
    return _letter(answer.status_code)


def ask_api(world: World, member: Member | None, method: str, path: str) -> str:
    headers = {"HTTP_AUTHORIZATION": f"Bearer {world.secret(member)}"} if member is not None else {}
    address = "/api/v1" + re.sub(r"{(\w+)}", lambda found: str(world.values[found[1]]), path)
    address += QUERIES.get((method, path), "")
    body = BODIES.get((method, path))
    with transaction.atomic():
        kind = "multipart/form-data; boundary=x" if (body or "").startswith("--x") else "application/json"
        answer = Client().generic(method, address, body or "", kind, **headers)
        transaction.set_rollback(True)
    return "s" if answer.status_code == 401 else _letter(answer.status_code)


BODIES = {
    ("POST", "/files/of/{owner_kind}/{owner_id}"): "--x\r\n"
    'Content-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\n--x--\r\n',
    ("POST", "/checks/ads"): '{"text": "你好"}',
    ("POST", "/checks/clauses"): '{"text": "你好"}',
    ("POST", "/checks/fields"): '{"column": "phone"}',
    (
        "POST",
        "/companies",
    ): '{"unified_code": "1", "name": "x", "region": "1", "sector": "x", "went_live_on": "2026-01-01"}',
    ("PATCH", "/companies/{company_id}"): '{"reason": ""}',
    ("POST", "/cleanups"): "{}",
    ("POST", "/refusals"): '{"addresses": ["13900139000"], "means": "call", "proof": "录音 1 号"}',
    ("POST", "/customers"): '{"values": {"name": "王"}}',
    ("POST", "/customers/invitations"): "{}",
    ("PATCH", "/customers/{customer_id}"): '{"values": {"name": "王"}}',
    (
        "POST",
        "/customers/{customer_id}/consents",
    ): '{"purpose": "marketing", "proof": "x", "given_at": "2026-11-28T00:00:00+08:00"}',
    ("POST", "/customers/{customer_id}/consents/{consent_id}/withdraw"): "{}",
    ("POST", "/customers/{customer_id}/ties"): '{"other_id": "00000000-0000-0000-0000-000000000001", "kind": "family"}',
    ("POST", "/customers/{customer_id}/merge"): '{"gone_id": "00000000-0000-0000-0000-000000000001"}',
    ("POST", "/customers/{customer_id}/restore"): '{"version": 1}',
    ("POST", "/customers/{customer_id}/disposals"): '{"basis": "withdrawn", "reason": "客户要求删除"}',
    ("POST", "/customers/{customer_id}/holds"): '{"sort": "dispute", "reason": "争议未决"}',
    ("POST", "/customers/{customer_id}/freeze"): '{"reason": "争议未决"}',
    ("POST", "/customers/{customer_id}/unfreeze"): '{"reason": "争议已了结"}',
    ("POST", "/disposals/{disposal_id}/decide"): '{"allows": true}',
    ("POST", "/holds/{hold_id}/lift"): '{"reason": "争议已了结"}',
    ("POST", "/products"): '{"code": "x", "name": "x"}',
    ("POST", "/orders"): '{"customer_id": "00000000-0000-0000-0000-000000000001",'
    ' "product_id": "00000000-0000-0000-0000-000000000001", "ordered_on": "2026-11-01", "quantity": "1", "amount": "1"}',
    ("POST", "/opportunities"): '{"customer_id": "00000000-0000-0000-0000-000000000001", "name": "x"}',
    ("POST", "/leads"): '{"customer_id": "00000000-0000-0000-0000-000000000001"}',
    ("POST", "/leads/{lead_id}/qualify"): '{"name": "x"}',
    ("POST", "/leads/{lead_id}/discard"): '{"reason": "price"}',
    ("POST", "/opportunities/{opportunity_id}/move"): '{"stage": "quote"}',
}


QUERIES = {
    ("GET", "/customers"): "?purpose=sales",
    ("GET", "/customers/{customer_id}"): "?purpose=sales",
    ("GET", "/customers/{customer_id}/ties"): "?purpose=sales",
    ("GET", "/minor-looks"): "?record_id=00000000-0000-0000-0000-000000000001",
}
"""What has to be said before anything is read."""


def _letter(status: int) -> str:
    match status:
        case 403:
            return "n"
        case 404:
            return "m"
        case _ if status < 500:
            return "y"
    raise AssertionError(f"answered {status}")


COMMANDS = {
    "guiju token list": [],
    "guiju token revoke": ["00000000-0000-0000-0000-000000000001"],
    "guiju company list": [],
    "guiju company register": [
        "--unified-code=1",
        "--name=x",
        "--region=1",
        "--sector=x",
        "--went-live-on=2026-01-01",
    ],
    "guiju company change": ["{code}", "--reason=x"],
    "guiju company show": ["{code}"],
    "guiju company history": ["{code}"],
    "guiju company import": ["{file}"],
    "guiju import customers": ["{file}", "--entity={code}"],
    "guiju export customers": ["{file}.csv", "--purpose=sales", "--reason=月度回访名单"],
    "guiju export orders": ["{file}.csv", "--reason=月度对账"],
    "guiju export opportunities": ["{file}.csv", "--reason=月度对账"],
    "guiju import products": ["{file}", "--entity={code}"],
    "guiju import orders": ["{file}", "--entity={code}"],
    "guiju customer list": ["--purpose=sales"],
    "guiju file list": ["{customer}"],
    "guiju file add": ["{customer}", "{file}"],
    "guiju file get": ["{attachment}", "{file}.out", "--purpose=sales", "--reason=核对合同签字"],
    "guiju customer duplicates": [],
    "guiju customer freeze": ["{customer}", "--reason=争议未决"],
    "guiju customer unfreeze": ["{customer}", "--reason=争议已了结"],
    "guiju disposal list": [],
    "guiju disposal propose": ["{customer}", "--basis=withdrawn", "--reason=客户要求删除"],
    "guiju disposal decide": ["{disposal}", "--allow"],
    "guiju hold list": [],
    "guiju hold place": ["{customer}", "--sort=litigation", "--reason=诉讼未结"],
    "guiju hold lift": ["{hold}", "--reason=争议已了结"],
    "guiju opportunity list": [],
    "guiju lead list": [],
    "guiju consent show": ["{customer}"],
    "guiju catalogue list": [],
    "guiju catalogue show": ["person.phone"],
    "guiju refusal list": [],
    "guiju refusal add": ["13900139000", "--means=call", "--proof=录音 1 号"],
    "guiju refusal import": ["{file}", "--means=list", "--proof=名单 1 号"],
    "guiju cleanup find": ["--entity={code}", "--on=2000-01-01"],
    "guiju cleanup freeze": ["{run}"],
    "guiju cleanup delete": ["{run}", "--reason=责令改正"],
    "guiju cleanup necessity": [],
    "guiju directory sync": [],
    "guiju directory import": ["{file}", "--sort=people"],
    "guiju calendar show": [],
    "guiju calendar import": ["{file}"],
    "guiju deadlines list": [],
    "guiju deadlines explain": ["--start=2026-09-28", "--period=7个工作日"],
    "guiju deadlines recompute": [],
    "guiju document list": [],
    "guiju document render": ["letter", "--sample"],
    "guiju document fill": ["{file}", "--data={file}", "--output={file}.docx"],
    "guiju notices list": [],
    "guiju notices uncertain": [],
    "guiju notices retry": ["00000000-0000-0000-0000-000000000001"],
    "guiju access matrix": [],
    "guiju access explain": ["--member=sales.a"],
    "guiju access grant": ["--member=sales.a", "--role=marketing"],
    "guiju access withdraw": ["--member=sales.a", "--role=sales"],
}
"""What a member's command is tried with; every other command asks for no member."""


def ask_command(world: World, member: Member | None, line: str, command: object, file: Path) -> str:
    if line not in COMMANDS:
        return "-"
    secret = world.secret(member) if member is not None else None
    names = {"code": world.group.company_a.unified_code, "file": file, "customer": world.values["customer_id"]}
    names["run"] = world.values["cleanup_id"]
    names["disposal"], names["hold"] = world.values["disposal_id"], world.values["hold_id"]
    names["attachment"] = world.values["attachment_id"]
    given = [one.format(**names) for one in COMMANDS[line]]
    with transaction.atomic():
        result = CliRunner().invoke(command, given, obj=secret)  # type: ignore[arg-type]
        transaction.set_rollback(True)
    match result.exception:
        case NotAllowed(code="token_missing"):
            return "s"
        case NotAllowed():
            return "n"
        case Missing(
            code="company_missing"
            | "member_missing"
            | "customer_missing"
            | "cleanup_missing"
            | "file_missing"
            | "disposal_missing"
            | "hold_missing"
        ):
            return "m"
        case None | GuijuError():
            return "y"
    raise result.exception


def rows(world: World, file: Path) -> Iterator[list[str]]:
    """Everything there is to try, and what each person gets."""

    def row(kind: str, what: str, ask: object) -> list[str]:
        return [kind, what, *(ask(world.people[person]) for person in PEOPLE)]  # type: ignore[operator]

    for name, values in address_names():
        yield row("page", name, lambda member, name=name, values=values: ask_page(world, member, name, values))
    for method, path, _ in generated.operations():
        yield row("api", f"{method} {path}", lambda member, m=method, p=path: ask_api(world, member, m, p))
    for line, command in generated.commands():
        yield row("cli", line, lambda member, at=line, c=command: ask_command(world, member, at, c, file))


def test_everybody_gets_what_the_table_says(world: World, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("x\n1\n", "utf-8")
    found = [["kind", "what", *PEOPLE], *rows(world, file)]
    BUILT.parent.mkdir(exist_ok=True)
    with BUILT.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, delimiter="\t", lineterminator="\n").writerows(found)
    with TABLE.open(encoding="utf-8") as table:
        expected = {line[1]: line for line in csv.reader(table, delimiter="\t")}
    differences = [
        f"{line[1]}: {person} gets {got}, the table says {wanted}"
        for line in found
        for person, got, wanted in zip(PEOPLE, line[2:], expected.get(line[1], ["?"] * 99)[2:], strict=False)
        if got != wanted
    ]
    differences += [
        f"{what}: nothing answers to this any more" for what in expected.keys() - {line[1] for line in found}
    ]
    assert not differences


def test_the_views_that_only_take_a_form_are_known() -> None:
    names = {name for name, _ in address_names()}
    assert names >= POSTED
    assert get_resolver().url_patterns is urlpatterns


def test_every_ready_made_role_has_its_column(world: World) -> None:
    ready_made = set(Role.objects.filter(is_ready_made=True).values_list("code", flat=True))
    assert ready_made == {*ADMINISTRATORS, *READY_MADE}
