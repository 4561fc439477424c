"""The button by which a list goes out as a workbook."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from guiju.organisations.permissions import reach_of
from guiju.organisations.signin import member_of
from guiju.organisations.tables import TABLES
from guiju.web.templatetags.guiju import icon

register = template.Library()


@register.simple_tag(takes_context=True)
def export_link(context: dict[str, Any], table: str, **more: Any) -> SafeString | str:
    """A link that takes the list out as the page is narrowed now; nothing for who may not."""
    request = context["request"]
    member, right = member_of(request), TABLES[table].right
    if member is None or (right and reach_of(member, right) is None):
        return ""
    query = request.GET.copy()
    query.pop("page", None)
    for name, value in more.items():
        query[name] = str(value)
    address = reverse("export_table", args=[table])
    return format_html(
        '<a class="btn btn-sm no-print" href="{}{}">{}导出</a>',
        address,
        f"?{query.urlencode()}" if query else "",
        icon("download"),
    )
