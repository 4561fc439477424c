"""What this part puts under the catalogue: what somebody ordered, and what became of it (交易记录)."""

from guiju.privacy.registry import RecordKind, fields_of_file, register_record

RECORD, OWN = "order", "orders"

_COLUMNS = {
    "number": "订单号",
    "product": "购买的产品或服务",
    "ordered_on": "订单日期",
    "quantity": "订单数量",
    "amount": "订单金额",
    "delivered": "交付情况",
    "returned": "退货情况和原因",
    "refunded": "退款情况",
}

_LINE = """
- code: {code}
  label: {label}
  uses: {{orders: contract, service: contract, sales: contract, complaints: contract}}
  retention: 36
  note: 期满后只留看不出是谁的账目；法律规定交易信息保存得更久的，到那时为止
"""

_FIELDS = fields_of_file(RECORD, "".join(_LINE.format(code=code, label=label) for code, label in _COLUMNS.items()))

register_record(
    RecordKind(
        RECORD,
        "订单（交易记录）",
        _FIELDS,
        needed=frozenset(_FIELDS),
        takes_more=False,
        own_purpose=OWN,
        goes_along=True,
    )
)
