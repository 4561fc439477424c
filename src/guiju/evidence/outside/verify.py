#!/usr/bin/env python3
"""Checks a bundle of records offline (离线核对存证包). Needs Python 3.8 or later, and nothing else.

    python verify.py bundle.json [--key KEY] [--english]

Says what holds and what doesn't; ends with 0 when everything holds, with 1 otherwise. KEY is the
log's public key (name+hash+base64) as you got it by another way than this bundle: without it, the
bundle is checked against the key that it brings itself, and the report says so.

What is checked, by RFC 9162 (Merkle trees, SHA-256), RFC 8785 (canonical JSON), RFC 8032 (Ed25519),
C2SP signed-note:
  fields    each value and salt gives the digest that the record's digest is made of
  records   each record stands in its entry's batch, at the place that its number says
  entries   each entry stands in the log at its index, and no index twice
  streams   for a stream said to be complete: numbers 1, 2, 3 ... without a gap, nothing left out
  log       the checkpoint is signed; earlier checkpoints and receipts are of the same log
"""

import base64
import hashlib
import json
import sys

FORMAT = "guiju-bundle/1"
NO_HEAD = bytes(32)
LARGEST_FILE = 1 << 30
LARGEST_NUMBER = 1 << 53


class Wrong(Exception):
    """Something that doesn't hold: a key of SAID, and what it is about."""

    def __init__(self, code, *about):
        Exception.__init__(self, code)
        self.code = code
        self.about = about


SAID = {
    "unreadable": ("文件读不懂：{0}", "the file can't be read: {0}"),
    "format": ("不是规矩的存证包，或是更新的格式", "not a bundle of guiju, or of a newer format"),
    "shape": ("存证包里缺少或写错了：{0}", "missing or malformed in the bundle: {0}"),
    "key": ("签名公钥读不懂", "the public key can't be read"),
    "other_key": ("检查点不是用您给出的公钥签名的", "the checkpoint was not signed with the key that you gave"),
    "signature": ("检查点的签名不对", "the checkpoint's signature is wrong"),
    "origin": ("检查点属于另一套日志", "the checkpoint is of another log"),
    "index": ("第{0}条不在检查点之内，或重复出现", "entry {0} is beyond the checkpoint, or stands twice"),
    "entry": ("第{0}条不在日志里：证明不成立", "entry {0} is not in the log: its proof fails"),
    "canonical": ("第{0}条的写法不规范，可以有两种读法", "entry {0} is not canonical and could be read in two ways"),
    "record": ("记录 {0} 不在第{1}条里：证明不成立", "record {0} is not in entry {1}: its proof fails"),
    "twice": ("记录 {0} 重复出现", "record {0} stands twice"),
    "field": (
        "记录 {0} 的字段“{1}”被改过，或盐不是它的",
        "field “{1}” of record {0} was altered, or has another's salt",
    ),
    "heads": ("各类记录总数的证明不成立", "the proof of the totals of all streams fails"),
    "stream": ("{0} 的总数不在日志里：证明不成立", "the total of {0} is not in the log: its proof fails"),
    "gap": ("{0} 的第{1}号不在包里：有记录被藏起来", "number {1} of {0} is not in the bundle: a record is hidden"),
    "chain": ("{0} 的条目不全或次序不对", "the entries of {0} are incomplete or out of order"),
    "history": (
        "{0}条处的检查点与本包的日志不是同一个：有两套历史",
        "the checkpoint of {0} is not of this bundle's log: there are two histories",
    ),
    "receipt": ("{0} 的回执不是这个检查点的", "the receipt of {0} is not of that checkpoint"),
    "tiles": (
        "日志的摘要文件不全，或算出的根与检查点不同",
        "the log's hash tiles are incomplete, or their root differs",
    ),
    "tile_leaf": ("第{0}条与日志的摘要文件不符", "entry {0} differs from the log's hash tiles"),
    "ok_log": ("日志 {0}，{1} 条，根 {2}", "log {0}, {1} leaves, root {2}"),
    "ok_signed": ("检查点的签名成立", "the checkpoint's signature holds"),
    "own_key": (
        "公钥取自本包：请给出您从别处得到的公钥（verify.py 用 --key），再核对一次",
        "the key comes from this bundle: give the one that you have from elsewhere with --key, and check again",
    ),
    "ok_entries": ("{0} 个条目在日志里，各在其位", "{0} entries are in the log, each in its place"),
    "ok_records": (
        "{0} 份记录未经改动；{1} 个字段可见，{2} 个只有摘要（字段名未经证明）",
        "{0} records are unaltered; {1} fields shown, {2} by digest only (their names are not proven)",
    ),
    "ok_stream": ("{0}：截至 {2}，共 {1} 号，一号不缺", "{0}: up to {2}, {1} numbers, none missing"),
    "ok_history": ("与较早的检查点（{0} 条）是同一套日志", "the same log as at the earlier checkpoint of {0} leaves"),
    "said_receipt": (
        "{0}：包里说它保管着这个检查点（{1} 条），本程序不能替它证明，请向它核实",
        "{0}: the bundle says that it keeps the checkpoint of {1} leaves; ask there, this program can't vouch for it",
    ),
    "ok_tiles": ("由摘要文件重新算出的根与检查点相同", "the root recomputed from the hash tiles is the checkpoint's"),
    "no_anchor": (
        "没有外部回执：仅凭本包不能排除整套日志被重写",
        "no receipt from outside: this bundle alone can't rule out that the whole log was rewritten",
    ),
    "then_ts": (
        "请再核对时间戳机构的签名：openssl ts -verify",
        "check the time stamp's own signature as well: openssl ts -verify",
    ),
    "then_chain": ("请在链上查看交易 {0}", "look the transaction {0} up on the chain"),
    "good": ("核对通过", "everything holds"),
    "bad": ("核对没有通过", "not everything holds"),
}


