"""Companies and tokens on the command line; `guiju company …` acts as the member of a token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from django.utils import timezone

from guiju.cli.output import FORMAT, print_json
from guiju.kernel.errors import GuijuError, NotAllowed, Refused, reason_of
from guiju.organisations import selectors
from guiju.organisations.exports import COLUMNS, Taking, error_file, export_rows, matrix_answer, matrix_workbook
from guiju.organisations.models import CompanyImport, Disclosure, Entity, Member
from guiju.organisations.permissions import require
from guiju.organisations.registry import PURPOSES
from guiju.organisations.selectors import people, roles
from guiju.organisations.services import CompanyChanges, CompanyDetails, company_import, tokens
from guiju.organisations.services import change_company as change_company_service
from guiju.organisations.services import register_company as register_company_service
from guiju.organisations.services import roles as role_services
from guiju.organisations.services.disclosures import note_export
from guiju.web.tables import csv_lines


def member_behind(secret: str | None) -> Member:
    """The member whose token it is; raises `NotAllowed`."""
    if not secret:
        raise NotAllowed("token_missing", "请用 --token 或环境变量 GUIJU_TOKEN 给出访问令牌（guiju token create 生成）")
    return tokens.member_of_token(secret, at=timezone.now())


def as_member(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command as the member of the token, in that member's scope.

    A command that did its work and still has to end with a refusal returns it.
    """

    @wraps(command)
    @click.pass_obj
    def acting(secret: str | None, /, **arguments: Any) -> Any:
        member = member_behind(secret)
        with selectors.acting(member):
            result = command(member, **arguments)
        # Raised inside, it would take back what was done all the same.
        if isinstance(result, GuijuError):
            raise result
        return result

    return acting


