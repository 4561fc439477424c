"""The rights that this part knows: on the calendar. Everybody may look at it."""

from guiju.organisations.registry import Kind, Resource, register_resource

register_resource(Resource("calendar", "工作日历", Kind.STRUCTURE, {"enter": "录入放假安排"}))
