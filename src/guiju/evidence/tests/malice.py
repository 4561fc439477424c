"""A log with its bundle, and what a malicious server would send in its place."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import psycopg

from guiju.database.provision import Database
from guiju.database.scope import scope
from guiju.evidence.bundles import Bundle
from guiju.evidence.outside import verify
from guiju.evidence.sequencer import Sequencer
from guiju.evidence.services import Act, one_entry, record
from guiju.evidence.services.anchoring import hand_out_witness
from guiju.evidence.verification.state import state
from guiju.kernel.evidence.note import Checkpoint, SignerKey
from guiju.keys.ring import keyring
from guiju.organisations.models import Department
from guiju.organisations.tests.factories import AT, make_group

KEY = SignerKey.new("guiju/bundles")

Content = dict[str, Any]


class Kept:
    """A log with a batch, its bundle, and what another server would have."""

    def __init__(self, database: Database, connection: psycopg.Connection[Any]) -> None:
        self.database, self.connection = database, connection
        self.group = make_group()
        self.sequencer = Sequencer(connection, KEY)
        self.sequencer.round(at=AT, every=timedelta(0))
        self.earlier = self._note()
        hand_out_witness(label="见证单", by=None, at=AT)
        self.departments = [self.found(f"部门{number}") for number in range(3)]
        act = Act("organisations.change_department", None, AT, (), "合并")
        with scope(entities={self.group.company_a.pk}), one_entry(act, about=self.group.company_a):
            for one in self.departments:
                one.name = f"新{one.name}"
                one.save()
                record(act, entity_id=self.group.company_a.pk, subject=one)
            record(act, entity_id=self.group.company_a.pk, subject=self.group.sales_a)
        self.found("后来的")
        self.sequencer.round(at=AT + timedelta(days=1), every=timedelta(0))
        self.content = self.bundle(with_tiles=True)

    def found(self, name: str) -> Department:
        with scope(entities={self.group.company_a.pk}):
            made = Department.objects.create(entity=self.group.company_a, name=name)
            record(Act("organisations.found_department", None, AT), entity_id=self.group.company_a.pk, subject=made)
        return made

    def _note(self) -> str:
        row = self.connection.execute("SELECT note FROM evidence_checkpoint ORDER BY size DESC LIMIT 1").fetchone()
        assert row
        return str(row[0])

    def bundle(
        self, *, with_tiles: bool = False, shows: Callable[[str, str], bool] = lambda kind, code: True
    ) -> Content:
        with state(self.database.conninfo("verifier")) as (connection, _):
            made = Bundle(connection, keyring(), shows=shows)
            made.add_stream(self.group.company_a.pk, "organisations.department")
            made.add_record("organisations.member", self.group.sales_a.pk)
            return json.loads(json.dumps(made.content(at=AT, with_tiles=with_tiles)))


def forged_path(content: Content, kept: Kept) -> None:
    path = content["entries"][0]["path"]
    path[0] = "00" * 32


def wrong_leaf(content: Content, kept: Kept) -> None:
    """The proof of one entry under another's leaf."""
    content["entries"][0]["path"] = content["entries"][1]["path"]


def wrong_index(content: Content, kept: Kept) -> None:
    content["entries"][0]["index"] += 1


def duplicate_index(content: Content, kept: Kept) -> None:
    content["entries"].append(content["entries"][0])


def beyond_the_checkpoint(content: Content, kept: Kept) -> None:
    content["entries"][-1]["index"] = 10**9


def a_department(content: Content) -> Content:
    return next(one for one in content["records"] if '"organisations.department/' in one["leaf"])


def edited_value(content: Content, kept: Kept) -> None:
    shown = next(field for field in a_department(content)["fields"] if field["code"] == "name")
    shown["value"] = "别的部门"


def edited_value_and_digest(content: Content, kept: Kept) -> None:
    shown = next(field for field in a_department(content)["fields"] if field["code"] == "name")
    shown["value"] = "别的部门"
    shown["digest"] = verify.field_digest(bytes.fromhex(shown["salt"]), "name", "别的部门").hex()


def swapped_salts(content: Content, kept: Kept) -> None:
    one, other = content["records"][0]["fields"][:2]
    one["salt"], other["salt"] = other["salt"], one["salt"]


def value_without_salt(content: Content, kept: Kept) -> None:
    del content["records"][0]["fields"][0]["salt"]


def dropped_field(content: Content, kept: Kept) -> None:
    content["records"][0]["fields"].pop()


def renamed_field(content: Content, kept: Kept) -> None:
    content["records"][0]["fields"][3]["code"] = "title"


def hidden_record_of_a_batch(content: Content, kept: Kept) -> None:
    batched = [one for one in content["records"] if one["position"] == 1]
    content["records"].remove(batched[0])


def hidden_entry(content: Content, kept: Kept) -> None:
    first = a_department(content)["entry"]
    content["records"] = [one for one in content["records"] if one["entry"] != first]
    content["entries"] = [one for one in content["entries"] if one["index"] != first]


def hidden_newest_entry(content: Content, kept: Kept) -> None:
    """As an older head would: the stream is said to end before its last entry."""
    last = max(one["entry"] for one in content["records"])
    content["records"] = [one for one in content["records"] if one["entry"] != last]
    content["entries"] = [one for one in content["entries"] if one["index"] != last]
    content["streams"][0]["count"] -= 1


