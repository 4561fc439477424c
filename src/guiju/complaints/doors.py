"""Addresses of the public door (投诉入口的地址)."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings

from guiju.complaints.models import Complaint
from guiju.organisations.models import Entity

DOORS = {
    "widget": Complaint.Channel.WIDGET,
    "app": Complaint.Channel.APP,
    "mini": Complaint.Channel.MINI,
}
"""What an address says of where somebody comes from."""


def public_address() -> str:
    return str(settings.GUIJU_CONSUMER_URL).rstrip("/")


def address_of_door(company: Entity, **more: str) -> str:
    """The public page of a company; `more` says where somebody comes from."""
    asked = {name: value for name, value in more.items() if value}
    return f"{public_address()}/complain/{company.unified_code}/" + (f"?{urlencode(asked)}" if asked else "")
