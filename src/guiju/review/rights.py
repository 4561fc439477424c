"""The rights that this part knows: on reviews and on the words of companies."""

from guiju.organisations.registry import Kind, Resource, register_resource

register_resource(Resource("text", "审查", Kind.STRUCTURE, {"review": "审查文本"}))
register_resource(
    Resource(
        "check",
        "审查记录",
        Kind.BUSINESS,
        {"read": "查看审查记录"},
        purposes=frozenset({"compliance", "legal"}),
    )
)
register_resource(
    Resource(
        "own_word",
        "本公司词库",
        Kind.STRUCTURE,
        {"propose": "提出或撤回本公司用语", "decide": "决定本公司用语"},
    )
)