# --- bytes, hashes, canonical JSON ------------------------------------------------------------


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(data):
    return sha256(b"\x00" + data)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def root_of(hashes):
    if not hashes:
        return sha256(b"")
    while len(hashes) > 1:
        pairs = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes) - 1, 2)]
        hashes = pairs + ([hashes[-1]] if len(hashes) % 2 else [])
    return hashes[0]


def utf8(text, what):
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise Wrong("shape", what)


def canonical(value, what):
    """RFC 8785 without fractions; what has no canonical form is refused."""
    if value is None or value is True or value is False:
        return json.dumps(value).encode()
    if isinstance(value, int):
        if abs(value) >= LARGEST_NUMBER:
            raise Wrong("shape", what)
        return str(value).encode()
    if isinstance(value, str):
        return utf8(json.dumps(value, ensure_ascii=False), what)
    if isinstance(value, list):
        return b"[" + b",".join(canonical(one, what) for one in value) + b"]"
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return b"{" + b",".join(canonical(key, what) + b":" + canonical(value[key], what) for key in keys) + b"}"
    raise Wrong("shape", what)


def unique_keys(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def parse(text):
    return json.loads(text, object_pairs_hook=unique_keys, parse_constant=no_number)


def no_number(text):
    raise ValueError(text)


# --- reading without trusting -----------------------------------------------------------------


def need(value, kind, what):
    if not isinstance(value, kind) or (kind is int and (isinstance(value, bool) or not 0 <= value < LARGEST_NUMBER)):
        raise Wrong("shape", what)
    return value


def get(value, name, kind):
    need(value, dict, name)
    if name not in value:
        raise Wrong("shape", name)
    return need(value[name], kind, name)


def unhex(text, what, size=32):
    need(text, str, what)
    if len(text) != 2 * size or any(letter not in "0123456789abcdef" for letter in text):
        raise Wrong("shape", what)
    return bytes.fromhex(text)


def unbase64(text, what):
    given = utf8(need(text, str, what), what)
    try:
        found = base64.b64decode(given, validate=True)
    except ValueError:
        raise Wrong("shape", what)
    if base64.b64encode(found) != given:  # the last letter can have bits that nobody reads
        raise Wrong("shape", what)
    return found


def only(value, names, what):
    """Nothing beside what is checked: a reader could take it for proven."""
    if set(need(value, dict, what)) - set(names):
        raise Wrong("shape", what)


def path_of(value, what="path"):
    need(value, list, what)
    if len(value) > 64:
        raise Wrong("shape", what)
    return [unhex(one, what) for one in value]


# --- proofs (RFC 9162, 2.1.3.2 and 2.1.4.2) ---------------------------------------------------


def is_included(leaf, index, size, path, root):
    if index >= size:
        return False
    here, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_hash(sibling, found)
            while not here & 1 and here:
                here >>= 1
                last >>= 1
        else:
            found = node_hash(found, sibling)
        here >>= 1
        last >>= 1
    return last == 0 and found == root


def is_consistent(earlier, size, earlier_root, root, path):
    if not 0 < earlier <= size:
        return False
    if earlier == size:
        return not path and earlier_root == root
    if earlier & (earlier - 1) == 0:
        path = [earlier_root, *path]
    if not path:
        return False
    here, last = earlier - 1, size - 1
    while here & 1:
        here >>= 1
        last >>= 1
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not here & 1 and here:
                here >>= 1
                last >>= 1
        else:
            new = node_hash(new, step)
        here >>= 1
        last >>= 1
    return last == 0 and old == earlier_root and new == root


# --- Ed25519 (RFC 8032, 5.1.7) ----------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)


def add_points(one, other):
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(number, point):
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add_points(total, point)
        point = add_points(point, point)
        number >>= 1
    return total


def same_point(one, other):
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (one[1] * other[2] - other[1] * one[2]) % P == 0


def point_of(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(public, message, signature):
    if len(signature) != 64 or len(public) != 32:
        return False
    key, nonce = point_of(public), point_of(signature[:32])
    number = int.from_bytes(signature[32:], "little")
    if key is None or nonce is None or number >= L:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    return same_point(times(number, BASE), add_points(nonce, times(challenge, key)))


# --- signed notes (C2SP) ----------------------------------------------------------------------


def key_of(text):
    parts = need(text, str, "key").strip().split("+", 2)
    if len(parts) != 3 or not parts[0] or any(letter.isspace() for letter in parts[0]):
        raise Wrong("key")
    try:
        blob, name = unbase64(parts[2], "key"), utf8(parts[0], "key")
    except Wrong:
        raise Wrong("key")
    known = sha256(name + b"\n" + blob)[:4]
    if len(blob) != 33 or blob[:1] != b"\x01" or known.hex() != parts[1]:
        raise Wrong("key")
    return parts[0], known, blob[1:]


def checkpoint_of(note, key):
    """Size and root of a checkpoint that this key signed, and its body."""
    name, known, public = key
    body, mark, tail = need(note, str, "checkpoint").rpartition("\n\n")
    if not mark or not tail.endswith("\n") or "\r" in note:
        raise Wrong("shape", "checkpoint")
    text = body + "\n"
    is_good = False
    for line in tail[:-1].split("\n"):
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014":
            raise Wrong("shape", "checkpoint")
        blob = unbase64(parts[2], "checkpoint")
        if parts[1] == name and blob[:4] == known:
            if not is_signed(public, utf8(text, "checkpoint"), blob[4:]):
                raise Wrong("signature")
            is_good = True
    if not is_good:
        raise Wrong("other_key")
    lines = text.split("\n")
    if len(lines) < 4 or not lines[1].isdigit() or not lines[1].isascii() or str(int(lines[1][:20])) != lines[1]:
        raise Wrong("shape", "checkpoint")
    if lines[0] != name:
        raise Wrong("origin")
    root = unbase64(lines[2], "checkpoint")
    if len(root) != 32 or not 0 < int(lines[1]) < LARGEST_NUMBER:
        raise Wrong("shape", "checkpoint")
    return int(lines[1]), root, utf8(text, "checkpoint")


# --- what a bundle holds ----------------------------------------------------------------------


class Entry(object):
    """An entry of the log and what it says of itself."""

    def __init__(self, index, leaf):
        self.index = index
        self.hash = leaf_hash(leaf)
        said = parse(leaf.decode("utf-8"))
        if canonical(said, "leaf") != leaf:
            raise Wrong("canonical", index)
        entry = get(said, "entry", dict)
        records = get(entry, "records", dict)
        self.root = unhex(get(records, "root", str), "root")
        self.entity = get(entry, "entity", str)
        self.streams = []
        places = get(said, "places", list)
        start = 0
        for pair, first in zip(get(records, "streams", list), places):
            if not isinstance(pair, list) or len(pair) != 2:
                raise Wrong("shape", "streams")
            kind, count = need(pair[0], str, "streams"), need(pair[1], int, "streams")
            if self.streams and kind <= self.streams[-1][0]:
                raise Wrong("shape", "streams")
            self.streams.append((kind, need(first, int, "places"), count, start))
            start += count
        self.count = start
        if len(places) != len(self.streams) or len(records["streams"]) != len(self.streams) or not 0 < start <= 1000:
            raise Wrong("shape", "places")


def field_digest(salt, code, value):
    name = utf8(code, "code")
    return sha256(b"guiju/field/1\x00" + salt + len(name).to_bytes(2, "big") + name + canonical(value, "value"))


def record_digest(schema, digests):
    name = utf8(schema, "schema")
    return sha256(b"guiju/record/1\x00" + len(name).to_bytes(2, "big") + name + b"".join(digests))


class Check(object):
    """One run: what was said, in order; `wrong` counts what doesn't hold."""

    def __init__(self, bundle, trusted):
        self.bundle = bundle
        self.trusted = trusted
        self.said = []
        self.wrong = 0
        self.entries = {}
        self.places = {}
        self.shown = self.hidden = 0

    def say(self, code, *about):
        self.said.append((code, about))

    def attempt(self, step, *arguments):
        """Do one step; what doesn't hold is written down and the next step is taken."""
        try:
            return step(*arguments)
        except Wrong as wrong:
            self.wrong += 1
            self.say(wrong.code, *wrong.about)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as fault:
            self.wrong += 1
            self.say("shape", type(fault).__name__)
        return None

    def optional(self, name):
        found = self.bundle.get(name)
        return [] if found is None else need(found, list, name)

    def run(self):
        if not isinstance(self.bundle, dict) or self.bundle.get("format") != FORMAT:
            raise Wrong("format")
        own = key_of(get(self.bundle, "key", str))
        self.key = own if self.trusted is None else self.trusted
        self.size, self.root, self.body = checkpoint_of(get(self.bundle, "checkpoint", str), self.key)
        self.say("ok_log", self.key[0], self.size, self.root.hex())
        self.say("ok_signed")
        if self.trusted is None:
            self.say("own_key")
        for entry in get(self.bundle, "entries", list):
            self.attempt(self.check_entry, entry)
        if self.entries:
            self.say("ok_entries", len(self.entries))
        records = get(self.bundle, "records", list)
        good = sum(1 for record in records if self.attempt(self.check_record, record))
        if good:
            self.say("ok_records", good, self.shown, self.hidden)
        streams = self.optional("streams")
        if streams:
            heads = self.attempt(self.check_heads, get(self.bundle, "heads", dict))
            for stream in streams:
                if heads:
                    self.attempt(self.check_stream, stream, heads)
        for earlier in self.optional("earlier"):
            self.attempt(self.check_earlier, earlier)
        anchors = self.optional("anchors")
        for anchor in anchors:
            self.attempt(self.check_anchor, anchor)
        if not anchors:
            self.say("no_anchor")
        if self.bundle.get("tiles") is not None:
            self.attempt(self.check_tiles, get(self.bundle, "tiles", dict))

    def check_entry(self, given):
        only(given, ("index", "leaf", "path"), "entries")
        index = get(given, "index", int)
        if index >= self.size or index in self.entries:
            raise Wrong("index", index)
        leaf = utf8(get(given, "leaf", str), "leaf")
        if not is_included(leaf_hash(leaf), index, self.size, path_of(get(given, "path", list)), self.root):
            raise Wrong("entry", index)
        self.entries[index] = Entry(index, leaf)

    def check_record(self, given):
        only(given, ("entry", "position", "leaf", "path", "fields"), "records")
        leaf = utf8(get(given, "leaf", str), "leaf")
        said = parse(leaf.decode("utf-8"))
        index, position = get(given, "entry", int), get(given, "position", int)
        name = str(said.get("id")) if isinstance(said, dict) else "?"
        if canonical(said, "leaf") != leaf or index not in self.entries:
            raise Wrong("record", name, index)
        entry = self.entries[index]
        if not is_included(leaf_hash(leaf), position, entry.count, path_of(get(given, "path", list)), entry.root):
            raise Wrong("record", name, index)
        if (index, position) in self.places:
            raise Wrong("twice", name)
        schema = get(said, "schema", str)
        kind = next(kind for kind, _, count, start in entry.streams if start <= position < start + count)
        if schema.rpartition("/")[0] != kind:
            raise Wrong("record", name, index)
        digests, codes, shown = [], set(), 0
        for field in get(given, "fields", list):
            only(field, ("code", "digest", "salt", "value"), "fields")
            code = get(field, "code", str)
            if code in codes:
                raise Wrong("field", name, code)
            codes.add(code)
            digest = unhex(get(field, "digest", str), "digest")
            if "salt" in field:
                if field_digest(unhex(field["salt"], "salt", 16), code, field.get("value")) != digest:
                    raise Wrong("field", name, code)
                shown += 1
            elif "value" in field:
                raise Wrong("field", name, code)
            digests.append(digest)
        if record_digest(schema, digests) != unhex(get(said, "digest", str), "digest"):
            raise Wrong("field", name, "*")
        self.places[index, position] = name
        self.shown += shown
        self.hidden += len(digests) - shown
        return True

    def check_heads(self, given):
        leaf = utf8(get(given, "leaf", str), "heads")
        index = get(given, "index", int)
        # The last leaf before a checkpoint says where all streams stand; an older one would hide the rest.
        if index != self.size - 1:
            raise Wrong("heads")
        if not is_included(leaf_hash(leaf), index, self.size, path_of(get(given, "path", list)), self.root):
            raise Wrong("heads")
        said = parse(leaf.decode("utf-8"))
        if canonical(said, "heads") != leaf:
            raise Wrong("heads")
        heads = get(said, "heads", dict)
        return get(heads, "count", int), unhex(get(heads, "root", str), "root"), get(said, "at", str)

    def check_stream(self, given, heads):
        name = get(given, "stream", str)
        count, head = get(given, "count", int), unhex(get(given, "head", str), "head")
        leaf = canonical({"count": count, "head": head.hex(), "stream": name}, "stream")
        position, path = get(given, "position", int), path_of(get(given, "path", list))
        if not is_included(leaf_hash(leaf), position, heads[0], path, heads[1]):
            raise Wrong("stream", name)
        reached, number = NO_HEAD, 0
        for index in sorted(self.entries):
            entry = self.entries[index]
            for kind, first, records, start in entry.streams:
                if entry.entity + "/" + kind != name:
                    continue
                if first != number + 1:
                    raise Wrong("gap", name, number + 1)
                for offset in range(records):
                    if (index, start + offset) not in self.places:
                        raise Wrong("gap", name, first + offset)
                number += records
                reached = sha256(b"guiju/stream/1\x00" + reached + entry.hash)
        if number < count:
            raise Wrong("gap", name, number + 1)
        if number != count or reached != head:
            raise Wrong("chain", name)
        self.say("ok_stream", name, count, heads[2])

    def check_earlier(self, given):
        size, root, _ = checkpoint_of(get(given, "checkpoint", str), self.key)
        if not is_consistent(size, self.size, root, self.root, path_of(get(given, "path", list))):
            raise Wrong("history", size)
        self.say("ok_history", size)

    def check_anchor(self, given):
        kind, label = get(given, "kind", str), get(given, "label", str)
        size, root, body = checkpoint_of(get(given, "checkpoint", str), self.key)
        if not is_consistent(size, self.size, root, self.root, path_of(get(given, "path", list))):
            raise Wrong("history", size)
        if kind == "rfc3161":
            if not has_imprint(unbase64(get(given, "receipt", str), "receipt"), sha256(body)):
                raise Wrong("receipt", label)
        elif kind == "evm":
            if unhex(get(given, "root", str), "root") != root or get(given, "size", int) != size:
                raise Wrong("receipt", label)
        elif kind != "witness":
            raise Wrong("shape", "kind")
        self.say("said_receipt", label, size)
        if kind == "rfc3161":
            self.say("then_ts")
        elif kind == "evm":
            self.say("then_chain", get(given, "transaction", str))

    def check_tiles(self, tiles):
        hashes = []
        whole, rest = divmod(self.size, 256)
        for number in range(whole + (1 if rest else 0)):
            data = need(tiles.get(str(number)), str, "tiles")
            count = 256 if number < whole else rest
            tile = unhex(data, "tiles", 32 * count)
            hashes += [tile[at : at + 32] for at in range(0, len(tile), 32)]
        if root_of(hashes) != self.root:
            raise Wrong("tiles")
        for index in sorted(self.entries):
            if hashes[index] != self.entries[index].hash:
                raise Wrong("tile_leaf", index)
        self.say("ok_tiles")


def has_imprint(token, digest):
    """Whether an RFC 3161 token's messageImprint is this SHA-256 digest.

    Looks for the DER of MessageImprint: the algorithm's identifier, then an octet string of 32 bytes.
    """
    oid = bytes.fromhex("0609608648016503040201")
    for algorithm in (bytes.fromhex("300d") + oid + bytes.fromhex("0500"), bytes.fromhex("300b") + oid):
        if bytes([0x30, len(algorithm) + 34]) + algorithm + bytes.fromhex("0420") + digest in token:
            return True
    return False


def check(text, trusted=None):
    """Whether a bundle holds, and what there is to say, as pairs of code and what it is about."""
    try:
        key = None if trusted is None else key_of(trusted)
        try:
            bundle = parse(text)
        except (ValueError, RecursionError) as fault:
            raise Wrong("unreadable", type(fault).__name__)
        run = Check(bundle, key)
        try:
            run.run()
        except Wrong as wrong:
            run.wrong += 1
            run.say(wrong.code, *wrong.about)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as fault:
            run.wrong += 1
            run.say("shape", type(fault).__name__)
        return run.wrong == 0, run.said
    except Wrong as wrong:
        return False, [(wrong.code, wrong.about)]


def main(arguments):
    is_english = "--english" in arguments
    arguments = [one for one in arguments if one != "--english"]
    trusted = None
    if "--key" in arguments[:-1]:
        at = arguments.index("--key")
        trusted = arguments[at + 1]
        del arguments[at : at + 2]
    if len(arguments) > 1 or any(one.startswith("-") for one in arguments):
        print(__doc__)
        return 1
    path = arguments[0] if arguments else "bundle.json"
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST_FILE + 1)
        text = data.decode("utf-8") if len(data) <= LARGEST_FILE else None
    except (OSError, UnicodeDecodeError) as fault:
        text, said = None, [("unreadable", (getattr(fault, "strerror", None) or "UTF-8",))]
    else:
        said = [("unreadable", ("1 GiB",))]
    is_good = False
    if text is not None:
        is_good, said = check(text, trusted)
    for code, about in said:
        is_remark = code.startswith(("then_", "said_")) or code in ("own_key", "no_anchor")
        mark = "✓ " if code.startswith("ok_") else "· " if is_remark else "✗ "
        show(mark + SAID[code][is_english].format(*about))
    show(SAID["good" if is_good else "bad"][is_english])
    return 0 if is_good else 1


def show(line):
    # What a bundle says may not speak to the terminal.
    line = "".join(letter if letter.isprintable() else "\\u{:04x}".format(ord(letter)) for letter in line)
    try:
        print(line)
    except UnicodeEncodeError:
        # A terminal that has no Chinese: the words get lost, the verdict doesn't.
        print(line.encode("ascii", "replace").decode("ascii"))


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    sys.exit(main(sys.argv[1:]))
