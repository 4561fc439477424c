"""Who sees which rows, against a plain reading of the rules (可见范围).

Random trees of companies, departments, people, roles, relations, substitutions and rows are written
down twice: in the database and as plain Python values. For every person, each list, count, detail,
search, export and API answer holds exactly the rows that `Oracle` allows: none too many, none too few.

A tenant table that is not named in `SEEN_BY` fails: whoever adds one says here how its rows are seen.
"""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings

from guiju.database.models import new_id
from guiju.database.policies import TENANT_TABLES
from guiju.database.scope import scope
from guiju.kernel.errors import GuijuError
from guiju.kernel.identifiers import unified_code
from guiju.organisations.models import (
    Department,
    Entity,
    Installation,
    Member,
    MemberRole,
    Relation,
    Role,
    Substitute,
    User,
)
from guiju.organisations.permissions import treatment_of
from guiju.organisations.registry import RESOURCES
from guiju.organisations.selectors import acting, companies_for, seeing
from guiju.organisations.selectors.people import PeopleFilter, people_for
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, sign_in
from guiju.review.models import Check
from guiju.review.selectors import check_in, checks_in, hidden_checks
from tests.plain_world import Oracle, Plain, PlainMember, PlainRelation, worlds

pytestmark = pytest.mark.django_db

IS_LONG = os.environ.get("GUIJU_PROVE") == "1"
EXAMPLES, PAGE_EXAMPLES = (settings().max_examples, settings().max_examples) if IS_LONG else (40, 4)
"""10,000 in `make prove`; a case of pages takes half a second."""


