"""What of this part is approved through the common mechanism."""

from datetime import timedelta

from guiju.privacy.services.catalogue import KIND as ASSESSMENT
from guiju.privacy.services.catalogue import allow_assessment, refuse_assessment
from guiju.work.registry import ApprovalKind, register_approval

register_approval(
    ApprovalKind(ASSESSMENT, "影响评估", "catalogue.decide", 1, timedelta(days=30), allow_assessment, refuse_assessment)
)
