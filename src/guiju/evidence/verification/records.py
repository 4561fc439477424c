"""The rows as they are now, against the newest version that the log knows of each; all versions opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from django.db.models import DateField, DateTimeField, DecimalField, Field, ForeignKey, TimeField, UUIDField
from psycopg import sql

from guiju.evidence.models import GONE
from guiju.evidence.registry import COMMITTED, Committed, spread
from guiju.evidence.sealing import ERASED, Opened, open_version
from guiju.evidence.verification.erasures import check_erasures
from guiju.evidence.verification.findings import Finding, Report, Unchecked
from guiju.kernel.crypto.envelope import Keyring
from guiju.kernel.crypto.sealed import Unsealable
from guiju.kernel.evidence import DIGEST_BYTES, SALT_BYTES, field_digest
from guiju.keys.values import open_values, place_of

_AT_A_TIME = 2000
VERSION = "evidence_revision"


class _Version(NamedTuple):
    id: UUID
    entity_id: UUID
    subject_id: UUID
    number: int
    schema: str
    digests: bytes
    sealed: bytes
    place: int | None
    erased: Sequence[Sequence[str]] | None


class _Row(NamedTuple):
    id: UUID
    values: Sequence[Any]


def check_records(connection: psycopg.Connection[Any], *, ring: Keyring | None, since: int = 0) -> Report:
    """Compare every committed table with its versions; versions before leaf `since` are opened only where
    they are the newest."""
    report = Report()
    if ring is None:
        report.has_keys = False
        report.unchecked.append(
            Unchecked("records", "没有密钥，历史版本打不开：各表现在的内容没有核对，只核对了日志本身")
        )
        return report
    _check_sight(connection, report)
    for committed in COMMITTED.values():
        _Table(connection, report, committed, ring, since).check()
    check_erasures(connection, report)
    known = [committed.subject_type for committed in COMMITTED.values()]
    for kind, count in connection.execute(
        "SELECT subject_type, count(*) FROM evidence_revision WHERE subject_type <> ALL (%s) GROUP BY 1", [known]
    ):
        report.add(
            Finding("version_inserted", VERSION, None, f"{kind} 不是登记过的存证表，却有{count}个版本", "subject_type")
        )
    return report


def _check_sight(connection: psycopg.Connection[Any], report: Report) -> None:
    """Whether the verifier sees every row: real tables, and no policy that hides any from it."""
    names = [committed.model._meta.db_table for committed in COMMITTED.values()]
    rows = connection.execute(
        "SELECT c.relname, c.relkind, c.relrowsecurity, (SELECT array_agg(pg_get_expr(p.polqual, p.polrelid)"
        " || CASE WHEN p.polpermissive THEN '' ELSE ' restrictive' END) FROM pg_policy p"
        " WHERE p.polrelid = c.oid AND (0 = ANY (p.polroles) OR current_user::regrole = ANY (p.polroles)))"
        " FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY (%s)",
        [names],
    ).fetchall()
    may_all = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (True,)
    for name, kind, is_secured, policies in rows:
        if kind != "r" or (is_secured and not may_all and policies != ["true"]):
            report.add(Finding("catalogue_edited", name, None, f"{name} 的表或可见规则被动过：核对看到的可能不是全部"))
    for name in set(names) - {row[0] for row in rows}:
        report.add(Finding("catalogue_edited", name, None, f"{name} 这张表不在了"))


def _plain(field: Field[Any, Any]) -> sql.Composable:
    """A column as `plain_value` spells it, made by the database, which is quicker at it."""
    column = sql.Identifier(str(field.column))
    target = field.target_field if isinstance(field, ForeignKey) else field
    if isinstance(target, UUIDField):
        return sql.SQL("{}::text").format(column)
    if isinstance(target, DateTimeField):
        return sql.SQL("to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')").format(column)
    if isinstance(target, DateField):
        return sql.SQL("to_char({}, 'YYYY-MM-DD')").format(column)
    if isinstance(target, TimeField):
        return sql.SQL("to_char({}, 'HH24:MI:SS.US')").format(column)
    if isinstance(target, DecimalField):
        return sql.SQL("trim_scale({})::text").format(column)
    return column


@dataclass
class _Table:
    connection: psycopg.Connection[Any]
    report: Report
    committed: Committed
    ring: Keyring
    since: int

    def __post_init__(self) -> None:
        self.table = self.committed.model._meta.db_table
        by_name = {field.attname: field for field in self.committed.model._meta.concrete_fields}
        self.columns = {code: str(by_name[code].column) for code in self.committed.columns}
        self.labels = {code: str(by_name[code].verbose_name) for code in self.committed.columns}
        self.again = self.committed.recomputed.columns if self.committed.recomputed else ()
        self.labels |= {code: str(by_name[code].verbose_name) for code in self.again}
        self._select = sql.SQL(", ").join(_plain(by_name[code]) for code in (*self.committed.columns, *self.again))

    def check(self) -> None:
        rows, versions = self._rows(), self._versions()
        row = next(rows, None)
        for subject_id, history in versions:
            while row is not None and row.id < subject_id:
                self._inserted(row)
                row = next(rows, None)
            found = None
            if row is not None and row.id == subject_id:
                found, row = row, next(rows, None)
            self._check_record(subject_id, found, history)
            self.report.records += 1
        while row is not None:
            self._inserted(row)
            row = next(rows, None)

    def _rows(self) -> Iterator[_Row]:
        with self.connection.cursor("guiju_rows", binary=True) as cursor:
            cursor.itersize = _AT_A_TIME
            cursor.execute(sql.SQL("SELECT id, {} FROM {} ORDER BY 1").format(self._select, sql.Identifier(self.table)))
            for found in cursor:
                yield _Row(found[0], found[1:])

    def _versions(self) -> Iterator[tuple[UUID, list[_Version]]]:
        with self.connection.cursor("guiju_histories", binary=True) as cursor:
            cursor.itersize = _AT_A_TIME
            # What waits for its place comes after all that has one; of that, in the order of the queue.
            cursor.execute(
                "SELECT r.id, r.entity_id, r.subject_id, r.number, r.schema, r.digests, r.sealed, l.index,"
                " gone.codes FROM evidence_revision r LEFT JOIN evidence_leaf l ON l.entry_id = r.entry_id"
                " LEFT JOIN (SELECT revision_id, jsonb_agg(codes) AS codes FROM evidence_erased GROUP BY 1) gone"
                " ON gone.revision_id = r.id"
                " LEFT JOIN evidence_pending p ON p.entry_id = r.entry_id WHERE r.subject_type = %s"
                " ORDER BY r.subject_id, l.index NULLS LAST, p.serial, r.position",
                [self.committed.subject_type],
            )
            for subject_id, history in groupby(map(_Version._make, cursor), key=lambda version: version.subject_id):
                yield subject_id, list(history)

    def _find(
        self, kind: str, pk: UUID, words: str, *, field: str | None = None, version: _Version | None = None
    ) -> None:
        table, key = (VERSION, version.id) if kind.startswith("version") and version else (self.table, pk)
        index = version.place if version else None
        self.report.add(Finding(kind, table, str(key), words, field, index))

    def _inserted(self, row: _Row) -> None:
        self._find(
            "row_inserted", row.id, f"有一份“{self.committed.label}”没有存证：是绕过程序写进去的，或它的版本被删去"
        )

    def _check_record(self, subject_id: UUID, row: _Row | None, history: Sequence[_Version]) -> None:
        contents: list[Opened | None] = []
        last: dict[UUID, int] = {}
        for version in history:
            is_newest = version is history[-1]
            if version.number != last.get(version.entity_id, 0) + 1:
                self._find(
                    "version_edited",
                    subject_id,
                    "版本号不是连着的：版本被删去，或次序被动过",
                    field="number",
                    version=version,
                )
            last[version.entity_id] = version.number
            known = version.place is None or version.place >= self.since
            contents.append(self._opened(version) if is_newest or known or row is None else None)
        newest, content = history[-1], contents[-1]
        if newest.schema.endswith(f"/{GONE}"):
            if row is not None:
                self._find(
                    "row_inserted", subject_id, f"有一份“{self.committed.label}”已经删除，又出现了", version=newest
                )
            return
        if row is None:
            self._find(
                "row_deleted",
                subject_id,
                f"有一份“{self.committed.label}”不见了，日志里没有删除它的条目",
                version=newest,
            )
            return
        if content is not None:
            self._compare(subject_id, row, history, contents)

    def _opened(self, version: _Version) -> Opened | None:
        """The content of a version that fits its digests; None (and a finding) for any other."""
        fields = len(version.digests) // DIGEST_BYTES
        try:
            content = open_version(self.ring, version.entity_id, version.id, version.sealed, fields=fields)
        except (Unsealable, ValueError):
            self._find(
                "version_edited",
                version.subject_id,
                "历史版本的密文打不开：被改过，或密钥不是封存时的那一把",
                field="sealed",
                version=version,
            )
            return None
        salts, digests = content.salts, version.digests
        if len(content.values) != fields:
            self._find(
                "version_edited", version.subject_id, "历史版本的字段数与摘要不符", field="digests", version=version
            )
            return None
        reached = b"".join(
            field_digest(salt, code, value)
            if (salt := salts[at : at + SALT_BYTES]) != ERASED
            else digests[2 * at : 2 * at + DIGEST_BYTES]
            for at, (code, value) in zip(range(0, len(salts), SALT_BYTES), content.values.items(), strict=True)
        )
        if reached != digests:
            self._find(
                "version_edited", version.subject_id, "历史版本的内容与它的摘要不符", field="digests", version=version
            )
            return None
        self._check_erased(version, content)
        return content

    def _check_erased(self, version: _Version, content: Opened) -> None:
        """What is gone is gone by an erasure that the log knows, and what an erasure took is gone."""
        if not version.erased and ERASED not in content.salts:
            return
        gone = {code for code in content.values if content.salt_of(code) == ERASED}
        told = {code for codes in version.erased or () for code in codes}
        if lost := sorted(gone - told):
            words = f"历史版本的“{self._label(lost[0])}”被删去，没有销毁登记"
            self._find("version_edited", version.subject_id, words, field="sealed", version=version)
        if back := sorted(told - gone):
            words = f"历史版本的“{self._label(back[0])}”已登记删除，值还在"
            self._find("version_edited", version.subject_id, words, field="sealed", version=version)
        self.report.erased += len(gone & told)

    def _compare(
        self, subject_id: UUID, row: _Row, history: Sequence[_Version], contents: Sequence[Opened | None]
    ) -> None:
        newest = contents[-1]
        assert newest is not None
        now = self._committed_values(row, history[-1].entity_id)
        if now is None:
            return
        differing = _differing(now, newest)
        if not differing:
            self._check_derived(subject_id, row, history[-1], now)
            return
        for version, content in zip(reversed(history[:-1]), reversed(contents[:-1]), strict=True):
            earlier = content or self._opened(version)
            if earlier is not None and not _differing(now, earlier) and not version.schema.endswith(f"/{GONE}"):
                words = f"有一份“{self.committed.label}”被退回到第{version.number}版，日志里最新的是第{history[-1].number}版"
                for column in self._columns_of(differing):
                    self._find("row_rolled_back", subject_id, words, field=column, version=history[-1])
                return
        for code in differing:
            words = f"有一份“{self.committed.label}”的“{self._label(code)}”与第{history[-1].number}版存证的内容不同"
            self._find("row_edited", subject_id, words, field=self.columns[code.partition(".")[0]], version=history[-1])

    def _check_derived(self, subject_id: UUID, row: _Row, version: _Version, now: dict[str, Any]) -> None:
        """What can be computed from the row is what stands beside it: by a wrong index nobody is found, or somebody else."""
        if self.committed.recomputed is None:
            return
        stored = dict(zip(self.again, row.values[len(self.committed.columns) :], strict=True))
        wanted = dict(zip(self.again, self.committed.recomputed.of(self.ring, version.entity_id, now), strict=True))
        unfilled = self.committed.recomputed.unfilled
        if all(stored[code] == value for code, value in unfilled.items()):
            wanted |= unfilled
        for code, value in wanted.items():
            if stored[code] != value:
                words = f"有一份“{self.committed.label}”的“{self.labels[code]}”与由内容算出来的不同"
                self._find("row_edited", subject_id, words, field=code, version=version)

    def _committed_values(self, row: _Row, entity_id: UUID) -> dict[str, Any] | None:
        """The row as a version of it would be; None (and a finding) where values can't be read."""
        by_column = dict(zip(self.committed.columns, row.values, strict=False))
        now = {code: by_column[code] for code in self.committed.fields}
        for column in self.committed.spread:
            if not isinstance(by_column[column], dict):
                words = f"有一份“{self.committed.label}”的“{self.labels[column]}”不是存证时的样子：里面没有各项内容了"
                self._find("row_edited", row.id, words, field=column)
                return None
            now |= spread(column, by_column[column])
        for column in self.committed.sealed:
            place = place_of(self.table, column, row.id)
            try:
                values = open_values(self.ring, bytes(by_column[column]), entity=entity_id, place=place)
            except Unsealable:
                words = f"有一份“{self.committed.label}”的密文打不开：被改过，或密钥不是封存时的那一把"
                self._find("row_edited", row.id, words, field=column)
                return None
            now |= spread(column, values)
        return now

    def _columns_of(self, codes: Sequence[str]) -> list[str]:
        return list(dict.fromkeys(self.columns[code.partition(".")[0]] for code in codes))

    def _label(self, code: str) -> str:
        column, _, name = code.partition(".")
        return f"{self.labels.get(column, '原因')} {name}".strip()


def _differing(now: dict[str, Any], content: Opened) -> list[str]:
    """Codes whose value is not the committed one; what was erased or is not in that schema can't be compared."""
    wrong = [code for code, value in content.values.items() if (code in now or "." in code) and now.get(code) != value]
    more = [code for code in now if "." in code and code not in content.values]
    return [code for code in wrong if content.salt_of(code) != ERASED] + more
