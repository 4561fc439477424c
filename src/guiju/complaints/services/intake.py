"""The one door through which complaints come in (收到投诉).

The request of somebody who complains writes one row and its entry, and is answered with the number. All that follows,
the confirmation first of all, is done by the worker (`services/care.py`), which finds in the database what is to do:
so whoever dies meanwhile, no complaint that has a number goes without.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from guiju.complaints.models import Complaint, Step
from guiju.complaints.numbers import digest_of_code, new_code, new_number
from guiju.complaints.proofs import is_worked_for
from guiju.customers.values import keys_of_phone
from guiju.database.models import new_id
from guiju.database.scope import require_scope
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.cells import phone_text
from guiju.kernel.errors import Refused
from guiju.kernel.identifiers import Invalid
from guiju.keys.values import seal_into, sealed_values
from guiju.organisations.models import Member
from guiju.privacy.guardians import Guardian

LONGEST_TEXT, LONGEST_NAME, LONGEST_ORDER, LONGEST_PRODUCT = 10_000, 60, 60, 100
LONGEST_SHOP = 60
LONGEST_KEY = 200
FIRST_DAY = date(1990, 1, 1)
MANY = ((timedelta(minutes=10), 10), (timedelta(days=1), 60))
"""More than so many from one place are doubted (待筛选): taken in like all others, and looked through by people."""
MANY_MORE = 10
"""Times as many are doubted though each was worked for."""


@dataclass(frozen=True)
class Complained:
    """What somebody who complains said; only `text` is needed. `key` is the same when a sending is repeated.

    `proof` is the work that was done for this sending (`complaints/proofs.py`); nobody needs to bring one. `is_verified` is that
    the company's own app vouches for the phone. Of a child of under fourteen the `guardian` is asked for; nobody
    has to name one.
    """

    text: str
    name: str = ""
    phone: str = ""
    wish: str = ""
    order_no: str = ""
    product: str = ""
    happened_on: date | None = None
    key: str = ""
    proof: str = ""
    shop: str = ""
    is_verified: bool = False
    is_child: bool = False
    guardian: Guardian | None = None


@dataclass(frozen=True)
class Legacy:
    """When a complaint that is entered later came in, how it stands, and when it ended (补录)."""

    received_at: datetime
    state: Complaint.State
    closed_at: datetime | None = None


@dataclass(frozen=True)
class TakenIn:
    """The case, whether it was there before, and the code that opens it; none for who only wrote the same words."""

    complaint: Complaint
    code: str
    is_new: bool


@transaction.atomic
def receive_complaint(
    *, entity_id: UUID, said: Complained, channel: Complaint.Channel, origin: str, at: datetime
) -> TakenIn:
    """Take in a complaint of somebody without an account (收到投诉, 消费者权益保护法 第十七条); in the company's scope.

    The same sending again, told by its `key`, gives the same number; so do the same words from the same phone on the
    same day. Raises `Refused` for a text that says nothing, and for a phone that is none.
    """
    require_scope()
    act = Act("complaints.receive_complaint", None, at)
    return take_in(entity_id, said, channel, act, origin=origin)


def take_in(
    entity_id: UUID,
    said: Complained,
    channel: Complaint.Channel,
    act: Act,
    *,
    origin: str = "",
    made_by: Member | None = None,
    legacy: Legacy | None = None,
) -> TakenIn:
    """The same for whoever lets it in: one row and its entry, or the case that is there."""
    made = _made(entity_id, said, channel, act.at)
    made.made_by = made_by
    made.origin = place_of(origin)
    made.is_doubtful = _is_doubtful(made, said, act.at)
    code = new_code()
    _seal(made, said, code)
    if legacy is not None:
        _backdate(made, legacy)
    made.verified_at = act.at if said.is_verified and made.phone_key is not None else None
    while not _inserted(made):
        if (known := _again(made, act)) is not None:
            return known
        made.number = new_number(entity_id, day_of(act.at))
    record(act, entity_id=entity_id, subject=made)
    if made.verified_at is not None:
        note_step(made, Step.Kind.VERIFIED, act, is_public=True, data={"by": "app"})
    return TakenIn(made, code, is_new=True)


def _made(entity_id: UUID, said: Complained, channel: Complaint.Channel, at: datetime) -> Complaint:
    today = day_of(at)
    if said.wish and said.wish not in Complaint.Wish.values:
        raise Refused("wish_unknown", f"诉求可选：{'、'.join(Complaint.Wish.labels)}", field="wish")
    if said.happened_on is not None and said.happened_on > today:
        raise Refused("day_in_future", f"日期 {said.happened_on} 还没有到：请填写实际发生的日期", field="happened_on")
    if said.happened_on is not None and said.happened_on < FIRST_DAY:
        raise Refused("day_early", f"日期 {said.happened_on} 太早：应在 {FIRST_DAY} 以后", field="happened_on")
    made = Complaint(
        id=new_id(),
        entity_id=entity_id,
        number=new_number(entity_id, today),
        channel=channel,
        wish=said.wish,
        order_no=one_line(said.order_no, LONGEST_ORDER, "order_no", "订单号"),
        product_said=one_line(said.product, LONGEST_PRODUCT, "product", "产品或服务"),
        happened_on=said.happened_on,
        received_at=at,
        made_at=at,
    )
    key = said.key.strip()
    if len(key) > LONGEST_KEY:
        raise Refused("key_long", f"Idempotency-Key 有{len(key)}个字符，最多{LONGEST_KEY}个", field="key")
    made.request_key = hashlib.sha256(f"guiju/complaint-request/1\x00{key}".encode()).digest() if key else None
    return made


def _backdate(made: Complaint, legacy: Legacy) -> None:
    """With its own dates; what was written years ago is the same as nothing that is written today."""
    made.is_backfilled, made.same_key = True, None
    made.received_at, made.state = legacy.received_at, legacy.state
    if legacy.state in (Complaint.State.CLOSED, Complaint.State.REFUSED):
        made.decided_at = made.closed_at = legacy.closed_at


def _seal(made: Complaint, said: Complained, code: str) -> None:
    """Put away who complains and what about, and by what the case is found."""
    text, name, phone = clean_story(said.text), one_line(said.name, LONGEST_NAME, "contact_name", "称呼"), ""
    if said.phone.strip():
        try:
            phone = phone_text(said.phone)
        except Invalid as invalid:
            raise Refused(invalid.code, invalid.sentence, field="contact_phone") from None
    held: dict[str, object] = {"text": text, "name": name, "phone": phone, "code": code}
    held |= {"is_child": said.is_child, "guardian": said.guardian.kept if said.guardian else {}}
    held["shop"] = one_line(said.shop, LONGEST_SHOP, "shop", "门店")
    seal_into(made, "sealed", {key: value for key, value in held.items() if value})
    made.code_digest = digest_of_code(code)
    made.phone_key, made.tail_key = keys_of_phone(made.entity_id, phone)
    if phone:
        words = "".join(one for one in unicodedata.normalize("NFKC", text).casefold() if one.isalnum())
        same = f"{made.entity_id}\x00{phone}\x00{day_of(made.made_at)}\x00{words or text}"
        made.same_key = salted_hmac("guiju.complaints/same", same, algorithm="sha256").digest()


def place_of(origin: str) -> bytes | None:
    """Where something was sent from, as it is counted: the address itself isn't kept."""
    return salted_hmac("guiju.complaints/origin", origin, algorithm="sha256").digest() if origin else None


