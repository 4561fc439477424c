"""The rights that this part knows: on what is sent out, and on the ways out."""

from guiju.organisations.registry import Kind, Resource, register_resource

register_resource(
    Resource(
        "notice",
        "通知",
        Kind.BUSINESS,
        {"read": "查看发出的通知", "settle": "认定不确定的通知、重发", "write": "修改通知模板"},
        purposes=frozenset({"service", "complaints"}),
    )
)
register_resource(Resource("channel", "通知渠道", Kind.STRUCTURE, {"set_up": "设置通知渠道和短信签名、模板"}))
