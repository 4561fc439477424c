"""Starting, ending, and everything that stands in the way of it (启动与结束)."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from tests.journeys.running import GUIJU, Running, Session, Stranger, guiju


def left_behind(folder: Path) -> list[str]:
    """Processes that still work on a data folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ"]):
        data = (process.info["environ"] or {}).get("GUIJU_DATA", "")
        if data == str(folder) or str(folder) in (process.info["cmdline"] or []):
            found.append(" ".join(process.info["cmdline"] or []))
    return found


def test_first_start_status_a_clean_end_and_a_second_start(place: Path) -> None:
    demo = Running(place / "数据 demo")
    demo.start()
    status = demo.status()
    assert status["ok"] and status["url"] == demo.url and status["kind"] == "demo"
    before = accounts_of(demo)
    assert {"user", "password", "totp_secret", "entity", "roles"} <= set(before[0])
    assert len({account["entity"] for account in before}) == 9
    assert len({role for account in before for role in account["roles"]}) == 12
    assert demo.stop() == 0
    assert left_behind(demo.folder) == []
    after = demo.command("status", "--format", "json")
    assert after.returncode == 1 and json.loads(after.stdout)["ok"] is False
    demo.start()
    assert accounts_of(demo) == before
    demo.stop()


def accounts_of(demo: Running) -> list[dict[str, Any]]:
    """Without the codes, which are others half a minute later."""
    return [{key: value for key, value in one.items() if key != "code"} for one in demo.accounts()]


def test_other_requests_to_end_are_heard_too(place: Path) -> None:
    real = Running(place / "data", demo=False)
    for number in (signal.SIGTERM, signal.SIGHUP):
        real.start()
        assert real.stop(number) == 0
        assert left_behind(real.folder) == []


def test_after_kill_9_of_the_supervisor_it_starts_again(place: Path) -> None:
    real = Running(place / "data", demo=False)
    real.start()
    pids = real.status()["pids"]
    real.stop(signal.SIGKILL)
    real.start()
    assert real.status()["ok"]
    assert not set(pids.values()) & set(real.status()["pids"].values())
    real.stop()
    assert left_behind(real.folder) == []


