"""Which columns of this part the log commits to."""

from guiju.deadlines.models import YearNotice
from guiju.evidence.registry import Committed, commit

commit(
    Committed(
        YearNotice,
        subject_type="deadlines.yearnotice",
        version=1,
        fields=("id", "year", "off", "working", "source", "text", "entered_by_id", "entered_at"),
    )
)
