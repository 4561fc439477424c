"""`guiju up`"""

from __future__ import annotations

import ipaddress
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import click
import psycopg

from guiju import __version__
from guiju.backups.standing import sheets_in
from guiju.database.embedded import EmbeddedServer, place_for
from guiju.database.provision import Database, database_of, provision
from guiju.kernel.errors import Refused, reason_of
from guiju.project.commands.folder_option import DATA, DEMO
from guiju.project.drills import Schedule
from guiju.project.folder import DataFolder, default_folder, open_folder
from guiju.project.supervisor import (
    Child,
    Stopped,
    Supervisor,
    end_leftovers,
    python,
    require_port,
    stop_on_signals,
    wait_for,
)

DATABASE_NAME = "guiju"
EXPECTED = 2
"""How a program of ours ends after one sentence for people."""

_THREADS = 32
"""Requests at a time: a body that trickles in holds one of them, so there are more than cores."""

_CONNECTIONS = 12


@dataclass(frozen=True)
class Listener:
    """Where the two web servers listen and under which addresses people reach them."""

    host: str
    port: int
    public_port: int
    url: str
    public_url: str
    certificate: Path | None = None
    key: Path | None = None
    is_behind_proxy: bool = False


@click.command(help="启动数据库、网页和后台任务，在前台运行；Ctrl-C 结束全部")
@DEMO
@DATA
@click.option("--host", default="127.0.0.1", show_default=True, help="监听的地址")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="工作人员使用的端口")
@click.option("--public-port", type=click.IntRange(1, 65535), help="公众使用的端口（默认为前者加一）")
@click.option("--tls-cert", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="证书（PEM）")
@click.option("--tls-key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="私钥（PEM，PKCS#8）")
@click.option("--url", help="工作人员从外面访问的地址（前面有代理时）")
@click.option("--public-url", help="公众从外面访问的地址（前面有代理时）")
@click.option("--trusted-proxy", is_flag=True, help="前面有自己的代理负责 TLS，并只从它接收请求")
def up(
    demo: bool,
    data: Path | None,
    host: str,
    port: int,
    public_port: int | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    url: str | None,
    public_url: str | None,
    trusted_proxy: bool,
) -> None:
    began = time.monotonic()
    listener = _listener(host, port, public_port or port + 1, tls_cert, tls_key, url, public_url, trusted_proxy)
    Schedule.read(os.environ)  # What can't be read is said here, not in the log of a program.
    path = (data or default_folder(demo=demo)).absolute()
    folder = open_folder(path, demo=demo if demo or not (path / "instance.json").exists() else None, make=True)
    stop_on_signals()
    supervisor = Supervisor(_say)
    with folder.locked():
        try:
            _start(folder, listener, supervisor)
            _banner(folder, listener, time.monotonic() - began)
            supervisor.watch(lambda: _write_run(folder, listener, supervisor))
        except Stopped:
            _say("正在结束……")
        except OSError as failure:
            raise Refused("folder_unwritable", f"数据文件夹 {folder.path} 写不了：{reason_of(failure)}") from failure
        finally:
            supervisor.stop()
            if (folder.run or {}).get("pid") == os.getpid():
                folder.forget_run()
    _say("已结束")


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)


