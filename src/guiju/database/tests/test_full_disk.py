"""A disk without room, for real: a small file system under the cluster (needs root to mount)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.db import OperationalError
from psycopg import errors

from guiju.database import embedded
from guiju.database.embedded import EmbeddedServer, place_for
from guiju.database.trouble import trouble_of
from guiju.kernel.errors import Refused


@pytest.fixture
def small(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedServer]:
    """A server whose cluster lies on a file system of `request.param` megabytes."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    place = place_for(tmp_path, str(uuid4()))
    home = place.cluster.parent
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={request.param}m", "tmpfs", home], capture_output=True, text=True
    )
    if mounted.returncode:
        shutil.rmtree(home)
        pytest.skip(f"can't mount: {mounted.stderr.strip()}")
    shutil.chown(home, place.account)
    monkeypatch.setattr(embedded, "NEEDED_FREE_BYTES", 0)
    made = EmbeddedServer(place, "secret", settings=("fsync=off",))
    try:
        yield made
    finally:
        made.stop(immediately=True)
        subprocess.run(["umount", home], check=True)
        shutil.rmtree(home)
        shutil.rmtree(place.run, ignore_errors=True)


@pytest.mark.parametrize("small", [20], indirect=True)
def test_a_cluster_that_finds_no_room_is_told_in_one_sentence(small: EmbeddedServer) -> None:
    with pytest.raises(Refused, match="磁盘已满") as refusal:
        small.initialise()
    assert "\n" not in refusal.value.sentence


@pytest.mark.parametrize("small", [220], indirect=True)
def test_a_disk_that_fills_up_loses_nothing_and_comes_back(small: EmbeddedServer) -> None:
    small.initialise()
    small.start()
    with psycopg.connect(small.url(), autocommit=True) as admin:
        admin.execute("CREATE TABLE kept (n int, filler text)")
        admin.execute("INSERT INTO kept VALUES (1, '')")
        filler = small.place.cluster.parent / "filler"
        free = shutil.disk_usage(filler.parent).free
        filler.write_bytes(b"\0" * (free - 2 * 2**20))
        with pytest.raises((errors.DiskFull, psycopg.OperationalError)) as failure:
            for _ in range(100):
                admin.execute("INSERT INTO kept SELECT 2, repeat(md5(n::text), 20) FROM generate_series(1, 5000) n")
    if isinstance(failure.value, errors.DiskFull):
        told = OperationalError("x")
        told.__cause__ = failure.value
        assert "磁盘已满" in trouble_of(told)
    else:  # The write-ahead log found no room: the server ends itself rather than lie.
        assert small.process is not None and small.process.wait(30)

    # While there is no room a new start says so; with room again it recovers by itself.
    small.stop(immediately=True)
    filler.unlink()
    small.start()
    with psycopg.connect(small.url()) as admin:
        assert admin.execute("SELECT count(*) FROM kept WHERE n = 1").fetchone() == (1,)


@pytest.mark.parametrize("small", [220], indirect=True)
def test_a_start_without_room_names_the_disk(small: EmbeddedServer) -> None:
    small.initialise()
    filler = small.place.cluster.parent / "filler"
    with open(filler, "wb") as file:
        try:
            while True:
                file.write(b"\0" * 65536)
                file.flush()
        except OSError:
            pass
    with pytest.raises(Refused, match="磁盘已满"):
        small.start()
    filler.unlink()
    small.start()
    assert small.answers()
