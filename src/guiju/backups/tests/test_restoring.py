"""From a target and two sheets back to what was committed: the newest, or as of a moment."""

from __future__ import annotations

import pytest

from guiju.backups.restoring import choose
from guiju.backups.tests.living import Living, living


@pytest.fixture
def world():
    with living() as made:
        yield made


def test_full_and_continuous_together_bring_everything_back(world: Living) -> None:
    world.begin()
    with world.receiving() as receiver:
        world.write("全量之前")
        world.take_full()
        world.write("全量之后")
        last = world.write("最后一条")
        world.wait_until_stored(receiver, last)
    world.lose()

    restored = world.restore()

    assert restored.tables["public.notes"].rows == 3
    world.server.start()
    assert world.texts() == ["全量之前", "全量之后", "最后一条"]
    assert restored.last_commit is not None and restored.last_commit <= last


def test_as_of_a_moment_nothing_later_is_there(world: Living) -> None:
    world.begin()
    with world.receiving() as receiver:
        world.take_full()
        world.write("一")
        moment = world.write("二")
        world.wait_until_stored(receiver, world.write("三"))
    world.lose()

    world.restore(choose(world.target, until=moment))

    world.server.start()
    assert world.texts() == ["一", "二"]
