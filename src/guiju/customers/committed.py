"""Which columns of this part the log commits to."""

from guiju.customers.models import BulkAct, Contact, Customer, Invitation, Merge, Note, NotSame, PoolRule, SavedList
from guiju.customers.relating import Tie
from guiju.customers.values import CUSTOMER_KEYS, PHONE_KEYS, UNFILLED, all_keys_again, phone_keys_again
from guiju.evidence.registry import Committed, Recomputed, commit, exclude

_INDEX = "made from the phone, to find it by"
_NAME = "made from the name, to find and sort it by"

commit(
    Committed(
        Customer,
        subject_type="customers.customer",
        version=2,
        is_about_people=True,
        fields=(
            "id",
            "entity_id",
            "subject_id",
            "kind",
            "name",
            "level",
            "source",
            "region",
            "origins",
            "owner_id",
            "tags",
            "pooled_at",
            "claimed_at",
            "made_by_id",
            "made_at",
            "changed_at",
            "ended_on",
            "hidden_at",
            "merged_into_id",
        ),
        spread=("extra",),
        sealed=("sealed",),
        derived={
            "phone_key": _INDEX,
            "tail_key": _INDEX,
            "email_key": "made from the e-mail address, to find twins by",
            "identity_key": "made from the identity number or the credit code, to find twins by",
            "plain_name": _NAME,
            "name_keys": _NAME,
            "pinyin": _NAME,
            "last_touch_at": "follows from the notes",
            "next_touch_on": "follows from the notes",
            "erased_at": "that of the person, at hand for lists",
        },
        recomputed=Recomputed(CUSTOMER_KEYS, all_keys_again, UNFILLED),
    )
)
commit(
    Committed(
        Note,
        subject_type="customers.note",
        version=2,
        is_about_people=True,
        fields=(
            "id",
            "entity_id",
            "customer_id",
            "way",
            "text",
            "at",
            "next_on",
            "by_id",
            "made_at",
            "removed_at",
        ),
        sealed=("sealed",),
    )
)
commit(
    Committed(
        Contact,
        subject_type="customers.contact",
        version=1,
        is_about_people=True,
        fields=(
            "id",
            "entity_id",
            "subject_id",
            "customer_id",
            "name",
            "origins",
            "is_main",
            "made_at",
            "changed_at",
            "ended_at",
        ),
        spread=("extra",),
        sealed=("sealed",),
        derived={"phone_key": _INDEX, "tail_key": _INDEX},
        recomputed=Recomputed(PHONE_KEYS, phone_keys_again),
    )
)
commit(
    Committed(
        PoolRule,
        subject_type="customers.poolrule",
        version=2,
        fields=(
            "id",
            "entity_id",
            "idle_days",
            "most_held",
            "daily_claims",
            "daily_views",
            "rest_days",
            "warn_days",
            "changed_at",
        ),
    )
)
commit(
    Committed(
        BulkAct,
        subject_type="customers.bulkact",
        version=1,
        fields=("id", "entity_id", "member_id", "sort", "detail", "count", "changes", "at", "undone_at"),
    )
)
commit(
    Committed(
        SavedList,
        subject_type="customers.saved_list",
        version=2,
        fields=("id", "entity_id", "member_id", "kind", "name", "query", "is_shared", "made_at", "removed_at"),
    )
)
commit(
    Committed(
        Merge,
        subject_type="customers.merge",
        version=1,
        fields=(
            "id",
            "entity_id",
            "kept_id",
            "gone_id",
            "by_id",
            "taken",
            "moved",
            "people",
            "kept_version",
            "at",
            "undone_at",
            "undone_by_id",
            "left",
        ),
    )
)
commit(
    Committed(
        NotSame,
        subject_type="customers.not_same",
        version=1,
        fields=("id", "entity_id", "one_id", "other_id", "by_id", "at"),
    )
)
commit(
    Committed(
        Tie,
        subject_type="customers.tie",
        version=1,
        is_about_people=True,
        fields=("id", "entity_id", "one_id", "other_id", "kind", "by_id", "made_at", "ended_at"),
    )
)
commit(
    Committed(
        Invitation,
        subject_type="customers.invitation",
        version=1,
        fields=(
            "id",
            "entity_id",
            "member_id",
            "notice_id",
            "items",
            "digest",
            "made_at",
            "expires_at",
            "answered_at",
            "customer_id",
        ),
    )
)
exclude("customers_poolview", why="that somebody looked changes nothing; it counts for a day")
exclude("customers_poolpage", why="that somebody looked changes nothing; it counts for a day")
exclude("customers_ownerchange", why="who had a customer when; the versions of the customer say it and are committed")
exclude("customers_customerimport", why="a file on its way in; its source and what it brings are committed")
exclude("customers_wanting", why="whom to ask still; the question, the answer and the value are committed")
exclude("customers_importproblems", why="what went back of a file; what came in is committed")