def purpose_option(*purposes: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """For which of these purposes, with each in words; where there is only one, nobody need say so."""
    said = "；".join(f"{code} {PURPOSES[code]}" for code in purposes)
    only = purposes[0] if len(purposes) == 1 else None
    return click.option(
        "--purpose", type=click.Choice(purposes), required=only is None, default=only, help=f"用途：{said}"
    )


def taking_out(*purposes: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """What each command asks that takes a list out as a file, for one of these purposes: it comes as its `taking`."""

    def asking(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def told(*, file: Path, purpose: str, reason: str, abroad: bool, force: bool, form: str, **others: Any) -> Any:
            return command(taking=Taking(file, purpose, reason, abroad, force, form), **others)

        asked: Callable[..., Any] = told
        for option in (
            FORMAT,
            click.option("--force", is_flag=True, help="已有同名的文件时覆盖它"),
            click.option("--abroad", is_flag=True, help="要交给境外的单位或者个人：没有每个人的单独同意，不导出"),
            click.option("--reason", required=True, help="理由，例如：月度回访名单"),
            purpose_option(*purposes),
            click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path)),
        ):
            asked = option(asked)
        return asked

    return asking


def tell_taken(taking: Taking, made: Disclosure, unit: str) -> None:
    if taking.form == "json":
        print_json({"file": str(taking.file), "count": made.count, "disclosure": made.pk})
    else:
        click.echo(f"已导出{made.count}{unit}到 {taking.file}")


@click.group(help="公司")
def company() -> None:
    pass


@company.command("list", help="公司名录")
@click.option("--search", default="", help="名称的一部分，或代码的开头")
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", help="输出格式")
@as_member
def list_companies(member: Member, search: str, form: str) -> None:
    found = selectors.companies_for(member, search=search)
    if form == "json":
        print_json([_shown(one) for one in found])
    elif form == "csv":
        require(member, "company.export", on=member.entity_id)
        note_export(right="company.export", count=found.count(), actor=member, at=timezone.now())
        for line in csv_lines(COLUMNS, export_rows(found)):
            click.echo(line, nl=False)
    else:
        for one in found:
            click.echo(f"{one.unified_code}  {one.get_sector_display()}  {one.name}")
        if not found:
            click.echo("没有符合条件的公司", err=True)


@company.command("register", help="登记公司；上级公司不填为自己的公司")
@click.option("--unified-code", required=True, help="统一社会信用代码")
@click.option("--name", required=True, help="公司名称")
@click.option("--region", required=True, help="区划代码，到县、区")
@click.option("--sector", required=True, help="行业")
@click.option("--went-live-on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="系统上线日期")
@click.option("--parent", "parent_code", help="上级公司的统一社会信用代码")
@click.option("--authority", default="", help="登记机关")
@FORMAT
@as_member
def register_company(
    member: Member,
    unified_code: str,
    name: str,
    region: str,
    sector: str,
    went_live_on: datetime,
    parent_code: str | None,
    authority: str,
    form: str,
) -> None:
    parent_id = selectors.company_by_code(member, parent_code).pk if parent_code else member.entity_id
    made = register_company_service(
        details=CompanyDetails(name, unified_code, region, sector, went_live_on.date(), parent_id, authority),
        actor=member,
        at=timezone.now(),
    )
    print_json(_shown(made)) if form == "json" else click.echo(f"已登记{made.name}（{made.unified_code}）")


@company.command("change", help="修改公司的登记信息；没有给出的各项不变")
@click.argument("code")
@click.option("--reason", required=True, help="变更原因")
@click.option("--name", help="公司名称")
@click.option("--region", help="区划代码，到县、区")
@click.option("--sector", help="行业")
@click.option("--authority", help="登记机关")
@click.option("--went-live-on", type=click.DateTime(["%Y-%m-%d"]), help="系统上线日期")
@click.option("--is-on-licence", is_flag=True, help="改后的名称、住所与现行营业执照一致")
@as_member
def change_company(member: Member, code: str, went_live_on: datetime | None, **changes: Any) -> None:
    made = change_company_service(
        company_id=selectors.company_by_code(member, code).pk,
        changes=CompanyChanges(went_live_on=went_live_on.date() if went_live_on else None, **changes),
        actor=member,
        at=timezone.now(),
    )
    click.echo(f"已修改{made.name}（{made.unified_code}）")


@company.command("show", help="一家公司")
@click.argument("code")
@FORMAT
@as_member
def show_company(member: Member, code: str, form: str) -> None:
    found = selectors.company_by_code(member, code)
    if form == "json":
        print_json(_shown(found))
        return
    for label, value in zip(COLUMNS, next(export_rows(Entity.objects.filter(pk=found.pk))), strict=True):
        click.echo(f"{label}：{value or '—'}")


@company.command("history", help="修改历史，新的在前")
@click.argument("code")
@FORMAT
@as_member
def company_history(member: Member, code: str, form: str) -> None:
    lines = selectors.company_history(member, selectors.company_by_code(member, code))
    if form == "json":
        print_json(
            [
                {
                    "number": line.version.number,
                    "entry_id": line.version.entry_id,
                    "action": line.version.action,
                    "who": line.who,
                    "at": line.version.at.isoformat(),
                    "reason": line.version.reason,
                    "changes": [vars(change) for change in line.version.changes],
                }
                for line in lines
            ]
        )
        return
    for line in lines:
        click.echo(f"{timezone.localtime(line.version.at):%Y-%m-%d %H:%M:%S}  {line.action}  {line.who}")
        if line.version.reason:
            click.echo(f"    原因：{line.version.reason}")
        for change in line.changes:
            click.echo(f"    {change.label}：{change.old or '—'} → {change.new or '—'}")


@company.command("import", help="从 xlsx、xls、csv 导入公司；不加 --yes 只预览")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mode",
    type=click.Choice(CompanyImport.Mode.values),
    default="good_rows",
    show_default=True,
    help="有问题的行怎样处理",
)
@click.option("--yes", is_flag=True, help="确认导入")
@click.option("--errors", type=click.Path(path_type=Path), help="把有问题的行写到这个 xlsx 文件")
@as_member
def import_companies(member: Member, file: Path, mode: str, yes: bool, errors: Path | None) -> None:
    found = company_import.preview_company_import(
        name=file.name, content=file.read_bytes(), actor=member, at=timezone.now()
    )
    click.echo(
        f"{found.rows_total}行，可以导入{found.rows_total - found.rows_bad}行，有问题{found.rows_bad}行", err=True
    )
    if found.problems and errors:
        try:
            errors.write_bytes(error_file(found))
        except OSError as failure:
            raise Refused("errors_unwritable", f"{errors} 写不了：{reason_of(failure)}") from failure
        click.echo(f"有问题的行写在 {errors}", err=True)
    elif found.problems:
        for number, problems in list(found.problems.items())[:20]:
            click.echo(f"  第{number}行：{'；'.join(problem['sentence'] for problem in problems)}", err=True)
    if not yes:
        company_import.drop_company_import(found=found, actor=member, at=timezone.now())
        click.echo("只是预览：加 --yes 才导入", err=True)
        return
    found = company_import.accept_company_import(found=found, mode=mode, actor=member)
    found = company_import.run_company_import(import_id=found.pk, actor=member, at=timezone.now())
    if found.state == CompanyImport.State.FAILED:
        raise Refused("import_failed", found.outcome)
    click.echo(found.outcome)


@click.group(help="权限")
def access() -> None:
    pass


@access.command("matrix", help="权限分级表；--at 是某一天结束时的")
@click.option("--at", "day", type=click.DateTime(["%Y-%m-%d"]), help="哪一天（默认现在）")
@click.option("--format", "form", type=click.Choice(["text", "json", "xlsx"]), default="text", help="输出格式")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="xlsx 写到这个文件")
@as_member
def matrix(member: Member, day: datetime | None, form: str, output: Path | None) -> None:
    columns = roles.matrix_for(member, at=day.date() if day else None)
    shown = day.date() if day else timezone.localdate()
    if form == "json":
        print_json(matrix_answer(columns, day=shown))
    elif form == "xlsx":
        if output is None:
            raise click.UsageError("--format xlsx 要用 --output 指明文件")
        try:
            output.write_bytes(matrix_workbook(columns, day=shown))
        except OSError as failure:
            raise Refused("output_unwritable", f"{output} 写不了：{reason_of(failure)}") from failure
    else:
        for column in columns:
            click.echo(f"{column.name}（{column.code}）")
            for right in column.rights:
                click.echo(f"    {roles.words_of(right)}：{column.cell(right)}")


