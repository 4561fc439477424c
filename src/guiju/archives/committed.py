"""Which columns of this part the log commits to: all."""

from guiju.archives.models import Business, Disposal, DisposalItem, Hold
from guiju.evidence.registry import Committed, commit

commit(
    Committed(
        Hold,
        subject_type="archives.hold",
        version=1,
        fields=(
            "id",
            "entity_id",
            "subject_id",
            "sort",
            "reason",
            "placed_by_id",
            "placed_at",
            "lifted_by_id",
            "lifted_at",
            "lifted_because",
        ),
    )
)
commit(
    Committed(
        Disposal,
        subject_type="archives.disposal",
        version=1,
        fields=(
            "id",
            "entity_id",
            "basis",
            "reason",
            "state",
            "things",
            "proposed_by_id",
            "proposed_at",
            "decided_by_id",
            "decided_at",
            "done_at",
            "counts",
            "kept",
        ),
    )
)
commit(
    Committed(
        DisposalItem,
        subject_type="archives.disposalitem",
        version=1,
        fields=("id", "entity_id", "disposal_id", "subject_id", "fields", "state", "copies", "why"),
    )
)
commit(
    Committed(
        Business,
        subject_type="archives.business",
        version=2,
        fields=("id", "entity_id", "lines", "shelf_months", "reason", "declared_by_id", "declared_at"),
    )
)
