"""The second factor (第二因子): one-time codes by time, RFC 6238, and codes for the day it is lost."""

from __future__ import annotations

import hmac
import unicodedata
from datetime import datetime

import pyotp
from django.conf import settings
from django.db import transaction

from guiju.accounts.models import Factor, RecoveryCode
from guiju.accounts.services.person import record_removal_of
from guiju.database.models import new_id
from guiju.evidence.services import Act, record
from guiju.kernel.crypto.sealed import Unsealable, seal, unseal
from guiju.kernel.crypto.typed import digest_of, new_code
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member, User

STEP_SECONDS = 30
NEIGHBOURS = 1
"""Steps before and after the present one whose codes count: a phone may be half a minute off."""

LOOKED_AT = 60
"""Steps within which a code that comes too early or too late is recognised, to tell by how much."""

RECOVERY_CODES = 10


def new_secret() -> str:
    """160 random bits in base 32, as authenticator apps take them."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, user: User) -> str:
    """What the QR code says (otpauth://totp/…)."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name="规矩")


def _place(user: User) -> str:
    return f"accounts_factor.secret/{user.pk}"


@transaction.atomic
def set_factor(*, secret: str, code: str, actor: Member, at: datetime) -> list[str]:
    """Set one's second factor after a first code has shown that the app knows it (设置第二因子).

    Returns the recovery codes, which are shown once; a factor that was there before is replaced.
    """
    user = actor.user
    step = _step_of(secret, code, at=at, after=0)
    factor = Factor.objects.select_for_update().filter(user=user).first() or Factor(id=new_id(), user=user)
    factor.secret = seal(secret, master=settings.SECRET_KEY, place=_place(user))
    factor.last_step, factor.made_at = step, at
    factor.save()
    record(Act("accounts.set_factor", actor, at), entity_id=actor.entity_id, subject=factor)
    return renew_recovery_codes(user)


def renew_recovery_codes(user: User) -> list[str]:
    """Ten new codes; the old ones are void."""
    RecoveryCode.objects.filter(user=user).delete()
    codes = [new_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(id=new_id(), user=user, digest=digest_of(code)) for code in codes)
    return codes


def drop_factor(user: User, *, at: datetime) -> None:
    """Take the factor and its recovery codes away; for services that have asked permission."""
    RecoveryCode.objects.filter(user=user).delete()
    factor = Factor.objects.select_for_update().filter(user=user).first()
    if factor is not None:
        record_removal_of(user, factor, action="accounts.drop_factor", at=at)
        factor.delete()


@transaction.atomic
def use_code(*, user: User, code: str, at: datetime) -> None:
    """Take one code of the authenticator; raises `Refused` for a wrong, old or used one."""
    factor = Factor.objects.select_for_update().filter(user=user).first()
    if factor is None:
        raise Refused("factor_missing", "这个账号没有设置第二因子", field="code")
    try:
        secret = unseal(bytes(factor.secret), master=settings.SECRET_KEY, place=_place(user))
    except Unsealable as fault:
        raise Refused(
            "factor_unreadable",
            "第二因子的密钥打不开（数据文件夹的密钥换过）：请用恢复码登录，再重新设置",
            field="code",
        ) from fault
    factor.last_step = _step_of(secret, code, at=at, after=factor.last_step)
    factor.save(update_fields=["last_step"])


@transaction.atomic
def use_recovery_code(*, user: User, code: str, at: datetime) -> bool:
    """Whether this was an unused recovery code; it is used up then."""
    used = RecoveryCode.objects.filter(user=user, digest=digest_of(code), used_at=None).update(used_at=at)
    return used == 1


def _step_of(secret: str, code: str, *, at: datetime, after: int) -> int:
    """The step whose code this is; only steps later than the last used one count (RFC 6238, 5.2)."""
    typed = "".join(str(unicodedata.decimal(letter)) for letter in code if letter.isdecimal())
    now = int(at.timestamp()) // STEP_SECONDS
    otp = pyotp.TOTP(secret)
    found = None
    for step in range(max(now - LOOKED_AT, 0), now + LOOKED_AT + 1):
        # All are compared, so that the time taken doesn't tell which one it was.
        if hmac.compare_digest(otp.generate_otp(step), typed) and (found is None or abs(step - now) < abs(found - now)):
            found = step
    if found is None:
        raise Refused("code_wrong", "验证码不对：请输入验证器上现在显示的6位数字", field="code")
    if abs(found - now) > NEIGHBOURS:
        minutes = round(abs(found - now) * STEP_SECONDS / 60, 1)
        way = "快" if found > now else "慢"
        raise Refused(
            "code_skewed",
            f"手机的时间比服务器{way}约{minutes}分钟：请打开手机的自动对时，再输入新的验证码",
            field="code",
        )
    if found <= after:
        raise Refused("code_used", "这个验证码已经用过：请等下一个", field="code")
    return found
