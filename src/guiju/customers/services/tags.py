"""What may be a tag (标签): a short text that everybody sees who sees the customer, so nothing sensitive stands in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from guiju.customers.models import Customer
from guiju.customers.records import TAG
from guiju.customers.selectors.reading import Reading, reading
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.organisations.registry import PURPOSES
from guiju.privacy.scanning import numbers_in, spots_in
from guiju.privacy.selectors.catalogue import fields_of
from guiju.privacy.terms import FieldState

MOST_TAGS, LONGEST_TAG = 20, 20
_USUAL = "sales"
"""What tags are looked at for where they are set."""


def refuse_unseen(customer: Customer, actor: Member, at: datetime) -> None:
    """Raise `NotAllowed` or `Missing` for who may not tag a customer, and `Refused` where their tags don't show: nobody
    overwrites what they can't see."""
    with reading(actor, purpose=_USUAL, on=day_of(at), right="customer.tag") as seen:
        if not may_see_tags(seen, seen.customer(customer.pk)):
            raise Refused("tags_unseen", f"这位客户的标签不能用于{PURPOSES[_USUAL]}，看不到的不能改", field="tags")


def may_see_tags(seen: Reading, customer: Customer) -> bool:
    """Whether the tags of a customer show for the purpose."""
    return not customer.is_frozen("name") and seen.may_use_beside(customer, TAG)


def checked_tags(tags: Sequence[str], *, entity_id: UUID, but: Sequence[str] = ()) -> list[str]:
    """Tags as they are kept, each once; raises `Refused`. Those that are there already (`but`) aren't judged anew."""
    typed = [one for one in tags if plain_words(one)]
    if not {*typed} <= {*but}:
        _require_in_use(entity_id)
    found = list(dict.fromkeys(one if one in but else _checked(one) for one in typed))
    if len(found) > MOST_TAGS:
        raise Refused("tags_many", f"一位客户最多{MOST_TAGS}个标签", field="tags")
    return found


def checked_tag(tag: str, *, entity_id: UUID) -> str:
    """A tag as it is kept; raises `Refused` for one that says what everybody would see and few may know, and where the
    company has taken tags out of use."""
    _require_in_use(entity_id)
    return _checked(tag)


def _require_in_use(entity_id: UUID) -> None:
    if fields_of(entity_id, TAG)["text"].state is not FieldState.ACTIVE:
        raise Refused("tags_inactive", "字段台账里标签没有启用，不能加：请数据专员启用", field="tag")


def _checked(tag: str) -> str:
    tag = plain_tag(tag)
    if found := numbers_in(tag):
        raise Refused("number_misplaced", f"标签里有{found}的号码，谁都看得到：请填到它自己的字段", field="tag")
    if words := "、".join(dict.fromkeys(spot.label for spot in spots_in(tag) if spot.is_word)):
        raise Refused(
            "tag_sensitive",
            f"标签“{tag}”说到{words}，谁都看得到：请填到它自己的字段，或者写进跟进记录（内部规则）",
            field="tag",
        )
    return tag


def plain_tag(tag: str) -> str:
    """A tag without needless spaces; raises `Refused` for none, and for one that is no tag."""
    tag = plain_words(tag)
    if not tag or len(tag) > LONGEST_TAG or not tag.isprintable():
        raise Refused("tag_shape", f"标签要写1到{LONGEST_TAG}个字", field="tag")
    return tag


def plain_words(tag: str) -> str:
    return " ".join(tag.split())
