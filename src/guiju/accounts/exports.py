"""What goes out as a table: the list of people."""

from __future__ import annotations

from django.db.models import QuerySet

from guiju.kernel.calendar.clock import day_of
from guiju.organisations.models import Member
from guiju.organisations.selectors.people import roles_held, shown_field
from guiju.web.tables import xlsx_bytes

COLUMNS = ("公司", "用户名", "姓名", "部门", "职务", "电子邮箱", "手机", "角色", "加入日期", "离开日期")


def people_workbook(asker: Member, people: QuerySet[Member]) -> bytes:
    """The list as it is shown: addresses and phones as far as the asker may see them."""
    found = list(people)
    held = roles_held(found)
    rows = (
        (
            one.entity.name,
            one.user.username,
            one.user.name,
            one.department.name if one.department else "",
            one.title,
            shown_field(asker, one, "email"),
            shown_field(asker, one, "phone"),
            "、".join(grant.role.name for grant in held.get(one.pk, [])),
            day_of(one.joined_at),
            day_of(one.left_at) if one.left_at else None,
        )
        for one in found
    )
    return xlsx_bytes("成员", COLUMNS, rows, widths=(30, 18, 12, 16, 16, 26, 16, 24, 12, 12))
