"""Customers and their consents on the command line; acts as the member of a token."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import click
from django.utils import timezone

from guiju.archives.cli import disposal, hold
from guiju.archives.models import Disposal, Hold
from guiju.archives.registry import Target
from guiju.archives.services.disposals import propose_disposal
from guiju.archives.services.holds import place_hold
from guiju.cli.output import FORMAT, print_json
from guiju.customers.exports import ContactTable, CustomerTable
from guiju.customers.loading import FileImport
from guiju.customers.models import Customer
from guiju.customers.selectors.duplicates import GROUNDS, likely_same
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.lists import CUSTOMERS, SORTS, filter_of, lists_of, sorted_by
from guiju.customers.selectors.people import person_behind
from guiju.customers.selectors.reading import reading
from guiju.kernel.errors import Missing
from guiju.organisations.cli import as_member, purpose_option, taking_out, tell_taken
from guiju.organisations.exports import Taking, write_export
from guiju.organisations.models import Member
from guiju.organisations.registry import PURPOSES
from guiju.organisations.tables import Sheet
from guiju.privacy.models import Subject
from guiju.privacy.selectors.consents import consents_of, lines_of
from guiju.privacy.services.freezing import freeze_subject, unfreeze_subject

MOST = 200


@click.group(help="客户")
def customer() -> None:
    pass


@customer.command("list", help="看得到的客户，新的在前")
@click.option("--search", default="", help="名称的一部分、手机号，或手机后四位")
@purpose_option(*PURPOSES)
@FORMAT
@as_member
def list_customers(member: Member, search: str, purpose: str, form: str) -> None:
    with reading(member, purpose=purpose, on=timezone.localdate()) as seen:
        rows = list(CustomerFilter(search).of(seen.customers(), seen)[:MOST])
        cells = seen.cells(rows)
        if form == "json":
            print_json(
                [
                    {"id": row.pk, "kind": row.kind, "values": {code: one.text for code, one in cells[row.pk].items()}}
                    for row in rows
                ]
            )
            return
        for row in rows:
            shown = "  ".join(one.text for code, one in cells[row.pk].items() if code != "name" and one.text)
            click.echo(f"{row.pk}  {row.shown_name}  {shown}")


_FIELDS = click.option("--field", "fields", multiple=True, help="字段，写成“对象.代码”，可写几次；不写为全部")
_WHY = click.option("--reason", required=True, help="理由和凭据，不写客户的信息")


@customer.command("freeze", help="冻结一位客户或联系人：仅存储，谁也不能查看、使用")
@click.argument("person", type=click.UUID)
@_FIELDS
@_WHY
@as_member
def freeze(member: Member, person: UUID, fields: tuple[str, ...], reason: str) -> None:
    with _whose(member, person) as subject:
        freeze_subject(subject_id=subject.pk, fields=fields, reason=reason, actor=member, at=timezone.now())
    click.echo("已冻结：仅存储")


@customer.command("unfreeze", help="解冻一位客户或联系人")
@click.argument("person", type=click.UUID)
@_FIELDS
@_WHY
@as_member
def unfreeze(member: Member, person: UUID, fields: tuple[str, ...], reason: str) -> None:
    with _whose(member, person) as subject:
        unfreeze_subject(subject_id=subject.pk, fields=fields, reason=reason, actor=member, at=timezone.now())
    click.echo("已解冻")


@contextmanager
def _whose(member: Member, person: UUID) -> Iterator[Subject]:
    with reading(member, purpose="compliance", on=timezone.localdate()) as seen:
        yield person_behind(seen, person)


@disposal.command("propose", help="提出销毁一位客户或联系人的信息；另一个人批准后才删除")
@click.argument("person", type=click.UUID)
@_FIELDS
@click.option("--basis", required=True, type=click.Choice(Disposal.Basis.values), help="依据（第四十七条）")
@_WHY
@as_member
def propose(member: Member, person: UUID, fields: tuple[str, ...], basis: str, reason: str) -> None:
    with _whose(member, person) as subject:
        made = propose_disposal(
            entity_id=subject.entity_id,
            targets=[Target(subject.pk, fields)],
            basis=basis,
            reason=reason,
            actor=member,
            at=timezone.now(),
        )
    click.echo(f"已提出，等另一个人批准：销毁登记 {made.pk}")


@hold.command("place", help="登记保全：解除以前，这位客户或联系人的信息不能销毁")
@click.argument("person", type=click.UUID)
@click.option("--sort", required=True, type=click.Choice(Hold.Sort.values), help="事由")
@_WHY
@as_member
def place(member: Member, person: UUID, sort: str, reason: str) -> None:
    with _whose(member, person) as subject:
        made = place_hold(
            entity_id=subject.entity_id,
            subject_id=subject.pk,
            sort=sort,
            reason=reason,
            actor=member,
            at=timezone.now(),
        )
    click.echo(f"已登记保全：{made.pk}")


@customer.command("duplicates", help="可能重复的客户，成组列出；在页面上合并或说不是重复")
@click.option("--ground", type=click.Choice(list(GROUNDS)), default="phone", show_default=True, help="按什么比对")
@click.option("--page", type=click.IntRange(1, 400), default=1, show_default=True, help="第几页")
@FORMAT
@as_member
def list_duplicates(member: Member, ground: str, page: int, form: str) -> None:
    with reading(member, purpose="sales", on=timezone.localdate(), right="customer.merge") as seen:
        groups, has_more = likely_same(seen, ground, page=page)
        if form == "json":
            print_json(
                [
                    {
                        "count": one.count,
                        "customers": [{"id": row.pk, "name": row.shown_name} for row in one.customers],
                    }
                    for one in groups
                ]
            )
            return
        for one in groups:
            click.echo(f"{GROUNDS[ground].label}：{one.count}位")
            for row in one.customers:
                click.echo(f"  {row.pk}  {row.shown_name}")
        if has_more:
            click.echo(f"还有：--page {page + 1}", err=True)


@click.group("import", help="导入")
def importing() -> None:
    pass


@importing.command("customers", help="从 xlsx、xls、csv 导入客户；退出码 0 全部导入，1 有退回，2 文件不能用")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--entity", "code", required=True, help="公司的统一社会信用代码，应是令牌所属的公司")
@click.option("--kind", type=click.Choice(["person", "company"]), default="person", show_default=True, help="性质")
@click.option("--sheet", help="工作表，不填为第一张有内容的")
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='JSON：{"columns": {"列": "person.name"}, "consents": [{"purpose": "marketing", "proof": "…", "given_at": "…"}]}',
)
@click.option("--consent-source", default="", help="信息的来源，也是同意的凭据，例如：2025年会员登记表")
@click.option(
    "--errors",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="退回的行连同原来的内容和原因写成 xlsx",
)
@click.option("--dry-run", is_flag=True, help="只判断，不导入")
@FORMAT
@click.pass_obj
def import_customers(
    secret: str | None,
    file: Path,
    code: str,
    kind: str,
    sheet: str | None,
    mapping_file: Path | None,
    consent_source: str,
    errors: Path | None,
    dry_run: bool,
    form: str,
) -> None:
    asked = FileImport(secret, code, file, kind, sheet, mapping_file, consent_source, errors)
    outcome = asked.run(dry_run=dry_run)
    if form == "json":
        print_json(outcome)
    else:
        click.echo(outcome["outcome"])
        for one in outcome["held_back"]:
            click.echo(f"  列“{one['title']}”：{one['why']}", err=True)
        for number, cells in list(outcome["problems"].items())[:20]:
            click.echo(f"  第{number}行：{'；'.join(one['sentence'] for one in cells)}", err=True)
    sys.exit(1 if outcome["problems"] or outcome["held_back"] else 0)


@click.group("export", help="导出")
def exporting() -> None:
    pass


@exporting.command("customers", help="把看得到的客户写成 xlsx 或 csv；用途、理由和您的姓名写在文件里")
@taking_out(*PURPOSES)
@click.option("--search", default="", help="名称的一部分、手机号，或手机后四位")
@click.option("--kind", type=click.Choice(Customer.Kind.values), default=None, help="性质")
@click.option("--level", default=None, help="等级")
@click.option("--source", default=None, help="来源")
@click.option("--owner", default=None, help="me 我负责的，none 没有负责人，或者成员的编号")
@click.option("--tag", default=None, help="标签")
@click.option("--list", "kept", default="", help="保存的筛选，按名称；另外给出的条件在前")
@click.option("--sort", type=click.Choice([code for code in SORTS if code]), default=None, help="顺序，不给为新的在前")
@click.option("--contacts", is_flag=True, help="写这些客户的联系人，每人一行")
@click.option("--all-fields", is_flag=True, help="连同列表上没有的字段")
@as_member
def export_customers(
    member: Member,
    taking: Taking,
    search: str,
    kept: str,
    contacts: bool,
    all_fields: bool,
    **asked: str | None,
) -> None:
    right = "customer.export"
    query = _kept_list(member, kept) if kept else {}
    query |= {name: value.replace("\x00", "") for name, value in asked.items() if value is not None}
    with reading(member, purpose=taking.purpose, on=timezone.localdate(), right=right) as seen:
        wanted = filter_of({**query, "search": search})
        rows = sorted_by(wanted.of(seen.customers(), seen), query.get("sort", ""))
        columns = [code for code in query.get("columns", "").split(",") if code]
        table: ContactTable | CustomerTable = (
            ContactTable(seen, rows)
            if contacts
            else CustomerTable(seen, rows, columns=columns, with_all_fields=all_fields)
        )
        sheet = Sheet(table.rows.count(), table.header, table.widths, table)
        name = "联系人" if contacts else "客户"
        made = write_export(taking, name, sheet, right=right, actor=member, at=timezone.now())
    tell_taken(taking, made, "位")


def _kept_list(member: Member, name: str) -> dict[str, str]:
    name = " ".join(name.replace("\x00", "").split())
    found = lists_of(member).filter(kind=CUSTOMERS, name=name).first()
    if found is None:
        raise Missing("list_missing", f"没有叫“{name[:40]}”的筛选：请用页面上保存的名称")
    return {str(key): str(value) for key, value in found.query.items()}


@click.group(help="同意")
def consent() -> None:
    pass


@consent.command("show", help="一位客户的全部同意，现行的在前")
@click.argument("customer_id", type=click.UUID)
@FORMAT
@as_member
def show_consents(member: Member, customer_id: UUID, form: str) -> None:
    today = timezone.localdate()
    with reading(member, purpose="service", on=today) as seen:
        row = seen.customer(customer_id)
        seen.require_consents(row)
        lines = lines_of(consents_of(row.subject_id), seen.labels(row)) if row.subject_id else []
        if form == "json":
            print_json(
                [
                    {
                        "id": line.consent.pk,
                        "purpose": line.consent.purpose,
                        "purpose_label": line.purpose,
                        "fields": line.consent.fields,
                        "kind": line.consent.kind,
                        "channel": line.consent.channel,
                        "proof": line.proof,
                        "given_at": line.consent.given_at.isoformat(),
                        "ended_at": line.consent.ended_at.isoformat() if line.consent.ended_at else None,
                        "ending": line.consent.ending,
                    }
                    for line in lines
                ]
            )
            return
        for line in lines:
            one = line.consent
            until = (
                f"，{timezone.localtime(one.ended_at):%Y-%m-%d %H:%M} {one.get_ending_display()}"
                if one.ended_at
                else ""
            )
            what = f"{line.purpose}（{'、'.join(line.fields)}）" if line.fields else line.purpose
            click.echo(f"{timezone.localtime(one.given_at):%Y-%m-%d %H:%M}  {what}  {one.get_kind_display()}{until}")
        if not lines:
            click.echo("没有登记过同意", err=True)
