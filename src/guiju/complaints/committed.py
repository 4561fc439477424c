"""Which columns of this part the log commits to."""

from guiju.complaints.models import (
    CompanyCause,
    Complaint,
    Group,
    Letter,
    Limit,
    Rectification,
    RectificationRule,
    RectificationStep,
    Remedy,
    Route,
    Snippet,
    Step,
    Tied,
)
from guiju.evidence.registry import Committed, commit, exclude

commit(
    Committed(
        Complaint,
        subject_type="complaints.complaint",
        version=2,
        is_about_people=True,
        fields=(
            "id",
            "entity_id",
            "number",
            "kind",
            "channel",
            "state",
            "is_backfilled",
            "is_doubtful",
            "wish",
            "order_no",
            "product_said",
            "happened_on",
            "customer_id",
            "order_id",
            "product_id",
            "holder_id",
            "made_by_id",
            "received_at",
            "made_at",
            "verified_at",
            "decided_at",
            "answered_at",
            "closed_at",
            "reopened",
            "satisfaction",
            "result",
        ),
        sealed=("sealed",),
        derived={
            "phone_key": "made from the phone, to find it by",
            "tail_key": "made from the phone, to find it by",
            "code_digest": "made from the code",
            "same_key": "made from the words and the phone",
            "is_discarded": "follows from its steps",
            "due_at": "the nearest end among its duties",
            "times": "follows from its steps",
            "cared_at": "follows from its steps",
            "told_at": "follows from its steps",
            "tell_at": "follows from its steps",
            "cause": "follows from its steps and its words",
            "is_cause_confirmed": "follows from its steps",
            "is_in_time": "follows from its duties",
            "is_repeat": "follows from earlier ones of the same phone",
        },
        excluded={
            "request_key": "what a sending carries again: says nothing of the case",
            "origin": "where it was sent from, for counting only",
            "is_unweighed": "what the worker still has to look at",
        },
    )
)
commit(
    Committed(
        Step,
        subject_type="complaints.step",
        version=1,
        is_about_people=True,
        fields=("id", "entity_id", "complaint_id", "kind", "at", "by_id", "is_public", "data"),
        sealed=("sealed",),
    )
)
commit(
    Committed(
        Remedy,
        subject_type="complaints.remedy",
        version=1,
        is_about_people=True,
        fields=(
            "id",
            "entity_id",
            "complaint_id",
            "kind",
            "amount",
            "state",
            "made_by_id",
            "made_at",
            "agreed_at",
            "returned_on",
            "done_on",
        ),
        sealed=("sealed",),
    )
)
commit(
    Committed(
        Letter,
        subject_type="complaints.letter",
        version=1,
        fields=(
            "id",
            "entity_id",
            "complaint_id",
            "about_id",
            "authority",
            "their_no",
            "dated_on",
            "answer_by",
            "our_no",
            "attachments",
            "drafted_at",
            "sent_on",
            "sent_how",
        ),
        sealed=("sealed",),
        is_about_people=True,
    )
)
commit(
    Committed(
        Limit,
        subject_type="complaints.limit",
        version=1,
        fields=("id", "entity_id", "kind", "amount", "changed_at"),
    )
)
commit(
    Committed(
        Route,
        subject_type="complaints.route",
        version=1,
        fields=("id", "entity_id", "product_id", "member_id", "made_at", "ended_at"),
    )
)
commit(
    Committed(
        Snippet,
        subject_type="complaints.snippet",
        version=1,
        fields=("id", "entity_id", "title", "text", "changed_at", "ended_at"),
    )
)
commit(
    Committed(
        Group,
        subject_type="complaints.group",
        version=1,
        fields=("id", "entity_id", "title", "made_by_id", "made_at"),
    )
)
commit(
    Committed(
        Tied,
        subject_type="complaints.tied",
        version=1,
        fields=("id", "entity_id", "group_id", "complaint_id", "made_by_id", "made_at", "ended_at"),
    )
)
exclude("complaints_presence", why="that somebody has a case open changes nothing; of no use a minute later")
commit(
    Committed(
        CompanyCause,
        subject_type="complaints.cause",
        version=1,
        fields=(
            "id",
            "entity_id",
            "code",
            "parent",
            "label",
            "words",
            "is_safety",
            "department_id",
            "made_at",
            "retired_at",
        ),
    )
)
commit(
    Committed(
        RectificationRule,
        subject_type="complaints.rectification_rule",
        version=1,
        fields=(
            "id",
            "entity_id",
            "days",
            "share_percent",
            "share_least",
            "count_least",
            "rise_least",
            "by_safety",
            "due_days",
            "watch_days",
            "target_percent",
            "changed_at",
        ),
    )
)
_OF_LINK = "opens a page to who holds the link, and says nothing of the task"
commit(
    Committed(
        Rectification,
        subject_type="complaints.rectification",
        version=1,
        fields=(
            "id",
            "entity_id",
            "number",
            "cause",
            "ground",
            "state",
            "figures",
            "cases",
            "department_id",
            "holder_id",
            "opened_at",
            "mended_at",
            "watch_until",
            "effect",
            "closed_at",
            "reopened",
        ),
        sealed=("sealed",),
        excluded=dict.fromkeys(("link_digest", "code_digest", "link_until", "link_tries"), _OF_LINK),
    )
)
commit(
    Committed(
        RectificationStep,
        subject_type="complaints.rectification_step",
        version=1,
        fields=("id", "entity_id", "rectification_id", "kind", "at", "by_id", "data"),
        sealed=("sealed",),
    )
)
