"""The group's companies, their departments and people, and what their roles let them do."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q, Value

from guiju.database.models import Row, new_id
from guiju.kernel.identifiers import regions
from guiju.kernel.sectors import CHOICES


class Entity(Row):
    """A legal person of the group (公司, 主体; 市场主体登记管理条例 第二条).

    It is the tenant: each one handles personal information in its own name
    (个人信息保护法 第二十三条). The group company is the one without a parent.
    """

    parent = models.ForeignKey(
        "self", verbose_name="上级公司", null=True, on_delete=models.PROTECT, related_name="children"
    )
    unified_code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    name = models.CharField("公司名称", max_length=200)
    region = models.CharField("住所地", max_length=6)
    sector = models.CharField("行业", max_length=20, choices=CHOICES)
    authority = models.CharField("登记机关", max_length=60, blank=True)
    went_live_on = models.DateField("系统上线日期")
    registered_at = models.DateTimeField("登记时间")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(unified_code__regex=r"^[0-9A-HJ-NP-RT-UW-Y]{18}$"), name="entity_code"),
            models.CheckConstraint(condition=Q(region__regex=r"^[1-8][0-9]{5}$"), name="entity_region"),
            models.CheckConstraint(condition=~Q(name=""), name="entity_name"),
            models.CheckConstraint(condition=Q(sector__in=[code for code, _ in CHOICES]), name="entity_sector"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def region_name(self) -> str:
        """Province, city and county in words (浙江省 杭州市 西湖区)."""
        return regions.full_name(self.region)


class EntityPath(models.Model):
    """Ancestor and descendant, each company also of itself (depth 0): the shape of the group.

    Holds ids only, so that the scope of a member can be computed before anything is in sight.
    """

    pk = models.CompositePrimaryKey("ancestor_id", "descendant_id")
    ancestor = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+", db_index=False)
    descendant = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+")
    depth = models.PositiveSmallIntegerField()


class Department(Row):
    """部门"""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    parent = models.ForeignKey("self", verbose_name="上级部门", null=True, on_delete=models.PROTECT)
    name = models.CharField("部门名称", max_length=100)
    head = models.ForeignKey("Member", verbose_name="负责人", null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "parent", "name"],
                condition=Q(closed_at=None),
                name="department_name",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=(username or "").casefold())


class User(AbstractBaseUser, Row):
    """A person who signs in (用户). What they may do comes from their memberships only."""

    username = models.CharField("用户名", max_length=60, unique=True)
    name = models.CharField("姓名", max_length=60)
    email = models.CharField("电子邮箱", max_length=254, blank=True)
    phone = models.CharField("手机", max_length=20, blank=True)
    is_active = models.BooleanField("在用", default=True)
    made_at = models.DateTimeField("建立时间")

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar = ["name"]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(username__regex=r"^[a-z0-9][a-z0-9._-]*$"), name="user_username"),
        ]

    def __str__(self) -> str:
        return self.name


class Reach(models.TextChoices):
    """范围: how far a right goes, from the records one has in hand to those of the whole group."""

    OWN = "own", "本人经手"
    DEPARTMENT = "department", "本部门"
    COMPANY = "company", "本公司"
    SUBTREE = "subtree", "本公司及下级"
    GROUP = "group", "全集团"


class Role(models.Model):
    """A bundle of rights (角色), one column of the permission matrix (权限分级表).

    `rights` maps resource.action to its reach, `treatments` resource.field to clear, masked or
    hidden. Ready-made roles come from roles.yaml with the program; others are set up on screen.
    """

    code = models.CharField("代码", max_length=40, primary_key=True)
    id = models.UUIDField(default=new_id, editable=False, unique=True)
    name = models.CharField("名称", max_length=60)
    note = models.CharField("说明", max_length=200, blank=True)
    rights = models.JSONField("权限", default=dict)
    treatments = models.JSONField("字段", default=dict)
    is_ready_made = models.BooleanField("随程序提供", default=False)
    retired_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name"], condition=Q(retired_at=None), name="role_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Member(Row):
    """A user's place in one company (成员): every action is done as one."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    user = models.ForeignKey(User, verbose_name="用户", on_delete=models.PROTECT, related_name="memberships")
    department = models.ForeignKey(Department, verbose_name="部门", null=True, on_delete=models.PROTECT)
    title = models.CharField("职务", max_length=60, blank=True)
    joined_at = models.DateTimeField("加入时间")
    left_at = models.DateTimeField("离开时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "user"], condition=Q(left_at=None), name="member_once")
        ]


