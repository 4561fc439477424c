"""Which columns of this part the log commits to."""

from guiju.access.models import EmergencyAccess, ReviewLine, RightsReview
from guiju.evidence.registry import Committed, commit

commit(
    Committed(
        EmergencyAccess,
        subject_type="access.emergencyaccess",
        version=1,
        fields=(
            "id",
            "entity_id",
            "member_id",
            "role_id",
            "reason",
            "asked_at",
            "allowed_by_id",
            "until",
            "refused_at",
            "reviewed_by_id",
            "reviewed_at",
            "finding",
        ),
    )
)
commit(
    Committed(
        RightsReview,
        subject_type="access.rightsreview",
        version=1,
        fields=("id", "entity_id", "quarter", "opened_at", "due_at", "closed_at"),
    )
)
commit(
    Committed(
        ReviewLine,
        subject_type="access.reviewline",
        version=1,
        fields=(
            "id",
            "entity_id",
            "review_id",
            "held_id",
            "reviewer_id",
            "outcome",
            "note",
            "decided_by_id",
            "decided_at",
        ),
    )
)
