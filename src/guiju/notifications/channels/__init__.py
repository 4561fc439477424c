"""The ways out (渠道): each takes deliveries and says of each what became of it, and never raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from guiju.notifications.channels.base import BadSettings, Delivery, Outcome, Sender, State
from guiju.notifications.channels.sms import SmsGateway
from guiju.notifications.channels.smtp import SmtpServer
from guiju.notifications.channels.webhook import Webhook
from guiju.notifications.channels.wecom import WecomApp, WecomRobot
from guiju.notifications.models import Sort

SENDERS: Mapping[Sort, Callable[[Mapping[str, Any], str], Sender]] = {
    Sort.SMS: SmsGateway,
    Sort.SMTP: SmtpServer,
    Sort.WEBHOOK: Webhook,
    Sort.WECOM_APP: WecomApp,
    Sort.WECOM_ROBOT: WecomRobot,
}
"""From settings and secret; raises `BadSettings`."""

__all__ = ["SENDERS", "BadSettings", "Delivery", "Outcome", "Sender", "State"]
