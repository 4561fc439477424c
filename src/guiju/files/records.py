"""What this part puts under the catalogue: the content of a file, for which people are told and asked as for any value."""

from guiju.privacy.registry import RecordKind, fields_of_file, register_record

RECORD, FIELD, SENSITIVE = "file", "content", "sensitive"
NAME = f"{RECORD}.{FIELD}"
SENSITIVE_NAME = f"{RECORD}.{SENSITIVE}"

_FIELDS = """
- code: content
  label: 附件的内容
  sort: long_text
  sealed: true
  uses: {sales: contract, service: contract, orders: contract, complaints: contract}
  retention: 36
  note: 合同、证明、往来文件等；里面有证件号、健康和未成年人信息的，按敏感附件管理
- code: sensitive
  label: 敏感附件的内容
  sort: long_text
  grade: sensitive
  category: other
  sealed: true
  visibility: masked
  consent: separate
  uses: {sales: contract, service: contract, orders: contract, complaints: contract}
  retention: 36
  state: draft
  note: 有证件号、银行卡、健康、未成年人信息的文件；只在办理业务必需时收集
"""

register_record(
    RecordKind(RECORD, "客户附件", fields_of_file(RECORD, _FIELDS), needed=frozenset({FIELD}), takes_more=False)
)