SEEN_BY = {
    "organisations_member": "people",
    "organisations_memberrole": "columns of people, by the scope of the structure (test_isolation.py)",
    "organisations_department": "columns of people, by the scope of the structure (test_isolation.py)",
    "organisations_substitute": "columns of people, by the scope of the structure (test_isolation.py)",
    "organisations_relation": "test_relations.py: either side sees it",
    "organisations_companyimport": "one company only, by the database (test_isolation.py)",
    "organisations_disclosure": "test_disclosures.py: who may read them reads those of the group",
    "organisations_alert": "test_disclosures.py: who may read them reads those of the group",
    "work_task": "test_tasks.py: whose hand or right it is in",
    "work_approval": "test_approvals.py: who may decide, and who asked",
    "work_decision": "columns of approvals",
    "access_emergencyaccess": "test_emergency.py",
    "access_rightsreview": "test_reviews.py",
    "access_reviewline": "lines of reviews",
    "access_succession": "test_succession.py: the three administrators",
    "directory_intake": "one company only, by the database, and who takes lists in (test_lists.py)",
    "directory_listed": "shown nowhere; the scope of the structure",
    "directory_grouprole": "test_federation.py: who may set them, by the scope of the structure",
    "directory_groupgrant": "shown nowhere; the scope of the structure",
    "review_check": "checks",
    "review_ownword": "test_own_words.py: the structure's scope",
    "privacy_cataloguefield": "test_catalogue_fields.py: who may read the catalogue, by the scope of the structure",
    "privacy_assessment": "lines of a field of the catalogue",
    "privacy_privacynotice": "test_notices.py: who may read the catalogue, by the scope of the structure",
    "privacy_cleanup": "test_cleanup_pages.py: who may read searches, by the scope of the structure",
    "privacy_cleanupfinding": "lines of searches; one company only, by the database (test_cleanup_pages.py)",
    "privacy_subject": "columns of customers",
    "archives_business": "test_floors.py: one company only, by the database, and who may read the register",
    "archives_disposal": "test_disposal_pages.py: who may read the register, by the scope of the structure",
    "archives_disposalitem": "lines of disposals; one company only, by the database",
    "archives_hold": "test_disposal_pages.py: one company only, by the database, and who may read the register",
    "privacy_collection": "shown nowhere; one company only, by the database",
    "privacy_consent": "lines of customers",
    "privacy_minoraccess": "test_minors.py: one's own, and those of the company for who decides",
    "privacy_refusal": "one company only, by the database; test_refusals.py asks across",
    "privacy_message": "test_messages.py: one company only, by the database, and who may answer",
    "privacy_provision": "test_giving.py: one company only, by the database, and who may read them",
    "privacy_ending": "shown nowhere; one company only, by the database (test_downstream.py)",
    "privacy_consentrequest": "shown to who holds its link (test_asking.py)",
    "files_attachment": "test_attachments.py: by sight of what it belongs to",
    "files_chunk": "content of attachments; one company only, by the database",
    "customers_customer": "test_add_customer.py: by sight",
    "customers_contact": "lines of customers",
    "customers_note": "lines of customers",
    "customers_merge": "test_merging.py, test_duplicates.py: lines of customers",
    "customers_notsame": "test_duplicates.py: shown nowhere; one company only, by the database",
    "customers_wanting": "test_wanting.py: by sight of its customer",
    "customers_invitation": "test_inviting.py: one's own, and who holds its link",
    "customers_poolrule": "test_pool.py: one company only, by the database",
    "customers_poolview": "shown nowhere; one company only, by the database",
    "customers_poolpage": "shown nowhere; one company only, by the database",
    "customers_ownerchange": "lines of customers (test_timeline.py)",
    "customers_tie": "test_ties.py: by sight of both customers",
    "customers_bulkact": "test_bulk.py: one's own",
    "customers_savedlist": "test_lists.py: one's own, and what the company shares",
    "customers_importproblems": "lines of an import; one company only, by the database",
    "customers_customerimport": "test_import_customers.py: one company only, and who may import",
    "orders_product": "test_products.py: one company only, by the database, and who may read products",
    "orders_order": "test_orders.py: by sight, in the hands of whoever has the customer",
    "orders_tableimport": "test_import_orders.py: one's own",
    "sales_opportunity": "test_figures.py: by sight, of one's own company",
    "sales_pipeline": "test_ways_in.py: one company only, by the database",
    "sales_lead": "test_leads.py: by sight, in the hands of whoever has the customer",
    "sales_dealnote": "test_given_todos.py: lines of customers and opportunities",
    "sales_dealbulk": "test_taking_back.py: one's own",
    "sales_todo": "test_today.py, test_given_todos.py: one's own, who gave it, and of a customer who sees it",
    "complaints_complaint": "test_handling.py, test_pages.py of complaints: one company, and who may read them, by sight",
    "complaints_step": "lines of complaints",
    "complaints_remedy": "test_remedies.py: lines of complaints",
    "complaints_letter": "test_letters.py: lines of complaints",
    "complaints_route": "test_team.py: one company only, by the database",
    "complaints_snippet": "test_team.py: one company only, by the database",
    "complaints_group": "test_groups.py: by sight of its cases",
    "complaints_tied": "lines of complaints",
    "complaints_limit": "test_remedies.py: for who may set them",
    "complaints_presence": "test_two_at_one_case.py: lines of complaints; one company only, by the database",
    "complaints_companycause": "test_causes.py: one company only, by the database, and who may read complaints",
    "complaints_rectificationrule": "test_rectifications.py: one company only, by the database, and who sets them up",
    "complaints_rectification": "test_rectifications.py: who may read complaints, and whose hand it is in",
    "complaints_rectificationstep": "lines of rectifications",
    "deadlines_duty": "test_duties.py: whose hand or right it is in, and who may see others'",
    "deadlines_signal": "shown beside its duty; the scope of the structure",
    "notifications_notice": "test_inbox.py: whose it is; test_settings.py: who may read what was sent, by sight",
    "notifications_attempt": "lines of notices",
    "notifications_channel": "test_settings.py: who sets them up, one company at a time",
    "notifications_smstext": "test_settings.py: who sets them up, one company at a time",
    "notifications_wording": "test_settings.py: one's own company's, by the database",
    "notifications_preference": "one's own",
    "notifications_code": "shown nowhere; one company only, by the database",
    "safekeeping_recoverykey": "test_pages.py: for system and audit administrators; the group company's",
    "safekeeping_keychange": "test_key_changes.py: on the command line, for the operating system's account",
    "safekeeping_drill": "test_pages.py: for system and audit administrators; the group company's, by the database",
    "safekeeping_restoration": "test_pages.py: for system and audit administrators; the group company's",
    "evidence_entry": "histories, one company at a time (test_isolation.py)",
    "evidence_revision": "histories, one company at a time (test_isolation.py)",
    "evidence_erasure": "shown nowhere; one company only, by the database",
    "evidence_erased": "lines of erasures",
    "evidence_verification": "test_audit_pages.py: the runs stand in the group company's log",
    "evidence_stream": "how many records each kind of a company has had; shown to who may read its log",
}
"""How each tenant table is seen: by a list of this test, or by which other test."""


@dataclass
class Stored:
    """The same world in the database, in the same order."""

    companies: list[Entity]
    members: list[Member]
    rows: list[Check]


