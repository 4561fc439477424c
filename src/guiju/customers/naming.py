"""By what a name is found and sorted (姓名的查找和拼音排序): made from the name alone, and gone with it.

A part of a name is found by its characters and its pairs of neighbours, which lie in an index; what they found is
compared with the words themselves. Initials stand behind the name (张三 zs), a name is typed in full from its
beginning (zhangsan). Traditional characters, full width and capitals make no difference.

The verification makes them again and compares: a migration that comes with another way to make them, or with another
table of characters, empties the columns (`UNREAD`), and the worker fills them.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import F, Q, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from guiju.customers.models import Customer
from guiju.kernel.reading import syllables
from guiju.kernel.rules.normalise import simplified

_BEHIND_ALL = "\U0010ffff"


class NameKeys(NamedTuple):
    """What stands beside a name."""

    plain_name: str
    name_keys: list[str]
    pinyin: str | None


UNREAD = NameKeys("", [], None)
"""Of a name that nobody has read yet."""


def name_keys_of(name: str, kind: str) -> NameKeys:
    """By what a customer of a kind is found and sorted."""
    plain = plain_name(name)
    read = syllables(plain, is_person=kind == Customer.Kind.PERSON)
    initials = "".join(one[0] for one in read)
    return NameKeys(
        plain if initials == plain else f"{plain} {initials}",
        sorted(_pieces(plain) | _pieces(initials)),
        "".join(read),
    )


def plain_name(name: str) -> str:
    """A name without case, width, spaces and marks, in simplified characters."""
    return "".join(one for one in simplified(name) if one.isalnum())


def _pieces(plain: str) -> set[str]:
    """Each character but the Latin ones, which stand for nothing alone, and each pair of neighbours."""
    singles = {one for one in plain if not one.isascii()}
    return singles | {plain[place : place + 2] for place in range(len(plain) - 1)}


def named(words: str) -> Q:
    """Customers with these words in their name, its initials, or at the beginning of how it is read."""
    plain = plain_name(words)
    # Whoever came in before names had keys is found as they were until theirs are filled.
    found = Q(pinyin=None, name__contains=words)
    if pieces := _pieces(plain):
        found |= Q(name_keys__contains=sorted(pieces)) & _holds(plain)
    if plain.isascii() and plain:
        found |= Q(pinyin__gte=plain, pinyin__lt=plain + _BEHIND_ALL)
    return found


def _holds(plain: str) -> Q:
    """Whether the name holds these words as they stand; the pairs of two characters have said so already."""
    # The planner takes a LIKE for a second, rare condition: of a common word it would then gather all rows to sort them.
    return Q(GreaterThan(StrIndex(F("plain_name"), Value(plain)), 0)) if len(plain) > 2 else Q()
