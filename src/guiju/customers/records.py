"""The kinds of record that this part puts under the catalogue: persons, companies, contacts, and what is noted of them."""

from importlib import resources

from yaml import safe_dump, safe_load

from guiju.privacy.registry import RecordKind, fields_of_file, register_record

TAG, TIE = "tag", "tie"

_LABELS = {
    "person": "个人客户",
    "company": "单位客户",
    "contact": "单位联系人",
    "note": "跟进记录",
    TAG: "客户标签",
    TIE: "客户关系",
}
_NEEDED = {"note": frozenset({"text"}), TAG: frozenset[str](), TIE: frozenset[str]()}
"""What is written about a customer beside its fields: one text, and no fields of a company's own."""

for _code, _fields in safe_load(resources.files("guiju.customers").joinpath("fields.yaml").read_text("utf-8")).items():
    _known = fields_of_file(_code, safe_dump(_fields, allow_unicode=True, sort_keys=False))
    register_record(
        RecordKind(
            _code,
            _LABELS[_code],
            _known,
            needed=_NEEDED.get(_code, frozenset({"name"})),
            is_about_person=_code != "company",
            takes_more=_code not in _NEEDED,
            goes_along=_code in _NEEDED,
        )
    )
