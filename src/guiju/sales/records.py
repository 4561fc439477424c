"""What this part puts under the catalogue: what is written about a customer on opportunities and to-dos (商机和待办的文字)."""

from guiju.privacy.registry import RecordKind, fields_of_file, register_record

OPPORTUNITY, TODO, OWN = "opportunity", "todo", "sales"

LEAD_TEXTS = {"name": "interest", "lost_note": "note"}
"""The texts of an opportunity, and what stands in a lead for the same."""

_OPPORTUNITY = """
- {code: name, label: 商机的名称, uses: {sales: contract, service: contract}, retention: 36, note: 您可能需要什么，线索也在内}
- {code: next_step, label: 下一步打算, uses: {sales: contract, service: contract}, retention: 36}
- {code: lost_note, label: 没有成交的说明, uses: {sales: contract, service: contract}, retention: 36}
"""

_TODO = """
- {code: title, label: 待办事项, uses: {sales: contract, service: contract}, retention: 36, note: 要为您办的事}
"""

for _record, _label, _lines in ((OPPORTUNITY, "商机", _OPPORTUNITY), (TODO, "待办事项", _TODO)):
    _fields = fields_of_file(_record, _lines)
    register_record(
        RecordKind(
            _record,
            _label,
            _fields,
            needed=frozenset(_fields),
            takes_more=False,
            own_purpose=OWN,
            goes_along=True,
        )
    )
