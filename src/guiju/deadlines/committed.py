"""Which columns of this part the log commits to."""

from guiju.deadlines.models import Duty, Feed, YearNotice
from guiju.evidence.registry import Committed, commit, exclude

commit(
    Committed(
        YearNotice,
        subject_type="deadlines.yearnotice",
        version=1,
        fields=("id", "year", "off", "working", "source", "text", "entered_by_id", "entered_at"),
    )
)
commit(
    Committed(
        Duty,
        subject_type="deadlines.duty",
        version=1,
        fields=(
            "id",
            "entity_id",
            "kind",
            "subject_id",
            "title",
            "holder_id",
            "right",
            "basis",
            "article",
            "may_pause",
            "started_at",
            "count",
            "unit",
            "rule",
            "closes_at",
            "service",
            "pauses",
            "due_on",
            "due_at",
            "proof",
            "lacks",
            "state",
            "made_at",
            "ended_at",
            "outcome",
        ),
        derived={"computed_at": "when the same was last counted", "calendar": "in which calendar that was"},
    )
)
exclude("deadlines_signal", why="follows from the duty; what was told stands in the log as a notice")
commit(
    Committed(
        Feed,
        subject_type="deadlines.feed",
        version=1,
        fields=("id", "member_id", "user_id", "has_titles", "made_at", "ended_at"),
        excluded={"digest": "a secret's digest has no place in a log that outsiders read"},
    )
)
