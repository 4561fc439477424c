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
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from tools import generated

from guiju.kernel.errors import GuijuError, Missing, NotAllowed
from guiju.organisations.models import Member, Role
from guiju.organisations.tests.factories import Group
from guiju.project.urls import urlpatterns
from tests.access_world import ADMINISTRATORS, PEOPLE, READY_MADE, World, make_world

TABLE = Path(__file__).with_name("access_table.tsv")
BUILT = generated.ROOT / "build" / "access_table.tsv"

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
        "accept_complaint",
        "restore_discarded",
        "complaint_presence",
        "end_route",
        "end_snippet",
        "untie_case",
        "confirm_cause",
        "retire_cause",
    }
)
"""Views that only take a form."""


@pytest.fixture
def world(group: Group) -> World:
    return make_world(group)


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
    ("POST", "/complaints/handovers"): '{"name": "王", "phone": "13900139000"}',
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
    "guiju complaints import": ["{file}", "--entity={code}"],
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
    "guiju complaints stats": [],
    "guiju rectification list": [],
    "guiju rectification check": [],
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
