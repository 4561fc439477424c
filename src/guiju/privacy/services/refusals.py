"""Commercial messages are refused, at one step and for the whole group (拒收, 消费者权益保护法实施条例 第二十四条)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.db import transaction

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, one_entry, record
from guiju.kernel.calendar.clock import CHINA, day_of
from guiju.kernel.errors import Refused
from guiju.keys.values import seal_into
from guiju.notifications.services.ending import every_company
from guiju.organisations.models import Member
from guiju.organisations.permissions import require
from guiju.organisations.selectors.people import user_behind
from guiju.organisations.services.disclosures import note_lookup
from guiju.privacy.models import Consent, Refusal
from guiju.privacy.scanning import spots_in
from guiju.privacy.selectors.refusals import held_key_of, key_of, known_by, known_by_keys, refused_among
from guiju.privacy.services.addresses import Given, address_in
from guiju.privacy.services.consents import refuse_numbers, take_back
from guiju.privacy.services.endings import announce_refusal
from guiju.privacy.terms import MARKETING

MEANS = {
    "call": "来电",
    "letter": "来信",
    "visit": "当面",
    "email": "来邮件",
    "message": "网上留言",
    "reply": "回复短信",
    "list": "转来的名单",
}
"""How somebody said it, where staff put it down; `list`: somebody else handed on who said so."""

READ = "refusal.read"
LONGEST_PROOF = 200
AT_ONCE = 500


@dataclass(frozen=True)
class Said:
    """That somebody refuses, as staff put it down: how they said so, on which day, and what proves it."""

    means: str
    on: date
    proof: str


def write_refusal(
    addresses: Iterable[str],
    *,
    entity_id: UUID,
    way: Refusal.Way,
    act: Act,
    means: str = "",
    proof: str = "",
    at: datetime | None = None,
) -> list[Refusal]:
    """Put addresses on the list; for services that know that they are the person's, or were told so.

    `at` is when it was said, where that was before the act.
    """
    made, addresses = [], list(addresses)
    with scope_with(entity_id):
        for address in addresses:
            if not address:
                continue
            row = Refusal(
                id=new_id(),
                entity_id=entity_id,
                key=key_of(address, entity_id),
                sort=Refusal.Sort.EMAIL if "@" in address else Refusal.Sort.PHONE,
                held_key=held_key_of(address, entity_id),
                way=way,
                means=means,
                by_id=user_behind(act),
                at=at or act.at,
                entered_at=act.at if at else None,
            )
            seal_into(row, "sealed", {"proof": proof})
            made.append(row)
        Refusal.objects.bulk_create(made)
        for row in made:
            record(act, entity_id=entity_id, subject=row)
    if made:
        _announce([one for one in addresses if one], made[0], act)
    return made


def _announce(addresses: Sequence[str], cause: Refusal, act: Act) -> None:
    """Let those downstream hear of it in every company of the group that has a record with one of these addresses."""
    for chunk in every_company():
        with scope_with(*chunk):
            keys = {key: company for company in chunk for one in addresses if (key := held_key_of(one, company))}
            people: dict[UUID, set[UUID]] = {}
            for key, known in known_by_keys(keys).items():
                people.setdefault(keys[key], set()).update(one.subject_id for one in known)
        for company, some in people.items():
            announce_refusal(company, some, cause.pk, cause.at, act)


def refuse_addresses(addresses: Sequence[str], *, entity_id: UUID, way: Refusal.Way, act: Act) -> list[Refusal]:
    """The same, and the consents to marketing of this company's people who have these addresses end with it."""
    made = write_refusal(addresses, entity_id=entity_id, way=way, act=act)
    end_marketing(addresses, entity_id, act)
    return made


def end_marketing(addresses: Iterable[str], entity_id: UUID, act: Act, *, since: datetime | None = None) -> None:
    """End what was agreed to of marketing before it was refused; who agreed afterwards is not meant."""
    with scope_with(entity_id):
        people = {one.subject_id for some in known_by(addresses, entity_id).values() for one in some}
        mine = Consent.objects.filter(
            subject_id__in=people, purpose=MARKETING, ended_at=None, given_at__lte=since or act.at
        )
        for consent in mine.select_for_update(of=("self",)).order_by("pk"):
            # What was narrowed stands beside it may have ended with the one before.
            consent.refresh_from_db()
            if consent.ended_at is None:
                take_back(consent, (), act, since=since)


