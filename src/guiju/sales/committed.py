"""Which columns of this part the log commits to."""

from guiju.evidence.registry import Committed, commit
from guiju.sales.models import Opportunity, Pipeline, Todo

commit(
    Committed(
        Opportunity,
        subject_type="sales.opportunity",
        version=1,
        is_about_people=True,
        fields=(
            "id",
            "entity_id",
            "customer_id",
            "name",
            "stage",
            "state",
            "amount",
            "expected_on",
            "owner_id",
            "source",
            "next_step",
            "next_on",
            "lost_reason",
            "lost_note",
            "made_by_id",
            "made_at",
            "changed_at",
            "staged_at",
            "closed_at",
        ),
    )
)
commit(
    Committed(
        Pipeline,
        subject_type="sales.pipeline",
        version=1,
        fields=("id", "entity_id", "stages", "reasons", "changed_at"),
    )
)
commit(
    Committed(
        Todo,
        subject_type="sales.todo",
        version=1,
        is_about_people=True,
        fields=("id", "entity_id", "member_id", "customer_id", "title", "due_on", "made_at", "done_at"),
    )
)
