"""What of this part is approved by another person."""

from datetime import timedelta

from guiju.archives.services.disposals import KIND, allow_disposal, refuse_disposal
from guiju.work.registry import ApprovalKind, register_approval

register_approval(ApprovalKind(KIND, "销毁", "archive.decide", 1, timedelta(days=30), allow_disposal, refuse_disposal))
