"""A list is taken out as a file: asked what for, permitted, written down, marked (导出)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from django.http import HttpResponseBase
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from guiju.kernel.errors import GuijuError, Missing, Refused
from guiju.organisations.exports import mark_of
from guiju.organisations.forms import show_problems
from guiju.organisations.forms.exports import ExportForm
from guiju.organisations.permissions import reach_of, refusal_of
from guiju.organisations.services.disclosures import note_export, take_out
from guiju.organisations.signin import MemberRequest, member_required
from guiju.organisations.tables import OWN, TABLES, Sheet, Table
from guiju.web.forms import FormPage
from guiju.web.tables import table_answer

MOST_ON_A_PAGE = 50_000
"""Rows that a browser waits for."""


def export_page(
    request: MemberRequest,
    form: ExportForm,
    page: FormPage,
    *,
    right: str,
    opened: Callable[[dict[str, Any]], AbstractContextManager[Sheet]],
) -> HttpResponseBase:
    """The questions, and then the file; `opened` gives the list for what was answered.

    Raises `NotAllowed` without the right to export.
    """
    if reach_of(request.member, right) is None:
        raise refusal_of(right)
    if request.method == "POST" and form.is_valid():
        said, now = form.cleaned_data, timezone.now()
        try:
            with opened(said) as sheet:
                _refuse_too_many(sheet)
                made = take_out(
                    right=right,
                    count=sheet.count,
                    purpose=said["purpose"],
                    reason=said["reason"],
                    goes_abroad=said["goes_abroad"],
                    actor=request.member,
                    at=now,
                )
                name = f"{page.back_label}-{timezone.localdate():%Y%m%d}.{said['ending']}"
                return table_answer(name, sheet.header, sheet.rows, mark=mark_of(made), widths=sheet.widths)
        except GuijuError as error:
            show_problems(form, error)
    return page.answer(request, form)


def _refuse_too_many(sheet: Sheet) -> None:
    if sheet.count > MOST_ON_A_PAGE:
        raise Refused("export_too_large", f"共{sheet.count}行，一次最多导出{MOST_ON_A_PAGE}行：请缩小条件，分几次导出")


_INTRO = "导出的是页面上列出的内容，脱敏与页面一致；导出会被记录。"


@member_required
def export_table(request: MemberRequest, table_code: str) -> HttpResponseBase:
    """导出表格"""
    found = TABLES.get(table_code)
    if found is None:
        raise Missing("table_missing", "没有这张表格")
    back = _page_of(found, request)
    if found.purposes:
        form = ExportForm(request.POST or None, purposes=found.purposes)
        page = FormPage(f"导出{found.label}", "导出", back, found.label, _INTRO)
        return export_page(
            request, form, page, right=found.right, opened=lambda said: found.opened(request, said["purpose"])
        )
    if found.right and reach_of(request.member, found.right) is None:
        raise refusal_of(found.right)
    with found.opened(request, "") as sheet:
        _refuse_too_many(sheet)
        if not sheet.count:
            raise Refused("nothing_to_export", f"{found.label}里没有可以导出的内容")
        made = note_export(
            right=found.right or OWN + table_code, count=sheet.count, actor=request.member, at=timezone.now()
        )
        name = f"{found.label}-{timezone.localdate():%Y%m%d}.xlsx"
        return table_answer(name, sheet.header, sheet.rows, mark=mark_of(made), widths=sheet.widths)


def _page_of(table: Table, request: MemberRequest) -> str:
    """The address of the page from which a list goes out; raises `Missing` for one that is none."""
    query = request.GET.copy()
    try:
        address = reverse(table.back, args=[query.pop(name)[-1] for name in table.args])
    except (KeyError, NoReverseMatch):
        raise Missing("page_missing", "没有这一页：请从列表里再点一次导出") from None
    return f"{address}?{query.urlencode()}" if query else address