def _listener(
    host: str,
    port: int,
    public_port: int,
    certificate: Path | None,
    key: Path | None,
    url: str | None,
    public_url: str | None,
    trusted_proxy: bool,
) -> Listener:
    if (certificate is None) != (key is None):
        raise Refused("tls_half", "--tls-cert 和 --tls-key 要一起给出")
    if port == public_port:
        raise Refused("ports_equal", f"工作人员和公众的端口都是 {port}：请用 --public-port 换一个")
    if not _is_loopback(host) and certificate is None and not trusted_proxy:
        raise Refused(
            "no_tls",
            f"{host} 不是本机地址，而没有 TLS：口令会以明文传送。请给出 --tls-cert 和 --tls-key；"
            "如果前面有自己的代理负责 TLS，请加 --trusted-proxy",
        )
    scheme = "https" if certificate else "http"
    shown = f"[{host}]" if ":" in host else host
    for name, address in (("--url", url), ("--public-url", public_url)):
        if address is not None and (
            urlsplit(address).scheme not in {"http", "https"} or not urlsplit(address).hostname
        ):
            raise Refused("url_shape", f"{name} 应为完整的地址，例如 https://crm.example.cn，现为 {address}")
    if trusted_proxy and not (url or "").startswith("https://"):
        raise Refused("proxy_without_url", "--trusted-proxy 要同时用 --url 给出代理对外的 https 地址")
    if host in {"0.0.0.0", "::"} and not (url and public_url):  # noqa: S104 -- refused unless asked for with TLS
        raise Refused(
            "url_missing", f"{host} 是全部地址：请用 --url 和 --public-url 给出人们实际访问的地址，别的主机名不受理"
        )
    return Listener(
        host=host,
        port=port,
        public_port=public_port,
        url=(url or f"{scheme}://{shown}:{port}").rstrip("/"),
        public_url=(public_url or f"{scheme}://{shown}:{public_port}").rstrip("/"),
        certificate=certificate,
        key=key,
        is_behind_proxy=trusted_proxy,
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _start(folder: DataFolder, listener: Listener, supervisor: Supervisor) -> None:
    end_leftovers(folder.run)
    require_port(listener.host, listener.port, option="--port")
    require_port(listener.host, listener.public_port, option="--public-port")
    given = os.environ.get("DATABASE_URL")
    if given:
        administrator, name = given, database_of(given)
    else:
        server = EmbeddedServer(place_for(folder.path, folder.instance), folder.secrets["superuser"])
        supervisor.run_database(server)
        administrator, name = server.url(DATABASE_NAME), DATABASE_NAME
    database = Database(name, administrator, folder.secrets)
    provision(database, ours=not given)
    environment = _environment(folder, listener, database)
    # The administrator's sign-in stays in this process: the children know their own role's password.
    _write_run(folder, listener, supervisor, database=name, server=environment["DATABASE_URL"])
    _prepare(folder, environment)
    staff, public = _web(folder, listener, environment)
    supervisor.run(staff)
    supervisor.run(public)
    programs = [("worker", "后台任务"), ("sequencer", "存证排位")]
    if not given:  # Of a server that others run, they keep the backups.
        programs.append(("keeper", "备份"))
    for name, label in programs:
        log = folder.path / "log" / f"{name}.log"
        supervisor.run(Child(name, label, python("-m", f"guiju.project.{name}"), environment, log))
    wait_for(_local(listener, listener.port), staff)
    wait_for(_local(listener, listener.public_port), public)
    _write_run(folder, listener, supervisor)


def _local(listener: Listener, port: int) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(listener.host, listener.host)  # noqa: S104
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"{'https' if listener.certificate else 'http'}://{host}:{port}"


def _environment(folder: DataFolder, listener: Listener, database: Database) -> dict[str, str]:
    environment = {
        **os.environ,
        "GUIJU_DATA": str(folder.path),
        "DATABASE_URL": Database(database.name, database.administrator, database.passwords).without_sign_in(),
        "GUIJU_DATABASE_NAME": database.name,
        "GUIJU_STAFF_URL": listener.url,
        "GUIJU_CONSUMER_URL": listener.public_url,
        "DJANGO_SETTINGS_MODULE": "guiju.project.settings",
        "PYTHONUNBUFFERED": "1",
    }
    if listener.is_behind_proxy:
        environment["GUIJU_TRUSTED_PROXY"] = "1"
    return environment


def _prepare(folder: DataFolder, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        python("-m", "guiju.project.prepare"),
        env={**environment, "GUIJU_MIGRATES": "1"},
        cwd=folder.path,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    if not done.returncode:
        return
    last = (done.stderr.strip().splitlines() or ["没有输出"])[-1]
    if done.returncode != EXPECTED:
        log = folder.path / "log" / "prepare.log"
        log.write_text(done.stderr, "utf-8")
        last = f"数据库没有准备好：{last}（详见 {log}）"
    raise Refused("not_prepared", last)


def _web(folder: DataFolder, listener: Listener, environment: Mapping[str, str]) -> Iterator[Child]:
    for name, label, port in (("web", "网页", listener.port), ("public", "公众网页", listener.public_port)):
        command = python(
            "-m",
            "granian",
            "--interface=wsgi",
            f"--host={listener.host}",
            f"--port={port}",
            "--workers=1",
            f"--blocking-threads={_THREADS}",
            "--respawn-failed-workers",
            "--backlog=1024",
            "--no-ws",
            "--log-level=warning",
        )
        if listener.certificate and listener.key:
            command += [
                f"--ssl-certificate={listener.certificate}",
                f"--ssl-keyfile={listener.key}",
                "--ssl-protocol-min=tls1.2",
            ]
        command.append("guiju.project.wsgi:application")
        own = {
            **environment,
            "GUIJU_LISTENER": "public" if name == "public" else "staff",
            "GUIJU_POOL": str(_CONNECTIONS),
        }
        yield Child(name, label, command, own, folder.path / "log" / f"{name}.log")


def _write_run(
    folder: DataFolder, listener: Listener, supervisor: Supervisor, *, database: str | None = None, server: str = ""
) -> None:
    before = folder.run or {}
    folder.write_run(
        {
            "version": __version__,
            "pid": os.getpid(),
            "url": listener.url,
            "public_url": listener.public_url,
            "local": [_local(listener, listener.port), _local(listener, listener.public_port)],
            "database": database or before.get("database"),
            "server": server or before.get("server"),
            "started": before.get("started") if database is None else datetime.now(UTC).isoformat(),
            "pids": supervisor.pids(),
            "births": supervisor.births(),
        }
    )


def _banner(folder: DataFolder, listener: Listener, seconds: float) -> None:
    click.echo()
    click.secho(f"  规矩 {__version__} 已启动（{seconds:.1f} 秒）" + ("　演示" if folder.is_demo else ""), bold=True)
    click.echo(f"  工作人员：{listener.url}")
    click.echo(f"  公众：　　{listener.public_url}")
    click.echo(f"  数据：　　{folder.path}")
    if folder.is_demo:
        from guiju.project.commands.demo import table_of
        from guiju.project.demo_accounts import accounts_of

        click.echo("\n  演示账号（全部，以及登录要的验证码：guiju demo accounts）")
        for line in table_of(accounts_of(folder)[:8]):
            click.echo(f"    {line}")
    elif not _is_set_up(folder):
        click.echo("\n  还没有初始设置：请另开一个终端运行 guiju setup")
    if waiting := sheets_in(folder.path):
        click.echo(f"\n  恢复单的文件还在 {waiting[0].parent}：请打印、交人保管，然后删除")
    click.echo("\n  Ctrl-C 结束")
    sys.stdout.flush()


def _is_set_up(folder: DataFolder) -> bool:
    run = folder.run or {}
    with psycopg.connect(Database(run["database"], run["server"], folder.secrets).conninfo("app")) as app:
        return bool(app.execute("SELECT EXISTS (SELECT FROM organisations_installation)").fetchone() == (True,))
