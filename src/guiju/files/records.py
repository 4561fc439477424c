"""What this part puts under the catalogue: the content of a file, for which people are told and asked as for any value."""

from guiju.privacy.registry import RecordKind, fields_of_file, register_record

RECORD, FIELD = "file", "content"
NAME = f"{RECORD}.{FIELD}"

_FIELDS = """
- code: content
  label: 附件的内容
  sort: long_text
  sealed: true
  uses: {sales: contract, service: contract, orders: contract, complaints: contract}
  retention: 36
  note: 合同、证明、往来文件等；里面有证件号、健康和未成年人信息的，按敏感附件管理
"""

register_record(
    RecordKind(RECORD, "客户附件", fields_of_file(RECORD, _FIELDS), needed=frozenset({FIELD}), takes_more=False)
)
