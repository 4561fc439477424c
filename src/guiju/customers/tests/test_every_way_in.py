"""Whatever a value may not come in for, it comes in by no way, and is told with its reason (收集的关口).

Each way sends one value of each kind that has to be refused, beside a name that may come in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from guiju.customers.loading import FileImport
from guiju.customers.models import Contact, Customer, Note
from guiju.customers.services.contacts import add_contact, change_contact
from guiju.customers.services.customers import add_customer, change_customer
from guiju.customers.services.import_files import problems_of
from guiju.customers.services.intake import How
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.customers.services.restoring import restore_customer
from guiju.customers.tests.merging import LATER, merge
from guiju.customers.tests.test_cleanup import past_the_door
from guiju.customers.tests.test_import_customers import load
from guiju.customers.values import values_of
from guiju.evidence.selectors import history_of
from guiju.files.models import Attachment
from guiju.files.tests.factories import put
from guiju.kernel.errors import Problem, Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.registry import HOLDS, RECORDS
from guiju.privacy.services.catalogue import (
    FieldDetails,
    activate_field,
    assess_field,
    change_field,
    propose_field,
    retire_field,
)
from guiju.privacy.tests.factories import data_officer, publish
from guiju.rulebook import rules_at
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

NAME = "李小明"
PLAIN = FieldDetails("鞋码", uses={"service": "contract"}, retention=12)
FACE = FieldDetails("人脸识别数据", uses={"service": "consent"}, consent="separate", retention=12)
HELD_BACK = "备案里还没有人脸识别数据，变更备案以后才能收集"
WORDS = {rule.id: rule.message for rule in rules_at("privacy.collect_value")}


@dataclass
class Refusals:
    """Fields of one kind of record by the rule that refuses them, in a company of which `sales` is a member."""

    group: Group
    kind: str
    expected: dict[str, str] = field(default_factory=dict)
    offered: set[str] = field(default_factory=set)
    """Those that a form shows, since they are in use."""

    @property
    def values(self) -> dict[str, str]:
        return {"name": NAME, **dict.fromkeys(self.expected, "42")}

    @property
    def sales(self) -> Member:
        return self.group.sales_a


@pytest.fixture(params=["person", "contact"])
def refusals(request: pytest.FixtureRequest, group: Group) -> Refusals:
    made = Refusals(group, request.param)
    officer, approver = (
        data_officer(group),
        join(group.company_a, "legal", "fawu.a", group.system_admin, group.security_admin),
    )

    def propose(details: FieldDetails, refused_by: str, *, is_offered: bool = True) -> str:
        row = propose_field(entity_id=officer.entity_id, record_kind=made.kind, details=details, actor=officer, at=AT)
        made.expected[row.code] = f"privacy.{refused_by}"
        if is_offered:
            made.offered.add(row.code)
        return row.code

    def activate(code: str) -> None:
        activate_field(entity_id=officer.entity_id, record_kind=made.kind, code=code, actor=officer, at=AT)

    def assess(code: str) -> None:
        answers = dict.fromkeys(("necessity", "impact", "measures"), "没有别的办法，加密保存，按角色脱敏")
        where: dict[str, Any] = {"entity_id": officer.entity_id, "record_kind": made.kind, "code": code}
        asked = assess_field(**where, **answers, actor=officer, at=AT)
        approval = Approval.objects.get(subject_id=asked.pk)
        with acting(approver):
            decide_approval(approval_id=approval.pk, allows=True, note="", actor=approver, at=AT)

    with acting(officer):
        where: dict[str, Any] = {"entity_id": officer.entity_id, "record_kind": made.kind, "actor": officer, "at": AT}
        made.expected["blood_type"] = "privacy.declared_first"
        propose(replace(PLAIN, label="还是草稿"), "active_first", is_offered=False)
        retired = propose(replace(PLAIN, label="已经停用"), "active_first", is_offered=False)
        activate(retired)
        retire_field(**where, code=retired, reason="用不着了")
        activate(propose(replace(PLAIN, label="要先同意", uses={"service": "consent"}), "consent_first"))
        separate = propose(replace(FACE, label="指纹数据"), "separate_consent_first")
        assess(separate)
        activate(separate)
        aimless = propose(replace(PLAIN, label="没有目的"), "purpose_first")
        activate(aimless)
        face = propose(FACE, "active_first", is_offered=False)
        assess(face)
        HOLDS.append(lambda entity, one: HELD_BACK if one.label == FACE.label else "")
        try:
            activate(face)
        finally:
            HOLDS.pop()
    publish(group)
    with acting(officer):
        change_field(**where, code=aimless, details=replace(PLAIN, label="没有目的", uses={}))
        activate(propose(replace(PLAIN, label="没有告知"), "told_first"))
    return made


def company_of(sales: Member) -> Customer:
    values = {"name": "某某制造有限公司"}
    return add_customer(kind="company", values=values, how=How(), actor=sales, at=AT).customer


def person_of(sales: Member) -> Customer:
    return add_customer(kind="person", values={"name": NAME}, how=How(), actor=sales, at=AT).customer


def contact_of(sales: Member) -> Contact:
    made = add_contact(customer_id=company_of(sales).pk, values={"name": NAME}, how=How(), actor=sales, at=AT)
    return made.contact


Told = list[tuple[str | None, str]]
"""Of each value that was refused its field and the rule."""


def told_of(problems: tuple[Problem, ...]) -> Told:
    return [(one.field, one.code) for one in problems]


def by_service(refusals: Refusals) -> Told:
    sales = refusals.sales
    if refusals.kind == "person":
        return told_of(add_customer(kind="person", values=refusals.values, how=How(), actor=sales, at=AT).refused)
    company = company_of(sales)
    return told_of(add_contact(customer_id=company.pk, values=refusals.values, how=How(), actor=sales, at=AT).refused)


def by_change(refusals: Refusals) -> Told:
    """Where nothing is left to save, the change is refused with all of it."""
    how: dict[str, Any] = {"values": refusals.values, "how": How(), "actor": refusals.sales, "at": AT}
    with pytest.raises(Refused) as refusal:
        if refusals.kind == "person":
            change_customer(customer_id=person_of(refusals.sales).pk, **how)
        else:
            change_contact(contact_id=contact_of(refusals.sales).pk, **how)
    return told_of(refusal.value.problems)


def by_api(refusals: Refusals) -> Told:
    """Contacts have no address there."""
    body = {"kind": "person", "values": refusals.values}
    return _over_http(refusals, "post", "/api/v1/customers", body)


def by_api_change(refusals: Refusals) -> Told:
    body = {"values": refusals.values}
    return _over_http(refusals, "patch", f"/api/v1/customers/{person_of(refusals.sales).pk}", body)


def _over_http(refusals: Refusals, method: str, address: str, body: dict[str, Any]) -> Told:
    secret = create_token(member=refusals.sales, name="x", days=1, at=timezone.now())
    send = getattr(Client(), method)
    answer = send(
        address, json.dumps(body), content_type="application/json", headers={"Authorization": f"Bearer {secret}"}
    )
    told = answer.json()
    assert answer.status_code in (201, 422), told
    return [(one["field"], one["code"]) for one in told.get("refused") or told["problems"]]


def by_file(refusals: Refusals, codes: Sequence[str], folder: Path) -> Told:
    text, mapping, kind = _columns(refusals, codes)
    found = load(refusals.group, text, kind=kind, mapping=mapping)
    with acting(refusals.sales):
        return _named([one for told in dict(problems_of(found)).values() for one in told["cells"]])


def by_command(refusals: Refusals, codes: Sequence[str], folder: Path) -> Told:
    text, mapping, kind = _columns(refusals, codes)
    file, columns = folder / "客户.csv", folder / "对应.json"
    file.write_text(text, "utf-8")
    columns.write_text(json.dumps({"columns": mapping}), "utf-8")
    with acting(refusals.sales):
        secret = create_token(member=refusals.sales, name="x", days=1, at=timezone.now())
    told = FileImport(secret, refusals.sales.entity.unified_code, file, kind, None, columns, "门店会员登记表").run(
        dry_run=False
    )
    return _named([one for cells in told["problems"].values() for one in cells])


def _columns(refusals: Refusals, codes: Sequence[str]) -> tuple[str, dict[str, str], str]:
    """A file of one row with these fields as its columns."""
    own = {f"列{code}": f"{refusals.kind}.{code}" for code in codes}
    if refusals.kind == "person":
        head, row, first = "姓名", NAME, {"姓名": "person.name"}
    else:
        head, row = "单位名称,联系人", f"某某制造有限公司,{NAME}"
        first = {"单位名称": "company.name", "联系人": "contact.name"}
    text = f"{head},{','.join(own)}\n{row},{','.join(['42'] * len(own))}\n"
    return text, {**first, **own}, "person" if refusals.kind == "person" else "company"


def _named(cells: list[dict[str, Any]]) -> Told:
    return [(one["title"].removeprefix("列"), one["code"]) for one in cells]


SERVICES: dict[str, Callable[[Refusals], Told]] = {"service": by_service, "change": by_change}
PERSONS: dict[str, Callable[[Refusals], Told]] = {"api": by_api, "api change": by_api_change}


def check(refusals: Refusals, told: Told, codes: Collection[str] = ()) -> None:
    """Every value, or each of these, was refused by its rule, and nothing is kept but the name."""
    expected = {code: refusals.expected[code] for code in codes or refusals.expected}
    missing = {code: rule for code, rule in expected.items() if (code, rule) not in told}
    assert not missing, told
    model = Customer if refusals.kind == "person" else Contact
    kept = [values_of(one) for one in model.objects.exclude(subject=None)]
    assert kept == [{"name": NAME}]


@pytest.mark.parametrize("way", SERVICES)
def test_code_brings_in_nothing_that_has_to_stay_out(refusals: Refusals, way: str) -> None:
    with acting(refusals.sales):
        check(refusals, SERVICES[way](refusals))


@pytest.mark.parametrize("way", PERSONS)
@pytest.mark.parametrize("refusals", ["person"], indirect=True)
def test_neither_do_programs(refusals: Refusals, way: str) -> None:
    with acting(refusals.sales):
        check(refusals, PERSONS[way](refusals))


FILES: dict[str, Callable[[Refusals, Sequence[str], Path], Told]] = {"file": by_file, "command": by_command}


@pytest.mark.parametrize("way", FILES)
def test_neither_do_files(refusals: Refusals, way: str, tmp_path: Path) -> None:
    """A column whose field isn't in use goes nowhere, which is said before anything is taken in."""
    for code in refusals.expected.keys() - refusals.offered:
        with pytest.raises(Refused) as refusal:
            FILES[way](refusals, [code], tmp_path)
        assert refusal.value.code == ("target_unknown" if code == "blood_type" else "column_held")
    told = FILES[way](refusals, sorted(refusals.offered), tmp_path)
    with acting(refusals.sales):
        check(refusals, told, refusals.offered)


