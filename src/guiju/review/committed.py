"""Which columns of this part the log commits to."""

from guiju.evidence.registry import Committed, commit
from guiju.review.models import Check, OwnWord

commit(
    Committed(
        OwnWord,
        subject_type="review.ownword",
        version=1,
        fields=(
            "id",
            "entity_id",
            "words",
            "sort",
            "proof",
            "valid_until",
            "state",
            "proposed_by_id",
            "proposed_at",
            "decided_by_id",
            "decided_at",
        ),
    )
)
commit(
    Committed(
        Check,
        subject_type="review.check",
        version=1,
        fields=(
            "id",
            "entity_id",
            "member_id",
            "kind",
            "digest",
            "sector",
            "channel",
            "contract_type",
            "law_as_of",
            "rules_version",
            "total",
            "blocked",
            "reviewed",
            "unusable",
            "made_at",
        ),
        derived={"answers": "recomputed from the text of that digest with the rules of that version"},
        excluded={"source": "a file name that people chose; the digest says which content was reviewed"},
    )
)