def clean_story(text: str) -> str:
    """What happened, as it was written but for signs that nobody sees; raises `Refused` for nothing, and for a book."""
    kept = "".join(one for one in text.replace("\r\n", "\n").replace("\r", "\n") if one in "\n\t" or one.isprintable())
    kept = kept.strip()
    if not kept:
        raise Refused("text_empty", "请写明发生了什么事：写一句话也可以", field="text")
    if len(kept) > LONGEST_TEXT:
        raise Refused(
            "text_long", f"有{len(kept)}个字，最多{LONGEST_TEXT}个：请写要点，其余的可以作为文件附上", field="text"
        )
    return kept


def words_for(field: str, text: str, empty: str) -> str:
    """The same of another field, with its own sentence where nothing was written."""
    try:
        return clean_story(text)
    except Refused as refused:
        sentence = empty if refused.code == "text_empty" else refused.sentence
        raise Refused(refused.code, sentence, field=field) from None


def one_line(text: str, most: int, field: str, label: str) -> str:
    """What stands on one line, tidied; raises `Refused` for one that is too long."""
    tidy = " ".join("".join(one for one in text if one.isprintable() or one.isspace()).split())
    if len(tidy) > most:
        raise Refused("text_long", f"{label}有{len(tidy)}个字，最多{most}个", field=field)
    return tidy


def _is_doubtful(made: Complaint, said: Complained, at: datetime) -> bool:
    """Whether one place sent very many without working for each, or so many that people look: taken in all the same."""
    if made.origin is None:
        return False
    rows = Complaint.objects.filter(entity_id=made.entity_id, origin=made.origin)
    counts = [(rows.filter(made_at__gt=at - span).count(), most) for span, most in MANY]
    if not any(count >= most for count, most in counts):
        return False
    return not is_worked_for(said.key, said.proof) or any(count >= MANY_MORE * most for count, most in counts)


def _inserted(made: Complaint) -> bool:
    """Write the row unless the same sending or the same words are there already, or come in at this very moment."""
    fields = list(Complaint._meta.concrete_fields)
    columns = ", ".join(f'"{one.column}"' for one in fields)
    values = [one.get_db_prep_save(getattr(made, one.attname), connection) for one in fields]
    places = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO complaints_complaint ({columns}) VALUES ({places}) ON CONFLICT DO NOTHING RETURNING id",
            values,
        )
        return cursor.fetchone() is not None


def _again(made: Complaint, act: Act) -> TakenIn | None:
    """The case that is there: with its code for who sends the same again, without for who wrote the same words.

    None where only the number, made by chance, was there.
    """
    rows = Complaint.objects.select_for_update(of=("self",)).filter(entity_id=made.entity_id)
    found = rows.filter(request_key=made.request_key).first() if made.request_key else None
    if found is not None:
        return TakenIn(found, str(sealed_values(found, "sealed").get("code", "")), is_new=False)
    found = rows.filter(same_key=made.same_key).first() if made.same_key else None
    if found is None:
        return None
    found.times += 1
    found.save(update_fields=["times"])
    note_step(found, Step.Kind.REPEATED, act, data={"times": found.times})
    return TakenIn(found, "", is_new=False)


def note_step(
    complaint: Complaint,
    kind: Step.Kind,
    act: Act,
    *,
    text: str = "",
    is_public: bool = False,
    data: Mapping[str, object] | None = None,
) -> Step:
    """Write what happened in a case, and its entry; in the company's scope."""
    step = Step(
        id=new_id(),
        entity_id=complaint.entity_id,
        complaint=complaint,
        kind=kind,
        at=act.at,
        by=act.actor if isinstance(act.actor, Member) else None,
        is_public=is_public,
        data=dict(data or {}),
    )
    seal_into(step, "sealed", {"text": text})
    step.save(force_insert=True)
    record(act, entity_id=complaint.entity_id, subject=step)
    return step