@pytest.mark.parametrize("way", ["entered", "changed"])
def test_neither_do_pages(refusals: Refusals, way: str, client: Client) -> None:
    """A form has no input for a field that isn't in use, and takes no notice of one that was added to it."""
    with acting(refusals.sales):
        address = _address(refusals, way)
    sign_in(client, refusals.sales.user.username)
    shown = client.get(address).content.decode()
    assert {code for code in refusals.expected if f'name="{code}"' in shown} == refusals.offered
    answered = client.post(address, refusals.values).content.decode()
    told = [(code, rule) for code, rule in refusals.expected.items() if WORDS[rule] in answered]
    with acting(refusals.sales):
        check(refusals, told, refusals.offered)


def _address(refusals: Refusals, way: str) -> str:
    if refusals.kind == "person":
        return (
            reverse("add_customer")
            if way == "entered"
            else reverse("change_customer", args=[person_of(refusals.sales).pk])
        )
    if way == "entered":
        return reverse("add_contact", args=[company_of(refusals.sales).pk])
    return reverse("change_contact", args=[contact_of(refusals.sales).pk])


@pytest.mark.parametrize("refusals", ["person"], indirect=True)
def test_neither_does_the_history_nor_another_customer(refusals: Refusals) -> None:
    """What an older system had doesn't come back out of the history, and goes into no other record."""
    sales, values = refusals.sales, dict.fromkeys(refusals.expected, "42")
    with acting(sales):
        had, other = person_of(sales), person_of(sales)
    past_the_door(refusals.group, had, notice=True, **values)
    with acting(sales):
        number = history_of(had)[0].number
        with pytest.raises(Refused) as refusal:
            merge(other, had, sales, *values)
        assert refusals.expected.items() <= set(told_of(refusal.value.problems))
        taken_out = dict.fromkeys(values, "")
        change_customer(customer_id=had.pk, values=taken_out, how=How(), actor=sales, at=LATER)
        with pytest.raises(Refused) as refusal:
            restore_customer(customer_id=had.pk, number=number, undo=False, actor=sales, at=LATER)
        assert refusals.expected.items() <= set(told_of(refusal.value.problems))
        assert [values_of(one) for one in Customer.objects.all()] == [{"name": NAME}] * 2


