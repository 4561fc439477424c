"""The algorithm is the installation's choice (加密算法): new keys take it, what lies under the other opens as before."""

from __future__ import annotations

from typing import Any

import pytest

from guiju.database.models import new_id
from guiju.kernel.crypto.envelope import Algorithm, algorithm_named, key_number
from guiju.keys.algorithms import chosen
from guiju.keys.changing import retire_and_replace
from guiju.keys.masters import masters
from guiju.keys.ring import fresh_keyring
from guiju.organisations.tests.factories import AT, Group
from guiju.project.folder import open_folder

PLACE = b"table.column/record"


def test_it_is_the_first_where_nothing_is_said_and_then_what_the_data_folder_says(tmp_path: Any, settings: Any) -> None:
    settings.GUIJU_FOLDER = folder = open_folder(tmp_path / "x", make=True)
    assert chosen() is Algorithm.AES_256_GCM
    folder.choose_algorithm(algorithm_named("SM4-GCM"))
    assert chosen() is Algorithm.SM4_GCM and open_folder(folder.path) == folder


@pytest.mark.parametrize("before", Algorithm)
def test_a_key_of_the_other_algorithm_seals_what_is_new_and_both_open(
    group: Group, settings: Any, before: Algorithm
) -> None:
    after = next(one for one in Algorithm if one is not before)
    company = new_id()
    settings.GUIJU_ALGORITHM = before.name
    early = fresh_keyring().seal("旧的".encode(), entity=company, place=PLACE)
    settings.GUIJU_ALGORITHM = after.name
    # The choice alone changes no key: that is what the rotation is for.
    assert fresh_keyring().seal(b"x", entity=company, place=PLACE)[1] == before
    keys = retire_and_replace(company, masters=masters(), at=AT)
    assert keys is not None and [one.algorithm for one in keys] == [before, after]
    ring = fresh_keyring()
    late = ring.seal("新的".encode(), entity=company, place=PLACE)
    assert (early[1], late[1]) == (before, after) and key_number(late) == keys[1].number
    assert ring.open(early, entity=company, place=PLACE).decode() == "旧的"
    assert ring.open(late, entity=company, place=PLACE).decode() == "新的"