def record_twice(content: Content, kept: Kept) -> None:
    content["records"].append(deepcopy(content["records"][0]))


def record_at_another_place(content: Content, kept: Kept) -> None:
    batched = [one for one in content["records"] if one["position"] in (0, 1)]
    batched[-1]["position"], batched[-2]["position"] = batched[-2]["position"], batched[-1]["position"]


def record_of_another_kind(content: Content, kept: Kept) -> None:
    one = a_department(content)
    one["leaf"] = one["leaf"].replace("department", "departmint")


def another_head(content: Content, kept: Kept) -> None:
    content["streams"][0]["head"] = "11" * 32


def old_heads(content: Content, kept: Kept) -> None:
    """The heads of an earlier checkpoint, rightly proven to be in the log, but not the last leaf."""
    size = int(kept.earlier.split("\n")[1])
    content["heads"]["index"] = size - 1


def another_history(content: Content, kept: Kept) -> None:
    lied = Checkpoint(KEY.name, int(kept.earlier.split("\n")[1]), b"\x07" * 32)
    content["anchors"][0]["checkpoint"] = KEY.sign(lied.body)


def another_key(content: Content, kept: Kept) -> None:
    """A server that signs with a key of its own and brings that key along."""
    other = SignerKey.new(KEY.name)
    content["key"], content["checkpoint"] = (
        str(other.verifier),
        other.sign(content["checkpoint"].rpartition("\n\n")[0] + "\n"),
    )


def another_origin(content: Content, kept: Kept) -> None:
    content["checkpoint"] = KEY.sign(content["checkpoint"].rpartition("\n\n")[0].replace(KEY.name, "else", 1) + "\n")


def unsigned(content: Content, kept: Kept) -> None:
    content["checkpoint"] = content["checkpoint"].replace("\n— ", "\n—  ")


def flipped_signature(content: Content, kept: Kept) -> None:
    body, mark, tail = content["checkpoint"].rpartition(" ")
    blob = bytearray(base64.b64decode(tail))
    blob[-1] ^= 1
    content["checkpoint"] = body + mark + base64.b64encode(blob).decode() + "\n"


def respelled_signature(content: Content, kept: Kept) -> None:
    """The same bytes: the last letter before the sign of the end has two bits that nobody needs."""
    note = content["checkpoint"]
    content["checkpoint"] = f"{note[:-3]}{chr(ord(note[-3]) + 1)}=\n"


def larger_size(content: Content, kept: Kept) -> None:
    lines = content["checkpoint"].split("\n")
    lines[1] = str(int(lines[1]) + 1)
    content["checkpoint"] = "\n".join(lines)


def truncated_tile(content: Content, kept: Kept) -> None:
    content["tiles"]["0"] = content["tiles"]["0"][:-64]


def edited_tile(content: Content, kept: Kept) -> None:
    content["tiles"]["0"] = "00" + content["tiles"]["0"][2:]


def foreign_receipt(content: Content, kept: Kept) -> None:
    content["anchors"][0] |= {"kind": "rfc3161", "receipt": base64.b64encode(b"\x30\x31" + b"x" * 60).decode()}


def foreign_transaction(content: Content, kept: Kept) -> None:
    content["anchors"][0] |= {"kind": "evm", "root": "22" * 32, "size": 5, "transaction": "0x1"}


def unknown_receipt(content: Content, kept: Kept) -> None:
    content["anchors"][0]["kind"] = "rumour"


def two_readings(content: Content, kept: Kept) -> None:
    content["entries"][0]["leaf"] = content["entries"][0]["leaf"].replace('{"entry"', '{ "entry"')


def unproven_words(content: Content, kept: Kept) -> None:
    content["records"][0]["summary"] = "已退款"


def another_format(content: Content, kept: Kept) -> None:
    content["format"] = "guiju-bundle/2"


def nothing_in_it(content: Content, kept: Kept) -> None:
    del content["records"]


MALICE = [
    (forged_path, "entry"),
    (wrong_leaf, "entry"),
    (wrong_index, "entry"),
    (duplicate_index, "index"),
    (beyond_the_checkpoint, "index"),
    (edited_value, "field"),
    (edited_value_and_digest, "field"),
    (swapped_salts, "field"),
    (value_without_salt, "field"),
    (dropped_field, "field"),
    (renamed_field, "field"),
    (hidden_record_of_a_batch, "gap"),
    (hidden_entry, "gap"),
    (hidden_newest_entry, "stream"),
    (record_twice, "twice"),
    (record_at_another_place, "record"),
    (record_of_another_kind, "record"),
    (another_head, "stream"),
    (old_heads, "heads"),
    (another_history, "history"),
    (another_origin, "origin"),
    (unsigned, "shape"),
    (flipped_signature, "signature"),
    (respelled_signature, "shape"),
    (larger_size, "signature"),
    (truncated_tile, "shape"),
    (edited_tile, "tiles"),
    (foreign_receipt, "receipt"),
    (foreign_transaction, "receipt"),
    (unknown_receipt, "shape"),
    (two_readings, "entry"),
    (unproven_words, "shape"),
    (another_format, "format"),
    (nothing_in_it, "shape"),
]
