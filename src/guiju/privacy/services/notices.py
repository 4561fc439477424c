"""Privacy notices are made from the catalogue and published (发布隐私告知, 个人信息保护法 第十七条)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from guiju.database.locks import hold
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.organisations.models import Entity, Member
from guiju.organisations.permissions import require
from guiju.organisations.registry import openable_fields
from guiju.organisations.selectors.relations import recipients_of
from guiju.privacy.ages import is_pupil
from guiju.privacy.children import ChildCare
from guiju.privacy.models import PrivacyNotice
from guiju.privacy.selectors.catalogue import catalogue_of
from guiju.privacy.selectors.notices import handles_minors, notice_in_force
from guiju.privacy.terms import AgeGroup
from guiju.privacy.wording import Handler, Recipient, digest_of, items_of, notice_text, told_fields

LONGEST_CONTACT, LONGEST_MORE = 100, 2000
WAIT_SECONDS = 5


def draft_notice(
    entity: Entity, *, contact: str, children: str, more: str, stored_in: str = "", at: datetime
) -> PrivacyNotice:
    """The next version as it would be, not written: for the preview, and for what is published."""
    fields = told_fields(catalogue_of(entity.pk))
    if not fields:
        raise Refused("notice_empty", "字段台账里没有启用的个人信息字段，不用发布告知")
    last = PrivacyNotice.objects.filter(entity=entity).order_by("-version").first()
    version, day = (last.version + 1 if last else 1), day_of(at)
    recipients = [
        Recipient(
            name,
            relation.get_sort_display(),
            relation.purposes,
            [openable_fields().get(code, code) for code in relation.fields],
        )
        for name, relation in recipients_of(entity.pk, on=day)
    ]
    contact, children, stored_in = (" ".join(text.split()) for text in (contact, children, stored_in))
    care = None
    if handles_minors(entity, on=day):
        care = _care_of(entity, contact=contact, children=children, stored_in=stored_in)
    handler = Handler(entity.name, contact, children, care)
    text = notice_text(handler, fields, recipients, version=version, day=day, more=more)
    return PrivacyNotice(
        id=new_id(), entity=entity, version=version, text=text, items=items_of(fields), digest=digest_of(text)
    )


def _care_of(entity: Entity, *, contact: str, children: str, stored_in: str) -> ChildCare:
    """What a company that handles children's information has to tell; raises `Refused` for what it hasn't written."""
    problems = []
    if not children:
        words = "请填写儿童个人信息保护负责人（儿童个人信息网络保护规定第八条）"
        problems.append(Problem("children_empty", words, "children"))
    if not stored_in:
        words = "请填写儿童个人信息存储的地点（儿童个人信息网络保护规定第十条）"
        problems.append(Problem("stored_in_empty", words, "stored_in"))
    if problems:
        raise Refused.because(problems)
    address = f"{settings.GUIJU_CONSUMER_URL.rstrip('/')}/my-consents/{entity.unified_code}/"
    return ChildCare(children, stored_in, address, contact, is_pupil(AgeGroup.UNKNOWN, entity.sector))


@transaction.atomic
def publish_notice(
    *,
    entity_id: UUID,
    contact: str,
    children: str = "",
    more: str = "",
    stored_in: str = "",
    actor: Member,
    at: datetime,
) -> PrivacyNotice:
    """Publish the notice that the catalogue asks for now (发布隐私告知); the one before it ends.

    What was collected under an earlier version stays bound to what that one told.
    """
    require(actor, "catalogue.publish", on=entity_id)
    entity = Entity.objects.filter(pk=entity_id).first()
    if entity is None:
        raise Missing("company_missing", "没有这家公司，或您的角色看不到它")
    if not contact.strip():
        raise Refused("contact_empty", "请填写联系方式，客户要凭它行使权利（个人信息保护法第十七条）", field="contact")
    if len(contact) > LONGEST_CONTACT:
        raise Refused("contact_long", f"联系方式最多{LONGEST_CONTACT}个字", field="contact")
    for field, text in (("children", children), ("stored_in", stored_in)):
        if len(text) > LONGEST_CONTACT:
            raise Refused(f"{field}_long", f"这一项最多{LONGEST_CONTACT}个字", field=field)
    if len(more) > LONGEST_MORE:
        raise Refused("more_long", f"其他说明最多{LONGEST_MORE}个字", field="more")
    hold(f"privacy.publish_notice/{entity_id}", seconds=WAIT_SECONDS, busy="正在发布另一版告知：请稍候再试")
    with scope_with(entity_id):
        made = draft_notice(entity, contact=contact, children=children, more=more, stored_in=stored_in, at=at)
        made.published_by, made.published_at = actor.user, at
        act = Act("privacy.publish_notice", actor, at)
        before = notice_in_force(entity_id)
        if before is not None:
            before.ended_at = at
            before.save(update_fields=["ended_at"])
            record(act, entity_id=entity_id, subject=before)
        made.save(force_insert=True)
        record(act, entity_id=entity_id, subject=made)
    return made
