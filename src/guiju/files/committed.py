"""Which columns of this part the log commits to."""

from guiju.evidence.registry import Committed, Stored, commit, exclude, store
from guiju.files.models import Attachment

commit(
    Committed(
        Attachment,
        subject_type="files.attachment",
        version=1,
        is_about_people=True,
        fields=(
            "id",
            "entity_id",
            "owner_kind",
            "owner_id",
            "subject_id",
            "collection_id",
            "name",
            "note",
            "media_type",
            "size",
            "digest",
            "stored_digest",
            "grade",
            "graded_by_id",
            "found",
            "reading",
            "by_id",
            "made_at",
            "removed_at",
            "erased_at",
        ),
        sealed=("sealed",),
    )
)
exclude("files_chunk", why="the digest of all chunks of a file stands in its committed row")
store(
    Stored(
        "files_attachment",
        "附件",
        "SELECT f.id, f.stored_digest, encode(sha256(coalesce(string_agg(sha256(c.sealed), ''::bytea ORDER BY c.number),"
        " ''::bytea)), 'hex') FROM files_attachment f LEFT JOIN files_chunk c ON c.attachment_id = f.id"
        " WHERE f.erased_at IS NULL GROUP BY f.id",
        "stored_digest",
    )
)
