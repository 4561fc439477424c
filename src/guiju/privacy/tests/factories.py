"""A company that has told its customers what it does with their information."""

from __future__ import annotations

from datetime import datetime

from guiju.organisations.models import Entity, Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join
from guiju.privacy.guardians import Guardian
from guiju.privacy.models import PrivacyNotice
from guiju.privacy.services.consents import GivenConsent
from guiju.privacy.services.notices import publish_notice
from guiju.privacy.terms import Channel


def data_officer(group: Group, company: Entity | None = None) -> Member:
    """Who looks after the catalogue of a company; the first call joins them."""
    entity = company or group.company_a
    name = f"shuju.{entity.unified_code[-6:].lower()}"
    with acting(group.system_admin):
        found = Member.objects.select_related("user", "entity").filter(user__username=name).first()
    return found or join(entity, "data_officer", name, group.system_admin, group.security_admin)


def publish(group: Group, company: Entity | None = None, *, at: datetime = AT) -> PrivacyNotice:
    entity = company or group.company_a
    officer = data_officer(group, entity)
    with acting(officer):
        return publish_notice(
            entity_id=entity.pk,
            contact="400-000-0000 客服中心",
            children="王主任",
            stored_in="本公司在杭州的机房",
            actor=officer,
            at=at,
        )


def given(purpose: str = "marketing", *fields: str, at: datetime = AT, by_guardian: bool = False) -> GivenConsent:
    return GivenConsent(
        purpose, Channel.PAPER, "同意书 0001 号", at, fields, Guardian("王芳", "母亲") if by_guardian else None
    )