def test_a_killed_child_comes_back_by_itself(place: Path) -> None:
    real = Running(place / "data", demo=False)
    real.start()
    for name in ("web", "public", "worker", "sequencer", "keeper", "database"):
        killed = real.status()["pids"][name]
        os.kill(killed, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while not (status := real.status())["ok"] or status["pids"][name] == killed:
            assert time.monotonic() < deadline, (name, status, real.log.read_text())
            time.sleep(0.2)
    assert real.stop() == 0


def refused(*arguments: str, **more: str) -> str:
    done = guiju(*arguments, **more)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr.strip()


def test_a_port_in_use_is_named_with_its_holder(place: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused("up", "--data", str(place / "demo"), "--demo", f"--port={port}", "--public-port=1")
        assert f"端口 {port} 已被" in said and f"进程 {os.getpid()}" in said and "--port" in said


def test_two_instances_on_one_folder_are_one_too_many(standing: Running) -> None:
    said = refused("up", "--data", str(standing.folder), "--port=18765", "--public-port=18766")
    assert "已在数据文件夹" in said and standing.url in said
    assert standing.status()["ok"]


def test_a_folder_that_is_not_ours_is_left_alone(place: Path) -> None:
    place.joinpath("照片.jpg").touch()
    assert "不是规矩的数据文件夹" in refused("up", "--data", str(place))


def test_a_folder_of_a_newer_version_is_refused(place: Path) -> None:
    data = place / "data"
    data.mkdir()
    data.joinpath("instance.json").write_text('{"kind": "production", "id": "x", "format": 99, "version": "7.0"}')
    assert "请先升级" in refused("up", "--data", str(data))


def test_a_demo_folder_cannot_be_set_up_for_real(running: Running) -> None:
    options = ("--name=x", "--unified-code=91330106MA2B0K3Y2B", "--region=330106", "--sector=food")
    assert "演示数据不能转为正式" in refused("setup", *options, GUIJU_DATA=str(running.folder))


def test_the_world_is_not_served_without_tls(place: Path) -> None:
    data = ("up", "--data", str(place / "data"))
    said = refused(*data, "--host=0.0.0.0")
    assert "TLS" in said and "--trusted-proxy" in said
    assert not (place / "data").exists()
    assert "一起给出" in refused(*data, "--tls-cert", __file__)
    assert "用 --url 给出代理对外的 https 地址" in refused(*data, "--host=0.0.0.0", "--trusted-proxy")
    both = ("--url=https://a.example", "--public-url=https://b.example")
    assert "请用 --url 和 --public-url" in refused(*data, "--host=0.0.0.0", "--trusted-proxy", both[0])
    assert "不是这台机器的地址" in refused(*data, "--host=192.0.2.1", "--trusted-proxy", *both)
    assert "应为完整的地址" in refused(*data, "--url=crm.example.cn")
    assert "都是 8000" in refused(*data, "--public-port=8000")


def test_tls_serves_https(place: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    key, certificate = place / "key.pem", place / "cert.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-keyout",
            key,
            "-out",
            certificate,
        ],
        check=True,
        capture_output=True,
    )
    options = ("--host=0.0.0.0", "--url=https://localhost", "--public-url=https://127.0.0.1")
    real = Running(place / "data", *options, f"--tls-cert={certificate}", f"--tls-key={key}", demo=False)
    real.start()
    assert real.status()["url"].startswith("https://")
    real.stop()


def test_a_disk_that_is_full_after_the_folder_was_made_is_told_in_one_sentence(place: Path) -> None:
    """A real file system of one megabyte under the data folder; mounting one needs root."""
    work = place / "small"
    work.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", work], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"can't mount: {mounted.stderr.decode().strip()}")
    try:
        for room in (4096, 64 * 1024):
            (work / "filler").write_bytes(b"\0" * (2**20 - room))
            said = refused("up", "--data", str(work / f"data{room}"), "--demo", "--port=18767", "--public-port=18768")
            assert "磁盘已满" in said
    finally:
        subprocess.run(["umount", work], check=True)


def test_a_first_start_that_was_killed_at_once_is_taken_up_again(place: Path) -> None:
    data = place / "data"
    data.mkdir(mode=0o700)
    for name in ("files", "log"):
        (data / name).mkdir()
    (data / "secrets.json").write_text("{}")
    real = Running(data, demo=False)
    real.start()
    assert real.stop() == 0


def test_programs_in_the_current_folder_are_not_run(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("granian", "django", "guiju", "psycopg"):
        (place / f"{name}.py").write_text(f"open({str(place / 'ran')!r}, 'w').close()\n")
    monkeypatch.chdir(place)
    real = Running(place / "data", demo=False)
    real.start()
    assert real.status()["ok"]
    assert not (place / "ran").exists()
    assert real.stop() == 0


def test_what_a_killed_supervisor_left_is_ended_and_what_is_not_ours_is_not(place: Path) -> None:
    real = Running(place / "data", demo=False)
    real.start()
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as stranger:
        run = json.loads((real.folder / "run.json").read_text())
        real.stop(signal.SIGKILL)
        run["pids"]["web"] = stranger.pid
        (real.folder / "run.json").write_text(json.dumps(run))
        real.start()
        assert stranger.poll() is None
        stranger.kill()
    assert real.stop() == 0


def test_web_and_worker_know_no_password_but_their_own(standing: Running) -> None:
    program = (
        "import django; django.setup(); from django.conf import settings; from django.db import connections;"
        "print(sorted(settings.GUIJU_DATABASE.passwords), connections['owner'].settings_dict['USER'])"
    )
    pids = standing.status()["pids"]
    own = psutil.Process(pids["public"]).environ()
    shown = subprocess.run([GUIJU.with_name("python"), "-c", program], env=own, capture_output=True, text=True)
    assert shown.stdout.strip() == "['app', 'django'] guiju_app", shown.stderr
    secrets = json.loads((standing.folder / "secrets.json").read_text())
    for name in ("up", "web", "public", "worker", "sequencer", "database"):
        process = psutil.Process(pids[name])
        spoken = " ".join([*process.cmdline(), *process.environ().values()])
        assert not [role for role, secret in secrets.items() if secret in spoken], name


def test_setup_makes_three_people_and_no_default_password(place: Path) -> None:
    real = Running(place / "data", demo=False)
    real.start()
    company = ("--name=正式集团有限公司", "--unified-code=91330106MA2B0K3Y2B", "--region=330106", "--sector=general")
    people = [
        f"--administrator={role}:{user}:{name}"
        for role, user, name in (
            ("system_admin", "a1", "甲"),
            ("security_admin", "b1", "乙"),
            ("audit_admin", "c1", "丙"),
        )
    ]
    weak = real.command("setup", *company, *people, input="123\n123\n123\n")
    assert weak.returncode == 2 and "口令太弱" in weak.stderr
    passwords = "one-long-password\ntwo-long-password\nthree-long-password\n"
    twice = real.command("setup", *company, *people[:1] * 3, input=passwords)
    assert twice.returncode == 2 and "三个" in twice.stderr
    wrong = real.command("setup", *company[:1], "--unified-code=1", *company[2:], *people, input=passwords)
    assert wrong.returncode == 2 and "应为18位" in wrong.stderr
    chosen = ("--witness=某会计师事务所", "--algorithm=SM4-GCM")
    done = real.command("setup", *company, *people, *chosen, input=passwords)
    assert done.returncode == 0, done.stderr
    keys = json.loads(real.command("keys", "list", "--format", "json").stdout)
    assert {one["algorithm"] for one in keys} == {"SM4-GCM"}
    _is_kept_outside(real, done.stdout)
    again = real.command("setup", *company, *people, input=passwords)
    assert again.returncode == 2 and "已经完成过初始设置" in again.stderr
    early = real.command("token", "create", "--member", "a1", GUIJU_PASSWORD="one-long-password")
    assert early.returncode == 2 and "先设置第二因子" in early.stderr
    codes = Session(real.url, "a1", "one-long-password").set_factor()
    words = {"GUIJU_PASSWORD": "one-long-password", "GUIJU_CODE": codes[0]}
    token = real.command("token", "create", "--member", "a1", **words)
    assert token.returncode == 0, token.stderr
    listed = real.command("company", "list", "--format", "json", GUIJU_TOKEN=token.stdout.strip())
    assert [one["name"] for one in json.loads(listed.stdout)] == ["正式集团有限公司"]
    _come_back_with_sheets(real, re.findall(r"恢复单\d  (\S+)", done.stdout))
    url = real.command("db", "url", "--role", "superuser").stdout.strip()
    with psycopg.connect(url) as admin:
        first = admin.execute("SELECT action FROM evidence_entry ORDER BY at, id LIMIT 1").fetchone()
    assert first == ("organisations.set_up",)
    real.stop()


def _is_kept_outside(real: Running, said: str) -> None:
    """The first checkpoint lies in a file for whoever keeps it, and serves when the log is verified."""
    file = re.search(r"检查点已写入 (.+)：请交给某会计师事务所保管", said)
    assert file and Path(file[1]).parent == real.folder
    checked = real.command("evidence", "verify", "--witness", file[1], "--format", "json")
    assert checked.returncode == 0, checked.stdout
    url = real.command("db", "url", "--role", "superuser").stdout.strip()
    with psycopg.connect(url) as admin:
        kept = admin.execute("SELECT sort, label, checkpoint FROM evidence_receipt").fetchall()
    assert kept == [("witness", "某会计师事务所", Path(file[1]).read_text("utf-8"))]


def _come_back_with_sheets(real: Running, sheets: list[str]) -> None:
    """Two of the three sheets let somebody in again, and are void then; one alone doesn't."""
    assert len(sheets) == 3
    ask = ("admin", "recover", "--member", "b1", "--reason", "手机丢了，别人都不在")
    assert "现在对的有1张" in real.command(*ask, GUIJU_SHEETS=f"{sheets[0]},{sheets[0]}").stderr
    back = real.command(*ask, GUIJU_SHEETS=f"{sheets[0]},{sheets[2].lower()}")
    assert back.returncode == 0, back.stderr
    secret, code = (re.search(rf"{word} (\S+)", back.stdout)[1] for word in ("激活码", "核验码"))  # type: ignore[index]
    assert "现在对的有0张" in real.command(*ask, GUIJU_SHEETS=f"{sheets[0]},{sheets[1]}").stderr
    page = Stranger(real.url).submit(
        "/sign-in/activate/",
        {"username": "b1", "secret": secret, "code": code, "new": "fresh-long-one", "again": "fresh-long-one"},
    )
    assert "口令已设置" in page.text
    back_in = Session(real.url, "b1", "fresh-long-one")
    back_in.set_factor()
    assert "从服务器上恢复" in back_in.get("/").text


def test_each_role_connects_with_its_own_url(standing: Running) -> None:
    users = {}
    for role in ("superuser", "owner", "app"):
        with psycopg.connect(standing.command("db", "url", "--role", role).stdout.strip()) as connection:
            users[role] = connection.info.user
    assert users == {"superuser": "guiju_super", "owner": "guiju_owner", "app": "guiju_app"}
