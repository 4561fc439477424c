"""The catalogue, and searches for data held against the law, on the command line; acts as the member of a token."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from django.utils import timezone

from guiju.archives.models import Disposal
from guiju.cli.output import FORMAT, print_json
from guiju.kernel import small_counts
from guiju.kernel.errors import Refused, reason_of
from guiju.organisations.cli import as_member, member_behind
from guiju.organisations.models import Member
from guiju.organisations.registry import PURPOSES
from guiju.organisations.selectors import acting, company_by_code
from guiju.privacy.fields import Field
from guiju.privacy.models import Cleanup
from guiju.privacy.registry import RECORDS
from guiju.privacy.selectors import catalogue as selectors
from guiju.privacy.selectors.cleanup import cleanup_for, lines_of, usual_basis
from guiju.privacy.selectors.necessity import NOT_MEASURED, necessity_of
from guiju.privacy.selectors.refusals import RefusalFilter, RefusalLine, lines_of_refusals, refusals_for
from guiju.privacy.services import cleanup as services
from guiju.privacy.services import refusals as refusal_services
from guiju.privacy.services.addresses import address_in, addresses_in_file
from guiju.privacy.services.refusals import MEANS, Said, look_up_refusal
from guiju.privacy.shown import cleanup_answer, field_answer, refusal_answer
from guiju.privacy.terms import Basis

MOST_LISTED = 200

ENTITY = click.option("--entity", "code", help="公司的统一社会信用代码；不填为自己的公司")


@click.group(help="字段台账")
def catalogue() -> None:
    pass


@catalogue.command("list", help="一家公司的全部字段")
@ENTITY
@FORMAT
@as_member
def list_fields(member: Member, code: str | None, form: str) -> None:
    found = selectors.catalogue_for(member, company_by_code(member, code).pk if code else member.entity_id)
    fields = [field for known in found.values() for field in known.values()]
    if form == "json":
        print_json([field_answer(field) for field in fields])
        return
    for field in fields:
        uses = "、".join(PURPOSES[purpose] for purpose in field.uses) or "没有写明目的"
        click.echo(f"{field.record}.{field.code}  {field.label}  {field.grade.label}  {field.state.label}  {uses}")


@catalogue.command("show", help="一个字段，写成“对象.代码”，例如 person.phone")
@click.argument("name")
@ENTITY
@FORMAT
@as_member
def show_field(member: Member, name: str, code: str | None, form: str) -> None:
    record, _, field_code = name.partition(".")
    entity = company_by_code(member, code).pk if code else member.entity_id
    field = selectors.field_for(member, entity, record, field_code)
    if form == "json":
        print_json(field_answer(field))
        return
    for label, value in _lines(field):
        click.echo(f"{label}：{value}")


def _lines(field: Field) -> list[tuple[str, str]]:
    uses = "；".join(f"{PURPOSES[purpose]}（{Basis(basis).label}）" for purpose, basis in field.uses.items())
    kept = "没有写明" if field.retention is None else f"关系结束后{field.retention}个月"
    return [
        ("对象", RECORDS[field.record].label),
        ("名称", field.label),
        ("类型", field.sort.label),
        ("分类", field.grade.label),
        ("目的与合法性基础", uses or "没有写明"),
        ("同意方式", field.consent.label),
        ("保存期限", kept),
        ("存储", "加密" if field.is_sealed else "不加密"),
        ("状态", field.state.label),
        ("说明", field.note or "—"),
    ]


@click.group(help="违规数据清理")
def cleanup() -> None:
    pass


@cleanup.command("find", help="查找没有目的、依据、同意或者告知而保存的客户信息；退出码 0 没有，1 有，2 不能办")
@click.option("--entity", "code", required=True, help="公司的统一社会信用代码，应是令牌所属的公司")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="截至哪一天结束时，不填为今天")
@FORMAT
@click.pass_obj
def find_unlawful(secret: str | None, code: str, day: datetime | None, form: str) -> None:
    member, now = member_behind(secret), timezone.now()
    with acting(member):
        entity_id = (
            member.entity_id if code.strip().upper() == member.entity.unified_code else company_by_code(member, code).pk
        )
        on = day.date() if day else timezone.localdate()
        found = services.start_cleanup(entity_id=entity_id, on=on, actor=member, at=now)
    # Each batch in a transaction of its own: a million records are no single one.
    while found.state != Cleanup.State.FOUND:
        with acting(member):
            found = services.carry_on_cleanup(cleanup_id=found.pk, at=timezone.now())
    with acting(member):
        _tell(found, form)
    sys.exit(1 if found.counts else 0)


def _tell(found: Cleanup, form: str) -> None:
    lines = lines_of(found)
    if form == "json":
        print_json(cleanup_answer(found, lines))
        return
    click.echo(f"{found.pk}  截至{found.on:%Y-%m-%d}  查过{sum(found.records.values())}条，{found.holders}条有问题")
    for line in lines:
        click.echo(f"  {line.kind}：{line.label}  {line.found}项")
        for why in line.whys:
            click.echo(f"    {why.words} {why.count}项（{why.law}）：{why.mend}")


@cleanup.command("freeze", help="冻结一次查找找到的全部值：仅存储")
@click.argument("run", type=click.UUID)
@click.option("--reason", default="违规数据清理：删除以前停止使用", show_default=True, help="原因")
@click.pass_obj
def freeze(secret: str | None, run: UUID, reason: str) -> None:
    member, now = member_behind(secret), timezone.now()
    with acting(member):
        found = services.freeze_found(cleanup_id=run, reason=reason, actor=member, at=now)
    while found.state != Cleanup.State.FOUND:
        with acting(member):
            found = services.carry_on_cleanup(cleanup_id=found.pk, at=timezone.now())
    click.echo(f"已冻结{found.frozen_values}项")


@cleanup.command("delete", help="把一次查找找到的全部值提请删除；另一个人在待办里批准后才删除")
@click.argument("run", type=click.UUID)
@click.option("--reason", required=True, help="理由")
@click.option("--basis", type=click.Choice(Disposal.Basis.values), help="依据，不填按找到的情形")
@as_member
def delete(member: Member, run: UUID, reason: str, basis: str | None) -> None:
    found = cleanup_for(member, run)
    made = services.propose_found(
        cleanup_id=run, basis=basis or usual_basis(found), reason=reason, actor=member, at=timezone.now()
    )
    assert made.disposal is not None
    click.echo(f"已提请删除{made.disposal.things}人（户）的内容，等另一个人批准：销毁登记 {made.disposal.pk}")


@cleanup.command("necessity", help="必要性报告：很少填写、长期不用的字段；来自最近一次查找")
@ENTITY
@FORMAT
@as_member
def show_necessity(member: Member, code: str | None, form: str) -> None:
    entity = company_by_code(member, code).pk if code else member.entity_id
    report = necessity_of(member, entity, at=timezone.now())
    if report is None:
        click.echo("还没有查找过：先运行 guiju cleanup find", err=True)
        return
    if form == "json":
        print_json({"run": report.cleanup.pk, "on": report.cleanup.on, "fields": [_use(one) for one in report.uses]})
        return
    for one in report.uses:
        share = "" if one.share is None else f"（{one.share:.0f}%）"
        looked = "没有记录" if one.unmasked is None else f"{one.unmasked}次"
        filled = small_counts.FEW if one.filled is None else one.filled
        click.echo(
            f"{one.kind}：{one.field.label}  {filled}/{one.records}{share}  最后写入{one.last_on or '—'}"
            f"  查看明文{looked}  {one.advice}"
        )
    for line in NOT_MEASURED:
        click.echo(line, err=True)


def _use(one: Any) -> dict[str, Any]:
    answer = asdict(one)
    del answer["field"]
    return {"field": f"{one.field.record}.{one.field.code}", "label": one.field.label, **answer}


@click.group(help="拒收名单")
def refusal() -> None:
    pass


@refusal.command(
    "list", help="本公司登记的拒收，新的在前；写明手机或者邮箱的，答复它在不在全集团的名单上，不在退出码 1"
)
@click.option("--address", default="", help="手机或者电子邮箱")
@click.option("--month", default="", help="哪个月登记的，例如 2026-11")
@click.option(
    "--how", default="", help=f"怎样提出的：person 本人在网上；import 导入的；{'；'.join(map(' '.join, MEANS.items()))}"
)
@FORMAT
@click.pass_obj
def list_refusals(secret: str | None, address: str, month: str, how: str, form: str) -> None:
    member, is_refused = member_behind(secret), False
    with acting(member):
        wanted = address_in(address) if address.strip() else ""
        if wanted:
            is_refused = look_up_refusal(address=wanted, actor=member, at=timezone.now())
        rows = RefusalFilter.of_query({"month": month, "how": how}).of(refusals_for(member, address=wanted))
        lines = lines_of_refusals(member, rows[:MOST_LISTED])
        if form == "json":
            print_json(
                {"is_refused": is_refused if wanted else None, "items": [refusal_answer(one.refusal) for one in lines]}
            )
        else:
            _tell_refusals(lines, is_refused=is_refused)
    if wanted and not is_refused:
        sys.exit(1)


def _tell_refusals(lines: Sequence[RefusalLine], *, is_refused: bool) -> None:
    if is_refused:
        click.echo("在拒收名单上")
    for line in lines:
        one = line.refusal
        how = MEANS.get(one.means, one.get_way_display())
        who = "、".join(name for name, _ in line.people)
        click.echo(f"{timezone.localtime(one.at):%Y-%m-%d %H:%M}  {one.get_sort_display()}  {how}  {who}  {one.proof}")


_SAID = (
    click.option("--means", type=click.Choice(list(MEANS)), required=True, help="怎样提出的"),
    click.option("--said-on", "day", type=click.DateTime(["%Y-%m-%d"]), help="哪天提出的，不填为今天"),
    click.option("--proof", required=True, help="凭据：录音、信件或者名单的编号"),
)


def _said(command: Any) -> Any:
    for option in _SAID:
        command = option(command)
    return command


def _said_of(means: str, day: datetime | None, proof: str) -> Said:
    return Said(means, day.date() if day else timezone.localdate(), proof)


@refusal.command("add", help="登记拒收：立即对全集团生效")
@click.argument("addresses", nargs=-1, required=True)
@_said
@as_member
def add_refusal(member: Member, addresses: tuple[str, ...], means: str, day: datetime | None, proof: str) -> None:
    refusal_services.add_refusal(addresses=addresses, said=_said_of(means, day, proof), actor=member, at=timezone.now())
    click.echo("已登记，立即生效")


@refusal.command("import", help="导入一份名单，一行一个手机或者邮箱；退出码 0 全部记入，1 有不对的行，2 不能用")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_said
@click.pass_obj
def import_refusals(secret: str | None, file: Path, means: str, day: datetime | None, proof: str) -> None:
    member = member_behind(secret)
    try:
        content = file.read_bytes()
    except OSError as failure:
        raise Refused("file_unreadable", f"文件“{file.name}”读不了：{reason_of(failure)}") from None
    with acting(member):
        made = refusal_services.import_refusals(
            given=addresses_in_file(file.name, content),
            said=_said_of(means, day, proof),
            actor=member,
            at=timezone.now(),
        )
    click.echo(f"记入{made.taken}个，{made.known}个已经在名单上")
    for line, why in made.wrong:
        click.echo(f"第{line}行：{why}", err=True)
    sys.exit(1 if made.wrong else 0)
