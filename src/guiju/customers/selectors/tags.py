"""Which tags customers have, and how many have each (标签)."""

from __future__ import annotations

from django.db.models import Count, F, Func, TextField

from guiju.customers.selectors.finding import is_usable
from guiju.customers.selectors.reading import Reading
from guiju.customers.selectors.tagged import TAGS_KEPT, tags_show

MOST = 500


class _Each(Func):
    """Each text of a list, in a row of its own."""

    function = "jsonb_array_elements_text"
    output_field = TextField()
    set_returning = True


def tags_in_sight(seen: Reading) -> list[tuple[str, int]]:
    """The tags of the customers in sight and how many have each, the commonest first: of those alone of whom they show
    for the purpose; raises `Refused` as `tags_show` does."""
    rows = (
        seen.customers().filter(is_usable(*TAGS_KEPT), tags_show(seen)).exclude(tags=[]).order_by().select_related(None)
    )
    counted = rows.annotate(tag_word=_Each(F("tags"))).values("tag_word").annotate(count=Count("pk"))
    return [(one["tag_word"], one["count"]) for one in counted.order_by("-count", "tag_word")[:MOST]]