def store(world: Plain) -> Stored:
    codes = iter(range(1, 1000))
    companies = [
        Entity(
            id=new_id(),
            unified_code=unified_code.make("330106", next(codes)),
            name=f"公司{number}号",
            region="330106",
            sector="food",
            went_live_on=AT.date(),
            registered_at=AT,
        )
        for number in range(len(world.parents))
    ]
    for one, parent in zip(companies, world.parents, strict=True):
        one.parent = companies[parent] if parent is not None else None
    Installation.objects.create(instance=UUID(int=1), kind="production", made_at=AT)
    everywhere = {one.pk for one in companies}
    with scope(entities=everywhere, trees=everywhere):
        for one in companies:
            one.save(force_insert=True)
        departments = []
        for number, (home, parent) in enumerate(world.departments):
            above = departments[parent] if parent is not None else None
            departments.append(Department(entity=companies[home], parent=above, name=f"部门{number}"))
        Department.objects.bulk_create(departments)
        roles = Role.objects.bulk_create(
            Role(code=f"r{number}", name=f"角色{number}", rights=rights) for number, rights in enumerate(world.roles)
        )
        users = User.objects.bulk_create(
            User(username=f"user{number}", name=f"成员{number}", made_at=AT) for number in range(len(world.members))
        )
        members = Member.objects.bulk_create(
            Member(
                entity=companies[one.company],
                user=user,
                department=departments[one.department] if one.department is not None else None,
                joined_at=AT,
                left_at=AT if one.left else None,
            )
            for one, user in zip(world.members, users, strict=True)
        )
        MemberRole.objects.bulk_create(
            MemberRole(entity_id=member.entity_id, member=member, role=roles[role])
            for one, member in zip(world.members, members, strict=True)
            for role in one.roles
        )
        Relation.objects.bulk_create(
            Relation(
                entity=companies[one.giver],
                receiver=companies[one.receiver],
                sort=one.sort,
                purposes=sorted(one.purposes),
                contract="协议",
                since=one.since,
                until=one.until,
                proposed_by=users[0],
                confirmed_by=users[0] if one.confirmed else None,
                confirmed_at=AT if one.confirmed else None,
                ended_at=AT if one.ended else None,
            )
            for one in world.relations
        )
        Substitute.objects.bulk_create(
            Substitute(
                entity_id=members[one.absent].entity_id,
                member=members[one.absent],
                substitute=members[one.deputy],
                since=one.since,
                until=one.until,
                reason="年假",
                ended_at=AT if one.ended else None,
            )
            for one in world.substitutes
        )
        rows = Check.objects.bulk_create(
            Check(
                entity_id=members[owner].entity_id,
                member=members[owner],
                kind="ads",
                source=f"第{number}份",
                digest="0" * 64,
                law_as_of=AT.date(),
                rules_version="1",
                total=0,
                blocked=0,
                reviewed=0,
                answers=[],
                made_at=AT,
            )
            for number, owner in enumerate(world.rows)
        )
    return Stored(companies, members, rows)


def compare(world: Plain, stored: Stored, who: int) -> None:
    """Everything that the selectors tell one person."""
    oracle, member = Oracle(world), stored.members[who]
    companies = {number for number in range(len(world.parents)) if oracle.sees_company(who, number)}
    people = {number for number in range(len(world.members)) if oracle.sees_person(who, number)}
    rows = {number for number, owner in enumerate(world.rows) if oracle.sees_check(who, owner)}
    with acting(member):
        assert {one.pk for one in companies_for(member)} == {stored.companies[one].pk for one in companies}
        found = {one.pk for one in companies_for(member, search="公司0号")}
        assert found == {stored.companies[one].pk for one in companies & {0}}
        for left in (False, True):
            wanted = {stored.members[one].pk for one in people if world.members[one].left is left}
            assert _people(member, PeopleFilter(left=left), world.today) == wanted
        here = {stored.members[one].pk for one in people & {0} if not world.members[one].left}
        assert _people(member, PeopleFilter(search="成员0"), world.today) == here
        # A company may be counted without being named, for who doesn't see companies that far.
        hidden = Counter()
        for number, count in oracle.hidden_checks(who).items():
            hidden[f"公司{number}号" if number in companies else "看不到名称的公司"] += count
        assert _checks(member, stored, world) == ({stored.rows[one].pk for one in rows}, hidden)


def _people(member: Member, wanted: PeopleFilter, day: date) -> set[UUID]:
    try:
        found = people_for(member, wanted, on=day)
    except GuijuError:
        return set()
    assert found.count() == len(found)
    return {one.pk for one in found}


