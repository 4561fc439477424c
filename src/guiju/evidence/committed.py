"""Which columns of this part the log commits to: its own runs of verification."""

from guiju.evidence.models import Erasure, Verification
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
commit(
    Committed(
        Erasure,
        subject_type="evidence.erasure",
        version=1,
        fields=("id", "entity_id", "ground_id", "at", "count", "digest"),
    )
)
exclude("evidence_erased", why="lines of an erasure, which commits to them by their digest; verified against it")
exclude("keys_datakey", why="wrapped keys; what lies under them is committed by its plaintext")
