"""What lets a person in: sessions, second factors, links that set a password, the log of sign-ins."""

from __future__ import annotations

import hashlib
from typing import ClassVar

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from guiju.database.models import Row
from guiju.organisations.models import User


class Session(AbstractBaseSession):
    """A browser that is signed in, or on its way there (会话)."""

    user_id = models.UUIDField("用户", null=True, db_index=True)
    address = models.GenericIPAddressField("网络地址", null=True)
    agent = models.CharField("浏览器", max_length=200, blank=True)
    made_at = models.DateTimeField("开始时间", null=True)
    seen_at = models.DateTimeField("最近使用", null=True)

    @property
    def mark(self) -> str:
        """A short name that doesn't give the key away."""
        return hashlib.sha256(self.session_key.encode()).hexdigest()[:16]


class Factor(Row):
    """A person's second factor (第二因子): a shared secret for one-time codes (RFC 6238).

    `last_step` is the newest 30-second step whose code was used, so that no code counts twice.
    """

    user = models.OneToOneField(User, verbose_name="用户", on_delete=models.PROTECT, related_name="factor")
    secret = models.BinaryField("密钥（密文）", max_length=200)
    last_step = models.BigIntegerField("用过的最近一步", default=0)
    made_at = models.DateTimeField("设置时间")


class RecoveryCode(Row):
    """A code for the day on which the second factor is lost (恢复码); only its digest is kept."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    digest = models.BinaryField("摘要", max_length=32, unique=True)
    used_at = models.DateTimeField("使用时间", null=True)


class AccountLink(Row):
    """Lets a person set a password once (激活、重置): made by one administrator.

    A code is needed as well, which another administrator gives out: so that nobody alone can become
    somebody else.
    """

    class Sort(models.TextChoices):
        INVITE = "invite", "邀请"
        RESET = "reset", "重置"

    user = models.ForeignKey(User, verbose_name="用户", on_delete=models.PROTECT, related_name="+")
    sort = models.CharField("用途", max_length=10, choices=Sort)
    digest = models.BinaryField("链接摘要", max_length=32, unique=True)
    code_digest = models.BinaryField("核验码摘要", max_length=32, null=True)
    made_by = models.ForeignKey(User, verbose_name="经办人", null=True, on_delete=models.PROTECT, related_name="+")
    made_in = models.CharField("经办角色", max_length=40, blank=True)
    confirmed_by = models.ForeignKey(User, verbose_name="核验人", null=True, on_delete=models.PROTECT, related_name="+")
    drops_factor = models.BooleanField("同时重设第二因子", default=False)
    tries = models.PositiveSmallIntegerField("核验码输错次数", default=0)
    made_at = models.DateTimeField("建立时间")
    expires_at = models.DateTimeField("到期时间")
    used_at = models.DateTimeField("使用时间", null=True)


class SignIn(Row):
    """One attempt to sign in, or the end of a session (登录记录); insert only.

    Kept at least six months (网络安全法 第二十三条).
    """

    class Outcome(models.TextChoices):
        DONE = "done", "登录成功"
        HALF = "half", "口令正确，等待验证码"
        WRONG = "wrong", "用户名或口令不对"
        WRONG_CODE = "wrong_code", "验证码不对"
        LOCKED = "locked", "尝试过多，未受理"
        RECOVERED = "recovered", "用恢复码登录"
        ACTIVATED = "activated", "设置了口令"
        WRONG_LINK = "wrong_link", "激活链接或核验码不对"
        LEFT = "left", "退出登录"
        ENDED = "ended", "会话被结束"

    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    name_digest = models.BinaryField("用户名摘要", max_length=32)
    outcome = models.CharField("结果", max_length=12, choices=Outcome)
    way = models.CharField("方式", max_length=20, default="password")
    address = models.GenericIPAddressField("网络地址", null=True)
    agent = models.CharField("浏览器", max_length=200, blank=True)
    at = models.DateTimeField("时间")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["name_digest", "-at"], name="signin_by_name"),
            models.Index(fields=["address", "-at"], name="signin_by_address"),
            models.Index(fields=["user", "-at"], name="signin_by_user"),
            models.Index(fields=["-at"], name="signin_newest"),
        ]


class RecoverySheet(Row):
    """One of the sheets printed at the set-up, of which `guiju admin recover` asks for two (恢复单)."""

    number = models.PositiveSmallIntegerField("编号")
    digest = models.BinaryField("摘要", max_length=32, unique=True)
    made_at = models.DateTimeField("打印时间")
    ended_at = models.DateTimeField("作废时间", null=True)


class Recovery(Row):
    """Somebody was let in again from the server itself (服务器恢复): shown to everyone for thirty days."""

    user = models.ForeignKey(User, verbose_name="用户", on_delete=models.PROTECT, related_name="+")
    account = models.CharField("操作系统账号", max_length=100)
    reason = models.CharField("原因", max_length=200)
    at = models.DateTimeField("时间")