@access.command("explain", help="一个人为什么能看、不能看某种资源")
@click.option("--member", "username", required=True, help="用户名")
@click.option("--company", "code", help="加入了几家公司时：哪一家，写统一社会信用代码")
@click.option("--resource", default="", help="资源代码，不填为全部")
@FORMAT
@as_member
def explain(member: Member, username: str, code: str | None, resource: str, form: str) -> None:
    other = people.member_by_name(member, username, company_code=code or "")
    explained = roles.explanation_of(member, other, on=timezone.localdate(), resource=resource)
    if form == "json":
        print_json([asdict(one) for one in explained])
        return
    for one in explained:
        click.echo(one.resource)
        for ground in one.grounds:
            click.echo(f"    {ground.words}：{ground.reach}（{'、'.join(ground.roles)}）")
            click.echo(f"        {_some(ground.companies)}")
            if ground.unrelated:
                click.echo(f"        没有数据关系而看不到：{_some(ground.unrelated)}")
        for label, treatment in one.fields:
            click.echo(f"    {label}：{treatment}")
        for words, holders in one.denied:
            click.echo(f"    不能{words}" + (f"（{'、'.join(holders)}可以）" if holders else ""))


def _whom(command: Callable[..., Any]) -> Callable[..., Any]:
    """Whose role, in which company, which role."""
    for option in (
        click.option("--company", "code", default="", help="加入了几家公司时：哪一家，写统一社会信用代码"),
        click.option("--role", "role", required=True, help="角色代码，见 guiju access matrix"),
        click.option("--member", "username", required=True, help="用户名"),
    ):
        command = option(command)
    return command


@access.command("grant", help="授予角色；三个管理员不能由一人兼任，也不能给自己授权")
@_whom
@as_member
def grant_role(member: Member, username: str, role: str, code: str) -> None:
    other = people.member_by_name(member, username, company_code=code)
    held = role_services.grant_role(member=other, code=role, actor=member, at=timezone.now())
    click.echo(f"已授予{other.user.name}“{held.role.name}”")


@access.command("withdraw", help="收回角色；每种管理员的最后一人不能收回")
@_whom
@as_member
def withdraw_role(member: Member, username: str, role: str, code: str) -> None:
    other = people.member_by_name(member, username, company_code=code)
    held = role_services.withdraw_role(member=other, code=role, actor=member, at=timezone.now())
    click.echo(f"已收回{other.user.name}的“{held.role.name}”")


def _some(names: Sequence[str]) -> str:
    return "、".join(names[:10]) + (f"等{len(names)}家" if len(names) > 10 else "")


def _shown(one: Entity) -> dict[str, object]:
    keys: tuple[str, ...] = (
        "id",
        "parent_id",
        "unified_code",
        "name",
        "region",
        "sector",
        "authority",
        "went_live_on",
        "registered_at",
    )
    values: dict[str, Any] = {key: getattr(one, key) for key in keys}
    return {key: str(value) if isinstance(value, UUID) else value for key, value in values.items()}
