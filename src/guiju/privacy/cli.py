"""The catalogue on the command line; acts as the member of a token."""

from __future__ import annotations

import click

from guiju.cli.output import FORMAT, print_json
from guiju.organisations.cli import as_member
from guiju.organisations.models import Member
from guiju.organisations.registry import PURPOSES
from guiju.organisations.selectors import company_by_code
from guiju.privacy.fields import Field
from guiju.privacy.registry import RECORDS
from guiju.privacy.selectors import catalogue as selectors
from guiju.privacy.shown import field_answer
from guiju.privacy.terms import Basis

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
