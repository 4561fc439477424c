"""What the company's own app hands over to the page where somebody complains (应用移交): name, phone, order.

Sealed under the installation's secret, so that no address shows a phone, and good for a few minutes. Who made it was
let in with an access token; what doesn't open is nothing, and the form is empty.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac

GOOD_FOR = timedelta(minutes=15)


@dataclass(frozen=True)
class HandedOver:
    """Who is signed in in the app, and what they are looking at."""

    name: str = ""
    phone: str = ""
    order_no: str = ""


def sealed_handover(entity_id: UUID, said: HandedOver, *, at: datetime) -> str:
    return _box(entity_id).encrypt_at_time(json.dumps(asdict(said)).encode(), int(at.timestamp())).decode()


def handed_over(entity_id: UUID, token: str, *, at: datetime) -> HandedOver | None:
    """What stands in it, where it was made for this company and is still good."""
    try:
        said = _box(entity_id).decrypt_at_time(token.encode(), int(GOOD_FOR.total_seconds()), int(at.timestamp()))
    except (InvalidToken, UnicodeEncodeError):
        return None
    return HandedOver(**json.loads(said))


def _box(entity_id: UUID) -> Fernet:
    key = salted_hmac("guiju.complaints/handover", str(entity_id), algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))
