"""Which columns of this part the log commits to."""

from guiju.evidence.registry import Committed, commit
from guiju.work.models import Approval, Decision, Task

commit(
    Committed(
        Task,
        subject_type="work.task",
        version=1,
        fields=(
            "id",
            "entity_id",
            "kind",
            "subject_id",
            "title",
            "holder_id",
            "right",
            "due_at",
            "level",
            "made_at",
            "done_at",
            "done_by_id",
            "outcome",
        ),
    )
)
commit(
    Committed(
        Approval,
        subject_type="work.approval",
        version=1,
        fields=(
            "id",
            "entity_id",
            "kind",
            "subject_id",
            "title",
            "reason",
            "asked_by_id",
            "asked_at",
            "right",
            "needed",
            "due_at",
            "state",
            "decided_at",
        ),
    )
)
commit(
    Committed(
        Decision,
        subject_type="work.decision",
        version=1,
        fields=("id", "entity_id", "approval_id", "by_id", "allows", "note", "at"),
    )
)
