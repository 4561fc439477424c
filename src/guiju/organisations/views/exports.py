"""A list is taken out as a file: asked what for, permitted, written down, marked (导出)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseBase
from django.utils import timezone

from guiju.kernel.errors import GuijuError, Refused
from guiju.organisations.exports import mark_of
from guiju.organisations.forms import show_problems
from guiju.organisations.forms.exports import ExportForm
from guiju.organisations.permissions import reach_of, refusal_of
from guiju.organisations.services.disclosures import take_out
from guiju.organisations.signin import MemberRequest
from guiju.web.forms import FormPage
from guiju.web.tables import table_answer

MOST_ON_A_PAGE = 50_000
"""Rows that a browser waits for."""


@dataclass(frozen=True)
class Sheet:
    """A list on its way out: how many rows, and each of them in the order of the header."""

    count: int
    header: Sequence[str]
    widths: Sequence[int]
    rows: Iterable[Sequence[Any]]


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
                if sheet.count > MOST_ON_A_PAGE:
                    raise Refused(
                        "export_too_large", f"共{sheet.count}行，一次最多导出{MOST_ON_A_PAGE}行：请缩小条件，分几次导出"
                    )
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
