"""Files with a complaint (投诉的文件): a file that can't be taken in never costs the complaint."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Sum

from guiju.complaints.models import Complaint, Step
from guiju.complaints.selectors.attachments import KIND, owner_of_case
from guiju.complaints.services.complainant import Key, opened_case
from guiju.complaints.services.intake import note_step, place_of
from guiju.database.scope import require_scope
from guiju.evidence.services import Act
from guiju.files import tasks
from guiju.files.models import Attachment
from guiju.files.naming import clean_name
from guiju.files.services.attachments import FileDetails, SavedFile, Upload, take_file
from guiju.kernel.errors import GuijuError, Refused
from guiju.privacy.terms import Channel
from guiju.web.uploads import Most, Sent, Why

MOST_FILES = 20
"""Of who complained, with one case."""

MOST_AT_ONCE = 9
_DAY = timedelta(days=1)
_MOST_A_DAY = 40
"""Files of a hundredth complaint from one place wait until somebody has looked at the others."""


def most_sent() -> Most:
    """What one sending may have."""
    each: int = settings.GUIJU_LARGEST_FILE
    return Most(MOST_AT_ONCE, each, 4 * each)


@transaction.atomic
def send_file(*, key: Key, upload: Upload, origin: str, at: datetime) -> SavedFile:
    """Add a file of who complained to their case (提交文件); raises `Refused` for what isn't taken in."""
    found = opened_case(key, lock=True)
    _refuse_many(found, origin, at)
    act = Act("complaints.send_file", None, at)
    saved = take_file(owner_of_case(found), upload, FileDetails(), act, Channel.ONLINE, by=None)
    data = {"file": str(saved.attachment.pk)}
    note_step(found, Step.Kind.FILED, act, text=saved.attachment.name, is_public=True, data=data)
    return saved


def send_files(*, key: Key, sent: Sent, origin: str, at: datetime) -> list[str]:
    """Each by itself; which weren't taken in and why, a sentence for each. In the company's scope."""
    require_scope()
    told = [_dropped(name, why) for name, why in sent.dropped]
    for one in sent.files:
        upload = Upload(one.name or "", one.file, one.size or 0)  # type: ignore[arg-type]
        try:
            saved = send_file(key=key, upload=upload, origin=origin, at=at)
        except GuijuError as error:
            # Sent once more with the complaint by a browser that got no answer, it is there already.
            told += [] if error.code == "file_twice" else [error.sentence]
        else:
            tasks.check_later(saved.attachment)
    return told


def _refuse_many(found: Complaint, origin: str, at: datetime) -> None:
    own = Attachment.objects.filter(entity_id=found.entity_id, owner_kind=KIND, by=None, erased_at=None)
    if own.filter(owner_id=found.pk).count() >= MOST_FILES:
        raise Refused("files_many", f"一件投诉最多收{MOST_FILES}个文件：其余的请留言说明，我们会联系您", field="upload")
    place = place_of(origin)
    if place is None:
        return
    cases = Complaint.objects.filter(entity_id=found.entity_id, origin=place, made_at__gt=at - _DAY).values("pk")
    lately = own.filter(owner_id__in=cases, made_at__gt=at - _DAY).aggregate(files=Count("pk"), size=Sum("size"))
    if lately["files"] >= _MOST_A_DAY or (lately["size"] or 0) > _MOST_A_DAY * settings.GUIJU_LARGEST_FILE // 4:
        raise Refused("files_many", "从这里一天内提交的文件太多，这个没有收：请明天在这一页上再传", field="upload")


_WHY = {
    Why.MANY: f"没有收下：一次最多{MOST_AT_ONCE}个文件，也不能太大，请在投诉的页面上分几次传",
    Why.LARGE: "太大，没有收下：一个文件最多{most} MB，请压缩、截取要紧的一段，或分成几份，在投诉的页面上再传",
    Why.FULL: "没有收下：现在传文件的人太多，请过一会儿在投诉的页面上再传",
}


def _dropped(name: str, why: Why) -> str:
    return f"“{clean_name(name)}”{_WHY[why].format(most=settings.GUIJU_LARGEST_FILE >> 20)}"
