"""Which columns of this part the log commits to: its own runs of verification."""

from guiju.evidence.models import Verification
from guiju.evidence.registry import Committed, commit, exclude

commit(
    Committed(
        Verification,
        subject_type="evidence.verification",
        version=1,
        fields=(
            "id",
            "entity_id",
            "asked_by_id",
            "began_at",
            "ended_at",
            "size",
            "root",
            "records",
            "is_clean",
            "findings",
            "unchecked",
        ),
    )
)
exclude("keys_datakey", why="wrapped keys; what lies under them is committed by its plaintext")
