"""Privacy notices are made from the catalogue and published (发布隐私告知, 个人信息保护法 第十七条)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from guiju.database.locks import hold
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.kernel.rules.facts import gate
from guiju.notifications.selectors.ways import sends_codes
from guiju.organisations.models import Entity, Member, Relation
from guiju.organisations.permissions import require
from guiju.organisations.selectors.relations import recipients_of
from guiju.organisations.services.relations import assessment_facts
from guiju.privacy.ages import is_pupil
from guiju.privacy.children import ChildCare
from guiju.privacy.fields import Field
from guiju.privacy.models import Assessment, PrivacyNotice
from guiju.privacy.selectors.catalogue import catalogue_of
from guiju.privacy.selectors.notices import handles_minors, notice_in_force
from guiju.privacy.terms import AgeGroup
from guiju.privacy.wording import Handler, Impact, Recipient, Told, digest_of, items_of, notice_text, told_fields
from guiju.rulebook import rules_at

LONGEST_CONTACT, LONGEST_MORE = 100, 2000
WAIT_SECONDS = 5


def draft_notice(
    entity: Entity, *, contact: str, children: str, more: str, stored_in: str = "", at: datetime
) -> PrivacyNotice:
    """The next version as it would be, not written: for the preview, and for what is published."""
    catalogue = catalogue_of(entity.pk)
    fields = told_fields(catalogue)
    if not fields:
        raise Refused("notice_empty", "字段台账里没有启用的个人信息字段，不用发布告知")
    last = PrivacyNotice.objects.filter(entity=entity).order_by("-version").first()
    version, day = (last.version + 1 if last else 1), day_of(at)
    kept, recipients = _recipients(entity.pk, fields, day)
    contact, children, stored_in = (" ".join(text.split()) for text in (contact, children, stored_in))
    care = None
    if handles_minors(entity, on=day):
        care = _care_of(entity, contact=contact, children=children, stored_in=stored_in)
    told = Told(
        Handler(
            entity.name,
            contact,
            children,
            page=own_page(entity),
            writing="" if own_page(entity) else consents_page(entity),
            notices=public_page(entity),
            care=care,
        ),
        fields,
        recipients,
        _impacts(entity.pk, fields),
        takes_files=any(one.record == "file" for one in fields),
        more=more,
    )
    text = notice_text(told, version=version, day=day)
    return PrivacyNotice(
        id=new_id(),
        entity=entity,
        version=version,
        text=text,
        items=items_of(fields),
        recipients=kept,
        contact=contact,
        digest=digest_of(text),
    )


def public_page(entity: Entity) -> str:
    """Where everybody finds the notice of a company in force, and the earlier ones."""
    return f"{settings.GUIJU_CONSUMER_URL.rstrip('/')}/notice/{entity.unified_code}/"


def own_page(entity: Entity) -> str:
    """Where people see and withdraw their consents by a code to their phone; empty where none can be sent.

    Within the scope of the company.
    """
    return consents_page(entity) if sends_codes(entity.pk) else ""


def consents_page(entity: Entity) -> str:
    """The same page, which takes messages where no code can be sent."""
    return f"{settings.GUIJU_CONSUMER_URL.rstrip('/')}/my-consents/{entity.unified_code}/"


def _recipients(entity_id: UUID, fields: Sequence[Field], day: date) -> tuple[list[dict[str, Any]], list[Recipient]]:
    """Who gets something, as it is kept and as it is told; raises `Refused` for one that nobody could reach."""
    kept, told = [], []
    for name, relation in recipients_of(entity_id, on=day):
        _require_assessed(name, relation, day)
        asks = relation.sort == Relation.Sort.PROVIDE
        taken = [one for one in fields if set(relation.purposes) & one.uses.keys()]
        contact = contact_of(relation.receiver_id)
        if asks and not contact:
            raise Refused(
                "recipient_contact",
                f"要提供给{name}，可是它还没有发布隐私告知，不知道它的联系方式：请它先发布（个人信息保护法第二十三条）",
            )
        labels = list(dict.fromkeys(one.label for one in taken))
        is_joint = relation.sort == Relation.Sort.JOINT
        told.append(Recipient(name, relation.get_sort_display(), relation.purposes, labels, contact, asks, is_joint))
        kept.append(
            {
                "entity": str(relation.receiver_id),
                "name": name,
                "contact": contact,
                "sort": str(relation.sort),
                "purposes": list(relation.purposes),
                "fields": sorted(f"{one.record}.{one.code}" for one in taken),
            }
        )
    return kept, told


def _require_assessed(name: str, relation: Relation, day: date) -> None:
    """Raise `Refused` for a recipient of whom no impact assessment is on record (个人信息保护法 第五十五条)."""
    try:
        gate(rules_at("privacy.publish_notice"), assessment_facts(relation), on=day)
    except Refused as refusal:
        named = [Problem(one.code, f"接收方{name}：{one.sentence}", None, one.citation) for one in refusal.problems]
        raise Refused.because(named) from None


def contact_of(entity_id: UUID) -> str:
    """How people reach a company, as its own notice says; empty where it has none."""
    with scope_with(entity_id):
        found = notice_in_force(entity_id)
    return found.contact if found else ""


def _impacts(entity_id: UUID, fields: Sequence[Field]) -> dict[str, Impact]:
    """What the last assessment that was allowed says of each sensitive field."""
    names = {f"{one.record}.{one.code}" for one in fields if one.is_sensitive}
    rows = Assessment.objects.filter(entity_id=entity_id, state=Assessment.State.ALLOWED).select_related("field")
    found = {f"{row.field.record}.{row.field.code}": row for row in rows.order_by("made_at")}
    return {name: Impact(row.necessity, row.impact) for name, row in found.items() if name in names}


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
    return ChildCare(children, stored_in, own_page(entity), contact, is_pupil(AgeGroup.UNKNOWN, entity.sector))


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