KEPT = {"note": ("note", "text"), "file": ("file", "content")}


@pytest.mark.parametrize("rule", ["active_first", "purpose_first", "told_first", "consent_first"])
@pytest.mark.parametrize("kind", KEPT)
def test_neither_do_notes_and_files(group: Group, kind: str, rule: str) -> None:
    """Their fields are the catalogue's own: nobody adds one, and none is asked about by itself."""
    officer, (record, code) = data_officer(group), KEPT[kind]
    where: dict[str, Any] = {"entity_id": officer.entity_id, "record_kind": record, "code": code}
    known = {"actor": officer, "at": AT}
    built_in = RECORDS[record].fields[code]
    uses = {} if rule == "purpose_first" else {"service": "consent"}
    details = FieldDetails(built_in.label, sort=built_in.sort, uses=uses, retention=36)
    with acting(officer):
        # Asked for now, where nobody was before: it waits as a draft.
        change_field(**where, details=details, **known)
        if rule == "consent_first":
            activate_field(**where, **known)
    publish(group)
    with acting(officer):
        if rule == "told_first":
            activate_field(**where, **known)
    with acting(group.sales_a):
        customer = person_of(group.sales_a)
    with pytest.raises(Refused) as refusal:
        if kind == "file":
            put(group.sales_a, customer)
        else:
            with acting(group.sales_a):
                add_note(customer_id=customer.pk, details=NoteDetails("x"), actor=group.sales_a, at=AT)
    assert f"privacy.{rule}" in {one for _, one in told_of(refusal.value.problems)}
    with acting(group.sales_a):
        assert not Note.objects.exists() and not Attachment.objects.exists()