@transaction.atomic
def add_refusal(*, addresses: Sequence[str], said: Said, actor: Member, at: datetime) -> list[Refusal]:
    """Put down that somebody told staff that they want nothing commercial (登记拒收, 消费者权益保护法实施条例 第二十四条).

    It holds at once and in the whole group. Raises `Refused` for what is no phone and no e-mail address, and
    without what proves it.
    """
    require(actor, "refusal.add", on=actor.entity_id)
    moment, proof = _checked(said, at)
    given = [address_in(one) for one in addresses if one.strip()]
    if not given:
        raise Refused("address_empty", "请填写手机或者电子邮箱", field="phone")
    way = Refusal.Way.REPLY if said.means == "reply" else Refusal.Way.STAFF
    act = Act("privacy.add_refusal", actor, at)
    made = write_refusal(given, entity_id=actor.entity_id, way=way, act=act, means=said.means, proof=proof, at=moment)
    end_marketing(given, actor.entity_id, act, since=moment)
    return made


def look_up_refusal(*, address: str, actor: Member, at: datetime) -> bool:
    """Whether an address is on the list of the whole group, counted and logged as look-ups of phones are.

    Raises `Refused` for who asks too often.
    """
    require(actor, READ, on=actor.entity_id)
    note_lookup(code=READ, actor=actor, at=at)
    return address in refused_among([address], actor.entity_id)


@dataclass(frozen=True)
class Imported:
    """What came of a list: how many were put on, how many were on already, and the lines that are none."""

    taken: int
    known: int
    wrong: Sequence[tuple[int, str]]


@transaction.atomic
def import_refusals(*, given: Given, said: Said, actor: Member, at: datetime) -> Imported:
    """Put a list of phones and e-mail addresses on the list of those who refuse (导入拒收名单).

    Who is on it already, since that day or a later one, isn't put down twice. Wrong lines stay outside, each named.
    """
    require(actor, "refusal.import", on=actor.entity_id)
    moment, proof = _checked(said, at)
    if not given.addresses:
        raise Refused("nothing_to_import", "名单里没有认得出的手机或者电子邮箱", field="file")
    act, taken = Act("privacy.import_refusals", actor, at), 0
    for start in range(0, len(given.addresses), AT_ONCE):
        some = given.addresses[start : start + AT_ONCE]
        known = refused_among(some, actor.entity_id)
        new = [one for one in some if one not in known or day_of(known[one]) < said.on]
        if new:
            with one_entry(act, about=actor.entity):
                write_refusal(
                    new,
                    entity_id=actor.entity_id,
                    way=Refusal.Way.IMPORT,
                    act=act,
                    means=said.means,
                    proof=proof,
                    at=moment,
                )
        end_marketing(some, actor.entity_id, act, since=moment)
        taken += len(new)
    return Imported(taken, len(given.addresses) - taken, given.wrong)


def _checked(said: Said, at: datetime) -> tuple[datetime, str]:
    """When it was said, and the proof as it is kept; today's holds from now on."""
    if said.means not in MEANS:
        raise Refused("means_unknown", f"请选择怎样提出的：{'、'.join(MEANS.values())}", field="means")
    if said.on > day_of(at):
        raise Refused("said_in_future", "提出的日期还没有到", field="on")
    proof = " ".join(said.proof.replace("\x00", "").split())
    if not proof or not proof.isprintable():
        raise Refused("proof_empty", "请写明凭据：录音、信件或者名单的编号", field="proof")
    if len(proof) > LONGEST_PROOF:
        raise Refused("proof_long", f"凭据有{len(proof)}个字，最多{LONGEST_PROOF}个", field="proof")
    refuse_numbers(proof)
    if words := "、".join(dict.fromkeys(spot.label for spot in spots_in(proof) if spot.is_word)):
        why = f"凭据里说到{words}：请去掉，只写录音、信件或者名单的编号（内部规则）"
        raise Refused("proof_sensitive", why, field="proof")
    moment = at if said.on == day_of(at) else datetime.combine(said.on, time(23, 59, 59), CHINA)
    return moment, proof
