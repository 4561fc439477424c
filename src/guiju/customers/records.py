"""The kinds of record that this part puts under the catalogue: persons, companies, contacts, and what is noted of them."""

from importlib import resources

from yaml import safe_dump, safe_load

from guiju.privacy.registry import RecordKind, fields_of_file, register_record

_LABELS = {"person": "个人客户", "company": "单位客户", "contact": "单位联系人", "note": "跟进记录"}

for _code, _fields in safe_load(resources.files("guiju.customers").joinpath("fields.yaml").read_text("utf-8")).items():
    _known = fields_of_file(_code, safe_dump(_fields, allow_unicode=True, sort_keys=False))
    _is_note = _code == "note"
    register_record(
        RecordKind(
            _code,
            _LABELS[_code],
            _known,
            needed=frozenset({"text" if _is_note else "name"}),
            is_about_person=_code != "company",
            takes_more=not _is_note,
        )
    )
