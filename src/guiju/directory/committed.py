"""Which columns of this part the log commits to."""

from guiju.directory.models import GroupRole, Identity
from guiju.evidence.registry import Committed, commit, exclude

commit(
    Committed(
        GroupRole,
        subject_type="directory.grouprole",
        version=1,
        fields=("id", "entity_id", "group", "role_id", "made_by_id", "made_at", "ended_at"),
    )
)
commit(
    Committed(
        Identity,
        subject_type="directory.identity",
        version=1,
        fields=("id", "user_id", "issuer", "linked_at", "ended_at"),
        excluded={"subject": "the provider's name for a person has no place in a log that outsiders read"},
    )
)
exclude("directory_intake", why="work on its way; every member and department that comes of it has entries of its own")
exclude("directory_listed", why="derived from the directory at each run; membership itself has its entries")
exclude("directory_groupgrant", why="says of a grant only that a group brought it; the grant has its entry")
