"""The few tags that templates share."""

from __future__ import annotations

from typing import Any

from django import template
from django.forms import BoundField
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, Select, Textarea
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from guiju.web.navigation import TABS

register = template.Library()


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """An icon of the sprite, hidden from readers of the page's text."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.75" '
        'stroke-linecap="round" stroke-linejoin="round"><use href="{}#{}"></use></svg>',
        css,
        static("vendor/icons.svg"),
        name,
    )


@register.inclusion_tag("web/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """A form field with label, help and error, tied together for screen readers."""
    widget = bound.field.widget
    is_box, is_list = isinstance(widget, CheckboxInput), isinstance(widget, CheckboxSelectMultiple)
    css = "form-check-input" if is_box else "form-select" if isinstance(widget, Select) else "form-control"
    attributes: dict[str, str | bool] = {"class": css + (" is-invalid" if bound.errors else "")}
    described = [bound.auto_id + "_help"] if bound.help_text else []
    if bound.errors:
        described.append(bound.auto_id + "_error")
        attributes["aria-invalid"] = "true"
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if isinstance(widget, Textarea):
        attributes.setdefault("rows", "8")
    is_watched = "hx-post" in widget.attrs
    if is_watched:
        # Nothing else of the form is sent along.
        attributes |= {
            "hx-trigger": "input delay:500ms",
            "hx-params": f"{bound.html_name},csrfmiddlewaretoken",
            "hx-target": f"#{bound.auto_id}_spots",
        }
    if is_list:
        widget.attrs["class"] = "form-check-input"
    control = "" if is_list else bound.as_widget(attrs=attributes)
    return {"bound": bound, "control": control, "is_box": is_box, "is_list": is_list, "is_watched": is_watched}


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: Any) -> str:
    """The current address's query with some parameters changed (empty ones fall out)."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return "?" + str(query.urlencode())


@register.inclusion_tag("web/tabs.html", takes_context=True)
def tabs(context: dict[str, Any], group: str, label: str) -> dict[str, Any]:
    """The tabs of a group that the member may open, with the one of the page (`tab`) lit."""
    shown = [one for one in TABS.get(group, ()) if one.shown(context["request"])]
    return {"tabs": shown, "now": context.get("tab", ""), "label": label}
