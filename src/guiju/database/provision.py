"""Database roles and the database itself, made by an administrator's connection.

Roles are named after the database, so that several installations can share one server:

- `_owner` owns every table and runs migrations; row-level security is forced on it too;
- `_app` is what web, worker and command line use;
- `_sequencer` gives log entries their place; `_verifier` reads; `_replicator` copies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from guiju.kernel.errors import Refused

ROLES = ("owner", "app", "sequencer", "verifier", "replicator")
OLDEST_VERSION = 150000


def role_name(database: str, role: str) -> str:
    """`guiju_app` for database `guiju` and role `app`."""
    return f"{database}_{role}"


@dataclass(frozen=True)
class Database:
    """Where the data is and how each role signs in.

    Roles are named after the database, unless a copy is to share those of another (`named_after`).
    """

    name: str
    administrator: str
    passwords: Mapping[str, str]
    named_after: str = ""

    def role(self, role: str) -> str:
        return role_name(self.named_after or self.name, role)

    def conninfo(self, role: str) -> str:
        if role == "superuser":
            return make_conninfo(self.administrator, dbname=self.name)
        return make_conninfo(
            self.administrator,
            dbname=self.name,
            user=self.role(role),
            password=self.passwords[role],
        )

    def without_sign_in(self) -> str:
        """The server and database as a URL, for those who know their own user and password."""
        parts = conninfo_to_dict(make_conninfo(self.administrator, dbname=self.name))
        return url_of({key: value for key, value in parts.items() if key not in {"user", "password"}})

    def url(self, role: str) -> str:
        """The connection of a role as a URL, for programs that want one."""
        return url_of(conninfo_to_dict(self.conninfo(role)))


def url_of(parts: dict[str, Any]) -> str:
    """A connection URL of these parts; a socket's folder goes into the query."""
    parts = dict(parts)
    user, password = parts.pop("user", None), parts.pop("password", None)
    host, port, name = str(parts.pop("host", None) or ""), parts.pop("port", None), parts.pop("dbname")
    sign_in = "" if user is None else quote(str(user), safe="")
    if password is not None:
        sign_in += ":" + quote(str(password), safe="")
    query = {key: value for key, value in parts.items() if value is not None}
    place = ""
    if host.startswith("/"):
        query["host"] = host
        if port:
            query["port"] = port
    else:
        place = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    return f"postgresql://{sign_in}{'@' if sign_in else ''}{place}/{quote(str(name), safe='')}" + (
        # libpq reads %20 as a blank, and + as a plus.
        f"?{urlencode(query, quote_via=quote)}" if query else ""
    )


def database_of(url: str) -> str:
    """The name of the database in an administrator's URL; raises `Refused` for one that is no URL."""
    try:
        name = conninfo_to_dict(url).get("dbname")
    except psycopg.ProgrammingError:
        raise Refused("database_url", "DATABASE_URL 读不懂，应像 postgresql://admin:口令@127.0.0.1/guiju") from None
    if not name:
        raise Refused("database_url", "DATABASE_URL 没有写数据库名，例如 postgresql://admin@127.0.0.1/guiju")
    return str(name)


def provision(database: Database, *, ours: bool) -> None:
    """Make roles, database and rights where they are missing; running it again changes nothing.

    `ours` is true for the embedded server: there the database may be created and role passwords
    set to the ones in the data folder. On a server that others run, a role that exists with
    another password is refused, because it may serve another installation.
    """
    if ours:
        with _connect(make_conninfo(database.administrator, dbname="postgres")) as admin:
            _make_roles(admin, database, reset_passwords=True)
            exists = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database.name]).fetchone()
            if not exists:
                admin.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(database.name), sql.Identifier(database.role("owner"))
                    )
                )
    with _connect(database.conninfo("superuser")) as admin:
        if admin.info.server_version < OLDEST_VERSION:
            raise Refused(
                "database_version",
                f"数据库是 PostgreSQL {admin.info.server_version // 10000}，需要 {OLDEST_VERSION // 10000} 或更新的版本",
            )
        if not ours:
            _make_roles(admin, database, reset_passwords=False)
            _check_passwords(database)
        _grant(admin, database)
        _let_keys_be_used(admin)


def _let_keys_be_used(admin: psycopg.Connection) -> None:
    """Let an index answer what a JSON value contains, also where row-level security holds.

    PostgreSQL asks the policy of every row first, unless the comparison is known not to tell anything of the rows
    that it refuses; of this one that is so, but only a superuser may say it. Without, the same is found by a scan.
    """
    known = admin.execute(
        "SELECT proleakproof, current_setting('is_superuser') FROM pg_proc"
        " WHERE oid = 'pg_catalog.jsonb_contains(jsonb, jsonb)'::regprocedure"
    ).fetchone()
    if known == (False, "on"):
        admin.execute("ALTER FUNCTION pg_catalog.jsonb_contains(jsonb, jsonb) LEAKPROOF")


def _connect(conninfo: str) -> psycopg.Connection:
    try:
        return psycopg.connect(conninfo, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as failure:
        reason = str(failure).strip().splitlines()[-1]
        raise Refused("database_unreachable", f"连不上数据库（DATABASE_URL）：{reason}") from failure


def _make_roles(admin: psycopg.Connection, database: Database, *, reset_passwords: bool) -> None:
    for role in ROLES:
        name = database.role(role)
        exists = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
        if exists and not reset_passwords:
            continue
        statement = sql.SQL("{verb} ROLE {name} LOGIN {replication} PASSWORD {password}").format(
            verb=sql.SQL("ALTER" if exists else "CREATE"),
            name=sql.Identifier(name),
            replication=sql.SQL("REPLICATION" if role == "replicator" and reset_passwords else ""),
            # Digested here: with log_statement set, the server would write the password into its log.
            password=sql.Literal(
                admin.pgconn.encrypt_password(
                    database.passwords[role].encode(), name.encode(), b"scram-sha-256"
                ).decode()
            ),
        )
        try:
            admin.execute(statement)
        except errors.InsufficientPrivilege:
            raise Refused(
                "database_rights",
                f"DATABASE_URL 的用户不能建立角色 {name}：请授予它 CREATEROLE，或换用管理员的连接",
            ) from None


def _check_passwords(database: Database) -> None:
    for role in ROLES:
        try:
            psycopg.connect(database.conninfo(role), connect_timeout=10).close()
        except psycopg.OperationalError as failure:
            raise Refused(
                "database_role_taken",
                f"数据库角色 {database.role(role)} 已存在且口令不同：它属于另一套安装；"
                "请用那套安装的数据文件夹，或换一个数据库名"
                f"（{str(failure).strip().splitlines()[-1]}）",
            ) from failure


def _grant(admin: psycopg.Connection, database: Database) -> None:
    # A GRANT of somebody who may not grant is a warning and not an error, so we ask first.
    owns = admin.execute(
        "SELECT pg_has_role(current_user, datdba, 'USAGE') FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    if owns != (True,):
        raise Refused(
            "database_rights", f"DATABASE_URL 的用户不是数据库 {database.name} 的所有者，不能授权：请换用所有者的连接"
        )
    name = sql.Identifier(database.name)
    roles = {role: sql.Identifier(database.role(role)) for role in ROLES}
    admin.execute(sql.SQL("GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {} TO {}").format(name, roles["owner"]))
    admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    admin.execute(sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
    admin.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {}").format(roles["owner"]))
    for role in ROLES[1:]:
        admin.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, roles[role]))
        admin.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(roles[role]))
