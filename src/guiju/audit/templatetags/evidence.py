"""The way from a record to its entries in the log, on whatever page shows it."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from guiju.audit.selectors import reads_log_of
from guiju.evidence.registry import COMMITTED
from guiju.web.templatetags.guiju import icon

register = template.Library()


@register.simple_tag(takes_context=True)
def evidence_of(context: dict[str, Any], record: Any, css: str = "") -> SafeString:
    """A link to a record's history (存证) for whoever reads the log of its company, nothing for others.

    With `css="btn"` a button of the page's head, otherwise a mark beside the record's name.
    """
    if not reads_log_of(context["member"], record):
        return SafeString("")
    address = reverse("evidence_record", args=(COMMITTED[type(record)].subject_type, record.id))
    if css:
        return format_html('<a class="{}" href="{}">{}存证</a>', css, address, icon("fingerprint"))
    return format_html(
        '<a class="evidence-mark no-print" href="{}" title="存证" aria-label="存证">{}</a>',
        address,
        icon("fingerprint", "m-0"),
    )