def _checks(member: Member, stored: Stored, world: Plain) -> tuple[set[UUID], dict[str, int]]:
    """What the list shows, what each detail shows, and what is told of the rest."""
    try:
        with seeing(member, "check.read", on=world.today) as sight:
            listed = {one.pk for one in checks_in(sight)}
            assert checks_in(sight).count() == len(listed)
            assert {one.pk for one in stored.rows if _is_shown(sight, one)} == listed
            hidden: Counter[str] = Counter()
            for one in hidden_checks(sight):
                hidden[one.company] += one.count
            return listed, hidden
    except GuijuError:
        return set(), Counter()


def _is_shown(sight: object, row: Check) -> bool:
    try:
        return check_in(sight, row.pk).pk == row.pk  # type: ignore[arg-type]
    except GuijuError:
        return False


def compare_pages(world: Plain, stored: Stored, who: int) -> None:
    """The same through pages, exports and API."""
    oracle, member = Oracle(world), stored.members[who]
    browser = sign_in(Client(), member.user.username)
    with acting(member):
        secret = create_token(member=member, name="x", days=1, at=timezone.now())
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    companies = {one.unified_code for number, one in enumerate(stored.companies) if oracle.sees_company(who, number)}
    listed = Client().get("/api/v1/companies", **bearer).json()
    assert listed["count"] == len(companies) and {one["unified_code"] for one in listed["items"]} == companies
    page = browser.get("/companies/").content.decode()
    assert {one.unified_code for one in stored.companies if one.unified_code in page} == companies
    for number, one in enumerate(stored.companies):
        shown = 200 if oracle.sees_company(who, number) else 404
        assert browser.get(f"/companies/{one.pk}/").status_code == shown
        assert Client().get(f"/api/v1/companies/{one.pk}", **bearer).status_code == shown
    exported = browser.get("/companies/export.csv")
    if exported.status_code == 200:
        lines = list(csv.reader(io.StringIO(exported.getvalue().decode("utf-8-sig"))))
        assert {line[0] for line in lines[1:]} == companies
    for number, other in enumerate(stored.members):
        expected = {200} if oracle.sees_person(who, number) else {403, 404}
        assert browser.get(f"/people/{other.pk}/").status_code in expected
    for number, owner in enumerate(world.rows):
        expected = {200} if oracle.sees_check(who, owner) else {403, 404}
        for address in (
            f"/review/checks/{stored.rows[number].pk}/",
            f"/review/checks/{stored.rows[number].pk}/result.xlsx",
        ):
            assert browser.get(address).status_code in expected


def taken_back(world: Plain) -> Iterator[Stored]:
    with transaction.atomic():
        yield store(world)
        transaction.set_rollback(True)


_SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=EXAMPLES, suppress_health_check=_SLOW)
@given(world=worlds())
def test_everybody_sees_exactly_the_rows_that_the_rules_allow(world: Plain) -> None:
    for stored in taken_back(world):
        for who, plain in enumerate(world.members):
            if not plain.left:
                compare(world, stored, who)


@settings(max_examples=PAGE_EXAMPLES, suppress_health_check=_SLOW)
@given(world=worlds())
def test_pages_exports_and_api_show_the_same(world: Plain) -> None:
    for stored in taken_back(world):
        for who, plain in enumerate(world.members[:1]):
            if not plain.left:
                compare_pages(world, stored, who)


def test_every_tenant_table_is_in_the_list() -> None:
    assert SEEN_BY.keys() == TENANT_TABLES


def test_a_row_too_many_is_found() -> None:
    """The comparison can fail: with a relation that the oracle doesn't know of."""
    day = timezone.localdate()
    world = Plain(
        day, [None, 0], [], [{"check.read": "group"}], [PlainMember(0, None, frozenset({0}), False)], [], [], []
    )
    world.members.append(PlainMember(1, None, frozenset(), False))
    world.rows.append(1)
    other = PlainRelation(1, 0, "entrust", frozenset({"legal"}), day, None, True, False)
    for stored in taken_back(Plain(**{**vars(world), "relations": [other]})):
        with pytest.raises(AssertionError):
            compare(world, stored, 0)


def test_fields_are_treated_as_the_clearest_role_says() -> None:
    day = timezone.localdate()
    world = Plain(day, [None], [], [{}], [PlainMember(0, None, frozenset({0}), False)], [], [], [])
    for stored in taken_back(world):
        for words, expected in (
            ({"member.phone": "clear"}, "clear"),
            ({"member.phone": "hidden"}, "hidden"),
            ({}, "masked"),
        ):
            Role.objects.filter(code="r0").update(treatments=words)
            stored.members[0].__dict__.pop("_rights", None)
            with acting(stored.members[0]):
                assert treatment_of(stored.members[0], "member", "phone") == expected
    assert "phone" in RESOURCES["member"].fields
