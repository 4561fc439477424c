from uuid import uuid4

import pytest

from guiju.kernel.crypto.envelope import Keyring
from guiju.kernel.crypto.sealed import Unsealable

RING, ENTITY = Keyring("一个主密钥"), uuid4()


def test_a_value_opens_where_it_was_sealed_and_under_a_keyring_of_the_same_secret() -> None:
    sealed = RING.seal("曾用名".encode(), entity=ENTITY, place=b"t.c/1")

    assert Keyring("一个主密钥").open(sealed, entity=ENTITY, place=b"t.c/1").decode() == "曾用名"
    assert RING.seal(b"x", entity=ENTITY, place=b"p") != RING.seal(b"x", entity=ENTITY, place=b"p")


@pytest.mark.parametrize("sealed_for", [(uuid4(), b"t.c/1"), (ENTITY, b"t.c/2")])
def test_it_opens_for_no_other_company_and_in_no_other_place(sealed_for: tuple) -> None:
    entity, place = sealed_for
    sealed = RING.seal(b"x", entity=ENTITY, place=b"t.c/1")

    with pytest.raises(Unsealable):
        RING.open(sealed, entity=entity, place=place)


def test_any_altered_byte_and_another_secret_are_refused() -> None:
    sealed = RING.seal(b"x", entity=ENTITY, place=b"p")

    for at in range(len(sealed)):
        with pytest.raises(Unsealable):
            RING.open(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], entity=ENTITY, place=b"p")
    for cut in range(len(sealed)):
        with pytest.raises(Unsealable):
            RING.open(sealed[:cut], entity=ENTITY, place=b"p")
    with pytest.raises(Unsealable):
        Keyring("另一个").open(sealed, entity=ENTITY, place=b"p")
    with pytest.raises(ValueError, match="secret"):
        Keyring("")
