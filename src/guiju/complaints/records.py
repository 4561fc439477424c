"""What this part puts under the catalogue: who complained, and what about (投诉记录)."""

from guiju.privacy.registry import RecordKind, fields_of_file, register_record

RECORD, OWN = "complaint", "complaints"

_FIELDS = fields_of_file(
    RECORD,
    """
- {code: name, label: 投诉人的称呼, category: name, uses: {complaints: contract}, retention: 36, sealed: true}
- {code: phone, label: 投诉人的电话, sort: phone, category: phone, uses: {complaints: contract}, retention: 36, sealed: true, visibility: masked}
- {code: text, label: 投诉的内容, sort: long_text, uses: {complaints: contract}, retention: 36, sealed: true}
- {code: wish, label: 投诉人的诉求, uses: {complaints: contract}, retention: 36}
- {code: order_no, label: 投诉所说的订单号, uses: {complaints: contract}, retention: 36}
- {code: product, label: 投诉所说的产品或服务, uses: {complaints: contract}, retention: 36}
- {code: happened_on, label: 事情发生的日期, uses: {complaints: contract}, retention: 36}
- {code: course, label: 办理过程和结果, sort: long_text, uses: {complaints: contract}, retention: 36, sealed: true}
""",
)

register_record(
    RecordKind(
        RECORD,
        "投诉",
        _FIELDS,
        needed=frozenset(_FIELDS),
        takes_more=False,
        own_purpose=OWN,
        goes_along=True,
    )
)
