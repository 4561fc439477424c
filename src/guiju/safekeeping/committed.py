"""Which columns of this part the log commits to: all."""

from guiju.evidence.registry import Committed, commit
from guiju.safekeeping.models import Drill, KeyChange, RecoveryKey, Restoration

commit(
    Committed(
        RecoveryKey,
        subject_type="safekeeping.recoverykey",
        version=1,
        fields=("id", "entity_id", "name", "set_name", "account", "reason", "made_at", "ended_at"),
    )
)
commit(
    Committed(
        Drill,
        subject_type="safekeeping.drill",
        version=3,
        fields=(
            "id",
            "entity_id",
            "account",
            "with_sheets",
            "is_automatic",
            "began_at",
            "seconds",
            "full_at",
            "tables",
            "rows",
            "differing",
            "trouble",
            "passed",
            "log_size",
            "findings",
        ),
    )
)
commit(
    Committed(
        Restoration,
        subject_type="safekeeping.restoration",
        version=1,
        fields=(
            "id",
            "entity_id",
            "account",
            "place",
            "began_at",
            "restored_at",
            "until",
            "moment",
            "full_at",
            "newest_at",
            "replayed",
            "without_replay",
            "uncertain",
            "sessions",
            "tokens",
            "links",
            "left_size",
            "left_root",
        ),
    )
)
commit(
    Committed(
        KeyChange,
        subject_type="safekeeping.keychange",
        version=1,
        fields=("id", "entity_id", "kind", "earlier", "present", "account", "reason", "began_at", "ended_at"),
        excluded={"done": "how far the work has come, counted on while it goes on"},
    )
)