class MemberRole(Row):
    """A member holds a role (授权) until it is withdrawn, or until its time is over (临时授权)."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="held")
    role = models.ForeignKey(Role, on_delete=models.PROTECT)
    until = models.DateTimeField("有效至", null=True)
    ended_at = models.DateTimeField("收回时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "member", "role"], condition=Q(ended_at=None), name="member_role_once"
            )
        ]


class Substitute(Row):
    """Who does a member's work while that one is away (代理): has the same rights from day to day."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, verbose_name="被代理人", on_delete=models.PROTECT, related_name="substitutes")
    substitute = models.ForeignKey(Member, verbose_name="代理人", on_delete=models.PROTECT, related_name="stands_in")
    since = models.DateField("自")
    until = models.DateField("至")
    reason = models.CharField("事由", max_length=200)
    ended_at = models.DateTimeField("提前结束时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(member=models.F("substitute")), name="substitute_two"),
            models.CheckConstraint(condition=Q(until__gte=models.F("since")), name="substitute_period"),
        ]


class Relation(Row):
    """A relation between two legal persons of the group about personal information (公司间数据关系).

    `entity` is the handler that gives, `receiver` the one that gets (个人信息保护法 第二十条, 第二十一条,
    第二十三条). Without one in force, no record of a company is seen by another one's members. The impact assessment
    that comes before entrusting and providing stands with it (第五十五条).
    """

    class Sort(models.TextChoices):
        ENTRUST = "entrust", "委托处理"
        PROVIDE = "provide", "提供"
        JOINT = "joint", "共同处理"

    entity = models.ForeignKey(Entity, verbose_name="提供方", on_delete=models.PROTECT, db_index=False)
    receiver = models.ForeignKey(Entity, verbose_name="接收方", on_delete=models.PROTECT, related_name="+")
    sort = models.CharField("关系", max_length=10, choices=Sort)
    purposes = models.JSONField("目的", default=list)
    fields = models.JSONField("可见的敏感字段", default=list)
    contract = models.CharField("合同或协议", max_length=120)
    necessity = models.TextField("目的、方式是否合法、正当、必要", blank=True, default="", db_default="")
    impact = models.TextField("对个人权益的影响及安全风险", blank=True, default="", db_default="")
    measures = models.TextField("保护措施是否合法、有效并与风险程度相适应", blank=True, default="", db_default="")
    assessed_at = models.DateTimeField("评估时间", null=True)
    since = models.DateField("自")
    until = models.DateField("至", null=True)
    proposed_by = models.ForeignKey(User, verbose_name="登记人", on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(User, verbose_name="确认人", null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField("确认时间", null=True)
    ended_at = models.DateTimeField("终止时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(entity=models.F("receiver")), name="relation_two"),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gte=models.F("since")), name="relation_period"),
        ]

    @property
    def goes_to_others(self) -> bool:
        """Whether somebody else handles the information, or gets it for themselves (第五十五条第三项)."""
        return self.sort in (self.Sort.ENTRUST, self.Sort.PROVIDE)

    @property
    def lacks_assessment(self) -> bool:
        return self.goes_to_others and self.assessed_at is None


class Token(Row):
    """A key with which a program or the command line acts as a member (访问令牌).

    Only the digest is stored: who reads the table can't use it. `scope` lists the rights that it
    may use; an empty one stands for all that the member has.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField("用途", max_length=100)
    scope = models.JSONField("范围", default=list)
    digest = models.BinaryField("摘要", max_length=32, unique=True)
    made_at = models.DateTimeField("建立时间")
    expires_at = models.DateTimeField("到期时间")
    revoked_at = models.DateTimeField("吊销时间", null=True)


class Disclosure(Row):
    """Somebody saw a masked field or minors in the clear, asked whose a masked value is, or took rows out (查看明文, 导出).

    个人信息保护法 第五十一条, 未成年人网络保护条例 第三十六条.

    `code` is resource.field or the right to export; `subject_id` the record, `count` the rows; `purpose` what
    the rows were taken out for, where they are about people. `records` are the minors that one look showed.
    """

    class Sort(models.TextChoices):
        UNMASK = "unmask", "查看明文"
        EXPORT = "export", "导出"
        MINOR = "minor", "查看未成年人"
        LOOKUP = "lookup", "按号码查找"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, verbose_name="谁", on_delete=models.PROTECT, related_name="+")
    sort = models.CharField("方式", max_length=10, choices=Sort)
    code = models.CharField("字段或名单", max_length=80)
    subject_id = models.UUIDField("记录", null=True)
    count = models.PositiveBigIntegerField("条数", default=1)
    records = models.JSONField("看到的各条记录", default=list, db_default=Value([], models.JSONField()))
    reason = models.CharField("理由", max_length=200, blank=True)
    purpose = models.TextField("用途", blank=True, db_default="")
    at = models.DateTimeField("时间")
    until = models.DateTimeField("有效至", null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["member", "-at"], name="disclosure_newest"),
            GinIndex(OpClass("records", name="jsonb_path_ops"), condition=Q(sort="minor"), name="disclosure_records"),
        ]


class Alert(Row):
    """Something that the security administrator has to look at (告警), until somebody says what it was."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, verbose_name="谁", on_delete=models.PROTECT, related_name="+")
    sort = models.CharField("情形", max_length=10, choices=Disclosure.Sort)
    count = models.PositiveBigIntegerField("次数")
    at = models.DateTimeField("时间")
    seen_by = models.ForeignKey(User, verbose_name="处置人", null=True, on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField("处置时间", null=True)
    finding = models.CharField("处置结果", max_length=200, blank=True)


class Installation(models.Model):
    """What this database is: demo or production, and whose data folder (安装)."""

    one = models.BooleanField(primary_key=True, default=True)
    instance = models.UUIDField()
    kind = models.CharField(max_length=12, choices=[("production", "正式"), ("demo", "演示")])
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(one=True), name="installation_one")]


class CompanyImport(Row):
    """A file with companies on its way in (公司导入): read, shown, then taken in or dropped."""

    class State(models.TextChoices):
        PREVIEWED = "previewed", "待确认"
        RUNNING = "running", "导入中"
        DONE = "done", "已导入"
        FAILED = "failed", "未导入"
        DROPPED = "dropped", "已放弃"

    class Mode(models.TextChoices):
        GOOD_ROWS = "good_rows", "导入正确的行，其余退回"
        ALL_OR_NOTHING = "all_or_nothing", "有一行不对就全部不导入"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, verbose_name="经办人", on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField("文件名", max_length=200)
    file_digest = models.CharField("文件摘要（SHA-256）", max_length=64)
    content = models.BinaryField("文件内容")
    problems = models.JSONField("有问题的行及原因", default=dict)
    sample = models.JSONField("可以导入的前几行", default=list)
    state = models.CharField("状态", max_length=12, choices=State)
    mode = models.CharField("方式", max_length=16, choices=Mode, blank=True)
    rows_total = models.PositiveIntegerField("行数")
    rows_bad = models.PositiveIntegerField("有问题的行")
    rows_taken = models.PositiveIntegerField("已导入", default=0)
    outcome = models.CharField("结果", max_length=300, blank=True)
    made_at = models.DateTimeField("建立时间")
    ended_at = models.DateTimeField("结束时间", null=True)
