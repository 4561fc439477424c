from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from guiju.kernel.crypto.envelope import (
    INDEX,
    SM4GCM,
    VALUES,
    Algorithm,
    Keyring,
    WrappedKey,
    key_number,
    new_wrapped_key,
    unwrap,
)
from guiju.kernel.crypto.sealed import Unsealable

ENTITY = uuid4()
MASTER = "一个主密钥"


class Keys:
    """Wrapped keys in memory; `rotate` gives a company another one."""

    def __init__(self, algorithm: Algorithm = Algorithm.AES_256_GCM) -> None:
        self.algorithm = algorithm
        self.all: list[WrappedKey] = []

    def rotate(self, entity: UUID, use: str = VALUES) -> WrappedKey:
        wrapped = new_wrapped_key(MASTER, entity=entity, use=use, algorithm=self.algorithm)
        self.all.append(WrappedKey(len(self.all) + 1, entity, use, self.algorithm, wrapped))
        return self.all[-1]

    def current(self, entity: UUID, use: str) -> WrappedKey:
        found = [one for one in self.all if (one.entity, one.use) == (entity, use)]
        return found[-1] if found else self.rotate(entity, use)

    def numbered(self, number: int) -> WrappedKey | None:
        return next((one for one in self.all if one.number == number), None)


@pytest.fixture(params=Algorithm)
def keys(request: pytest.FixtureRequest) -> Keys:
    return Keys(request.param)


def test_a_value_opens_where_it_was_sealed_and_under_a_keyring_of_the_same_secret(keys: Keys) -> None:
    ring = Keyring([MASTER], keys)
    sealed = ring.seal("曾用名".encode(), entity=ENTITY, place=b"t.c/1")

    assert Keyring([MASTER], keys).open(sealed, entity=ENTITY, place=b"t.c/1").decode() == "曾用名"
    assert ring.seal(b"x", entity=ENTITY, place=b"p") != ring.seal(b"x", entity=ENTITY, place=b"p")


@pytest.mark.parametrize("sealed_for", [(uuid4(), b"t.c/1"), (ENTITY, b"t.c/2")])
def test_it_opens_for_no_other_company_and_in_no_other_place(keys: Keys, sealed_for: tuple) -> None:
    entity, place = sealed_for
    ring = Keyring([MASTER], keys)
    sealed = ring.seal(b"x", entity=ENTITY, place=b"t.c/1")

    with pytest.raises(Unsealable):
        ring.open(sealed, entity=entity, place=place)


def test_any_altered_byte_and_another_secret_are_refused(keys: Keys) -> None:
    ring = Keyring([MASTER], keys)
    sealed = ring.seal(b"x", entity=ENTITY, place=b"p")

    for at in range(len(sealed)):
        with pytest.raises(Unsealable):
            ring.open(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], entity=ENTITY, place=b"p")
    for cut in range(len(sealed)):
        with pytest.raises(Unsealable):
            ring.open(sealed[:cut], entity=ENTITY, place=b"p")
    with pytest.raises(Unsealable):
        Keyring(["另一个"], keys).open(sealed, entity=ENTITY, place=b"p")
    with pytest.raises(ValueError, match="secret"):
        Keyring([""], keys)


def test_values_of_an_earlier_key_open_after_the_next_one_seals(keys: Keys) -> None:
    ring = Keyring([MASTER], keys)
    first = ring.seal(b"x", entity=ENTITY, place=b"p")
    keys.rotate(ENTITY)
    second = ring.seal(b"x", entity=ENTITY, place=b"p")

    assert key_number(first) < key_number(second)
    assert ring.open(first, entity=ENTITY, place=b"p") == ring.open(second, entity=ENTITY, place=b"p") == b"x"


def test_a_wrapped_key_that_was_moved_to_another_company_or_use_does_not_open() -> None:
    keys = Keys()
    mine, index = keys.rotate(ENTITY), keys.rotate(ENTITY, INDEX)

    for moved in (
        WrappedKey(mine.number, uuid4(), VALUES, mine.algorithm, mine.wrapped),
        WrappedKey(mine.number, ENTITY, INDEX, mine.algorithm, mine.wrapped),
        WrappedKey(mine.number, ENTITY, VALUES, mine.algorithm, index.wrapped),
        WrappedKey(mine.number, ENTITY, VALUES, Algorithm.SM4_GCM, mine.wrapped),
    ):
        with pytest.raises(Unsealable):
            unwrap(MASTER, moved)


def test_a_key_for_finding_values_seals_none() -> None:
    keys = Keys()
    ring = Keyring([MASTER], keys)
    index = keys.rotate(ENTITY, INDEX)
    header = bytes([2, index.algorithm]) + index.number.to_bytes(4, "big")
    forged = header + bytes(12) + AESGCM(unwrap(MASTER, index)).encrypt(bytes(12), b"x", header + ENTITY.bytes + b"p")

    with pytest.raises(Unsealable):
        ring.open(forged, entity=ENTITY, place=b"p")


def test_while_a_master_key_changes_either_opens(keys: Keys) -> None:
    sealed = Keyring([MASTER], keys).seal(b"x", entity=ENTITY, place=b"p")

    for masters in (["下一个", MASTER], [MASTER, "下一个"]):
        assert Keyring(masters, keys).open(sealed, entity=ENTITY, place=b"p") == b"x"
    with pytest.raises(Unsealable):
        Keyring(["下一个"], keys).open(sealed, entity=ENTITY, place=b"p")


def test_what_is_no_sealed_value_lies_under_no_key() -> None:
    assert key_number(b"\x01" + bytes(60)) == key_number(b"") == 0


def test_sm4_gcm_agrees_with_the_vector_of_rfc_8998() -> None:
    sealed = SM4GCM(bytes.fromhex("0123456789abcdeffedcba9876543210")).encrypt(
        bytes.fromhex("00001234567800000000abcd"),
        bytes.fromhex(
            "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
            "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
        ),
        bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
    )

    assert sealed.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )


def test_an_index_is_the_same_for_the_same_text_of_one_company_and_place_only(keys: Keys) -> None:
    ring = Keyring([MASTER], keys)
    found = ring.index("13800138000", entity=ENTITY, place="customer.phone")

    assert found == ring.index("13800138000", entity=ENTITY, place="customer.phone")
    assert len(found) == 16
    assert found not in {
        ring.index("13800138001", entity=ENTITY, place="customer.phone"),
        ring.index("13800138000", entity=ENTITY, place="customer.phone_tail"),
        ring.index("13800138000", entity=uuid4(), place="customer.phone"),
    }
