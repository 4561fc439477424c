"""Documents on the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from django.utils import timezone

from guiju.documents.docx import print_docx
from guiju.documents.ready_made import sample_mark
from guiju.documents.registry import DOCUMENTS
from guiju.documents.selectors import letterhead_of
from guiju.documents.typesetting import print_pdf, template_of
from guiju.kernel.errors import Refused
from guiju.organisations.cli import as_member
from guiju.organisations.models import Member


@click.group(help="文书：列出模板，打印样张")
def document() -> None:
    pass


@document.command("list", help="有哪些文书")
@as_member
def list_documents(member: Member) -> None:
    for one in DOCUMENTS.values():
        click.echo(f"{one.code}  {one.label}  {one.note}")


@document.command("fill", help="用数据填好本公司的 Word 模板（docx，变量写成 {{ 名称 }}）")
@click.argument("template", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--data", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="JSON 文件：名称和值"
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="写到这个文件")
@as_member
def fill_document(member: Member, template: Path, data: Path, output: Path) -> None:
    try:
        values = json.loads(data.read_text("utf-8"))
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise Refused("document_data", f'{data.name} 要是一个 JSON 对象：{{"名称": "值"}}', field="data")
    output.write_bytes(print_docx(template.read_bytes(), values))
    click.echo(f"已写到 {output}", err=True)


@document.command("render", help="打印一份文书为 PDF/A；现在只有样张（--sample）")
@click.argument("template", metavar="模板")
@click.option("--sample", is_flag=True, help="用样例数据")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="写到这个文件；不写则到标准输出")
@as_member
def render_document(member: Member, template: str, sample: bool, output: Path | None) -> None:
    found = template_of(template)
    if not sample:
        raise Refused("document_data", "真实的文书在各自的页面打印；这里请加 --sample 打印样张")
    made = print_pdf(
        found.code,
        found.sample,
        of=letterhead_of(member.entity),
        on=timezone.localdate(),
        mark=sample_mark(),
        is_sample=True,
    )
    if output is None:
        sys.stdout.buffer.write(made.content)
    else:
        output.write_bytes(made.content)
        click.echo(f"已写到 {output}", err=True)
