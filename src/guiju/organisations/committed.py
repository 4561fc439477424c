"""Which columns of this part the log commits to."""

from guiju.evidence.registry import Committed, commit, exclude
from guiju.organisations.models import (
    Alert,
    Department,
    Disclosure,
    Entity,
    Member,
    MemberRole,
    Relation,
    Role,
    Substitute,
    Token,
)

commit(
    Committed(
        Entity,
        subject_type="organisations.entity",
        version=2,
        fields=(
            "id",
            "parent_id",
            "unified_code",
            "name",
            "region",
            "sector",
            "authority",
            "went_live_on",
            "registered_at",
        ),
    )
)
commit(
    Committed(
        Department,
        subject_type="organisations.department",
        version=2,
        fields=("id", "entity_id", "parent_id", "name", "head_id", "closed_at"),
    )
)
commit(
    Committed(
        Member,
        subject_type="organisations.member",
        version=1,
        fields=("id", "entity_id", "user_id", "department_id", "title", "joined_at", "left_at"),
    )
)
commit(
    Committed(
        MemberRole,
        subject_type="organisations.memberrole",
        version=3,
        fields=("id", "entity_id", "member_id", "role_id", "until", "ended_at"),
    )
)
commit(
    Committed(
        Substitute,
        subject_type="organisations.substitute",
        version=1,
        fields=("id", "entity_id", "member_id", "substitute_id", "since", "until", "reason", "ended_at"),
    )
)
commit(
    Committed(
        Role,
        subject_type="organisations.role",
        version=1,
        fields=("id", "code", "name", "note", "rights", "treatments", "is_ready_made", "retired_at"),
    )
)
commit(
    Committed(
        Relation,
        subject_type="organisations.relation",
        version=2,
        fields=(
            "id",
            "entity_id",
            "receiver_id",
            "sort",
            "purposes",
            "fields",
            "contract",
            "since",
            "until",
            "proposed_by_id",
            "confirmed_by_id",
            "confirmed_at",
            "ended_at",
            "necessity",
            "impact",
            "measures",
            "assessed_at",
        ),
    )
)
commit(
    Committed(
        Token,
        subject_type="organisations.token",
        version=2,
        fields=("id", "member_id", "user_id", "name", "scope", "made_at", "expires_at", "revoked_at"),
        excluded={"digest": "the digest of a key has no place in a log that outsiders read"},
    )
)
commit(
    Committed(
        Disclosure,
        subject_type="organisations.disclosure",
        version=3,
        fields=(
            "id",
            "entity_id",
            "member_id",
            "sort",
            "code",
            "subject_id",
            "count",
            "records",
            "reason",
            "purpose",
            "at",
            "until",
        ),
    )
)
commit(
    Committed(
        Alert,
        subject_type="organisations.alert",
        version=1,
        fields=("id", "entity_id", "member_id", "sort", "count", "at", "seen_by_id", "seen_at", "finding"),
    )
)
exclude("organisations_companyimport", why="a file on its way in; what it brings is committed company by company")
exclude("organisations_entitypath", why="derived from parent_id by a trigger")
exclude("organisations_user", why="sign-in data; roles and memberships, which decide, are committed")
exclude("organisations_installation", why="one row about the database itself")
