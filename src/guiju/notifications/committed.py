"""Which columns of this part the log commits to."""

from guiju.evidence.registry import Committed, commit, exclude
from guiju.notifications.models import Attempt, Channel, Notice, SmsText, Wording

_FOLLOWS = "follows from the attempts"

commit(
    Committed(
        Notice,
        subject_type="notifications.notice",
        version=1,
        fields=(
            "id",
            "entity_id",
            "kind",
            "key",
            "member_id",
            "digest",
            "url",
            "route",
            "made_at",
            "valid_until",
            "counts_from",
        ),
        derived={"state": _FOLLOWS, "via": _FOLLOWS, "due_at": _FOLLOWS, "trouble": _FOLLOWS},
        excluded={
            "content": "sealed; the digest names what is in it, however often its key changes",
            "read_at": "when somebody looked at their inbox is nobody else's business",
        },
    )
)
commit(
    Committed(
        Attempt,
        subject_type="notifications.attempt",
        version=1,
        fields=(
            "id",
            "entity_id",
            "notice_id",
            "number",
            "sort",
            "channel_id",
            "channel_since",
            "key",
            "state",
            "began_at",
            "ended_at",
            "reference",
            "said",
            "settled_by_id",
        ),
    )
)
commit(
    Committed(
        Channel,
        subject_type="notifications.channel",
        version=1,
        fields=("id", "entity_id", "sort", "settings", "changed_at", "ended_at"),
        excluded={"secret": "sealed, and still no outsider's business"},
    )
)
commit(
    Committed(
        SmsText,
        subject_type="notifications.smstext",
        version=1,
        fields=("id", "entity_id", "kind", "code", "text", "state", "balance", "note", "changed_at", "ended_at"),
    )
)
commit(
    Committed(
        Wording,
        subject_type="notifications.wording",
        version=1,
        fields=("id", "entity_id", "kind", "version", "title", "text", "made_by_id", "made_at", "ended_at"),
    )
)
exclude("notifications_code", why="digests of secrets that end within minutes; that one was sent stands in its notice")
exclude("notifications_coderequest", why="counts of the last two days, by digests that name nobody")
exclude("notifications_preference", why="how somebody likes to be told; notices tell how they were")
