"""The rights that this part knows: on the calendar, which everybody may look at, and on what is due."""

from guiju.organisations.registry import Kind, Resource, register_resource

register_resource(Resource("calendar", "工作日历", Kind.STRUCTURE, {"enter": "录入放假安排"}))
register_resource(
    Resource(
        "duty",
        "期限",
        Kind.STRUCTURE,
        {
            "read": "查看别人的期限",
            "add": "新建期限",
            "settle": "办结、中止、移交别人的期限",
            "oversee": "收到逾期的升级",
        },
    )
)
