"""A file with customers taken in from the command line: streamed from the disk, a transaction for each batch."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils import timezone

from guiju.customers.exports import prepare_errors, write_errors
from guiju.customers.models import CustomerImport
from guiju.customers.services import customer_import as services
from guiju.customers.services.import_files import clean_source, keep_consents, note_dry_run, problems_of
from guiju.customers.services.preparing import prepared_batches
from guiju.customers.services.rows import FileConsent
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import require
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import member_of_token
from guiju.privacy.services.consents import refuse_numbers
from guiju.sheets.tables import OpenedSheet, open_sheet_file

MOST_TOLD = 1000
"""So many rows with problems are told; how many there are stands beside them."""


@dataclass
class FileImport:
    """One file on its way in, as the member of a token; raises `Refused` for one that can't be used."""

    secret: str | None
    code: str
    file: Path
    kind: str
    sheet: str | None
    mapping_file: Path | None
    source: str
    errors: Path | None = None
    _before: list[str] = field(default_factory=list, init=False)

    def run(self, *, dry_run: bool) -> dict[str, Any]:
        """Take the file in, or only judge it; what came of it, as programs read it.

        One that was broken off goes on behind the last batch that is in, as it was decided then.
        """
        member = self._member()
        wanted = self._mapping()
        if self.errors is not None:
            # Before anything comes in: what goes back is told nowhere else with its cells.
            prepare_errors(self.errors)
        with open_sheet_file(self.file, self.sheet) as table:
            with acting(member):
                with self.file.open("rb") as content:
                    digest = hashlib.file_digest(content, "sha256").hexdigest()
                found = services.recognised(
                    table, name=self.file.name, digest=digest, kind=self.kind, actor=member, at=timezone.now()
                )
                self._before = found.notes[len(table.notes) :]
                self._decide(found, wanted, member)
                if not dry_run:
                    found = self._begun_before(found, wanted) or _begun(found)
            problems = self._judge(table, found, member) if dry_run else self._take(table, found, member)
            if dry_run:
                with acting(member):
                    note_dry_run(found, at=timezone.now())
            if self.errors is not None:
                write_errors(self.errors, table, problems)
        return self._told(found, problems, dry_run=dry_run)

    def _member(self) -> Member:
        if not self.secret:
            raise NotAllowed(
                "token_missing", "请用 --token 或环境变量 GUIJU_TOKEN 给出访问令牌（guiju token create 生成）"
            )
        member = member_of_token(self.secret, at=timezone.now())
        with acting(member):
            require(member, "customer.import", on=member.entity_id)
            own = member.entity
        if own.unified_code != self.code.strip().upper():
            raise Refused("entity_other", f"令牌属于{own.name}（{own.unified_code}），不能导入 {self.code} 的客户")
        return member

    def _mapping(self) -> dict[str, Any]:
        if self.mapping_file is None:
            return {}
        try:
            read = json.loads(self.mapping_file.read_text("utf-8"))
        except (ValueError, OSError) as fault:
            raise Refused("mapping_unreadable", f"对应关系“{self.mapping_file.name}”不是 JSON：{fault}") from None
        if not isinstance(read, dict) or set(read) - {"columns", "consents"}:
            raise Refused("mapping_shape", f"对应关系“{self.mapping_file.name}”应有 columns 和 consents 两项")
        return read

    def _decide(self, found: CustomerImport, wanted: dict[str, Any], member: Member) -> None:
        """What a page asks and a person answers: where the columns go, from where, what was consented to."""
        fields = services.fields_for(found.kind, found.entity_id)
        proposed = {str(one["title"]): str(one["target"]) for one in found.titles}
        columns = {str(title): str(target) for title, target in dict(wanted.get("columns", {})).items()}
        if unknown := columns.keys() - proposed.keys():
            raise Refused("column_missing", f"文件里没有这些列：{'、'.join(sorted(unknown))}")
        found.mapping = services.checked_mapping(found.titles, columns or found.mapping, fields)
        main = services.records_of(found.kind)[0]
        if f"{main}.name" not in found.mapping.values():
            raise Refused("name_unmapped", f"没有一列是“{fields[main]['name'].label}”：请用 --mapping 写明")
        found.source = clean_source(self.source, field="consent_source") or f"命令行导入 {self.file.name}"[:200]
        consents = [self._consent(one) for one in wanted.get("consents", [])]
        for one in consents:
            refuse_numbers(one.proof)
        services.refuse_untold(consents, found.entity_id)
        keep_consents(found, [one.kept() for one in consents])
        found.state = CustomerImport.State.RUNNING

    def _begun_before(self, found: CustomerImport, wanted: dict[str, Any]) -> CustomerImport | None:
        """The same file of the same company that didn't come to its end; raises `Refused` where it goes on elsewhere."""
        before = CustomerImport.objects.filter(
            entity_id=found.entity_id,
            file_digest=found.file_digest,
            sheet=found.sheet,
            kind=found.kind,
            state=CustomerImport.State.RUNNING,
        ).order_by("made_at")
        known = before.first()
        if known is None:
            return None
        if known.content:
            raise Refused("import_running", f"“{known.file_name}”正在从页面导入：请在导入客户的页上看它的结果")
        if known.member_id != found.member_id:
            raise Refused("import_of_another", "这份文件是另一位成员导入的，没有导完：请用那位成员的令牌接着导")
        if wanted.get("columns") and known.mapping != found.mapping:
            raise Refused(
                "mapping_differs",
                f"这份文件上次导到第{known.line_done}行，列与字段的对应和这次给的不一样：请给同一份，或不给",
            )
        self._before = [f"上次没有导完，从第{known.line_done}行之后接着导"]
        return known

    def _consent(self, one: Any) -> FileConsent:
        try:
            given = FileConsent.of({"fields": [], "proof": self.source, **one})
        except (KeyError, TypeError, ValueError):
            raise Refused("consent_shape", "consents 的每一项要有 purpose、given_at（带时区的时间）和 proof") from None
        if given.given_at.tzinfo is None or given.given_at > timezone.now():
            raise Refused("consent_time", "given_at 要是带时区的时间，并且不在将来")
        if not given.proof.strip():
            raise Refused("proof_empty", "请用 --consent-source 或 proof 写明同意的凭据")
        return given

    def _take(self, table: OpenedSheet, found: CustomerImport, member: Member) -> dict[str, Any]:
        sentence = ""
        try:
            for lines, prepared in prepared_batches(table, found, member.pk, member.user_id):
                with acting(member):
                    services.import_batch(
                        import_id=found.pk, lines=lines, actor=member, at=timezone.now(), prepared=prepared
                    )
        except Refused as refusal:
            # What came before stays in, and is told with where it broke off.
            sentence = refusal.sentence
        with acting(member):
            services.finish_customer_import(import_id=found.pk, notes=[*self._before, *table.notes], sentence=sentence)
            found.refresh_from_db()
            problems = dict(problems_of(found))
        if sentence:
            raise Refused("file_broken_off", found.outcome)
        return problems

    def _judge(self, table: OpenedSheet, found: CustomerImport, member: Member) -> dict[str, Any]:
        problems: dict[str, Any] = {}
        for lines in services.batches_of(table, after=0):
            with acting(member):
                rows = services.judge_of(found, member, timezone.now()).judge(lines)
            found.rows_seen += len(rows)
            found.rows_taken += sum(row.customer is not None for row in rows)
            found.cells_refused += sum(len(row.problems) for row in rows)
            problems |= {str(row.number): services.told_of(row) for row in rows if row.problems}
        found.outcome = f"{found.rows_seen}行，可以导入{found.rows_taken}位，{found.cells_refused}处要退回"
        found.notes = [*self._before, *table.notes]
        return problems

    @staticmethod
    def _told(found: CustomerImport, problems: dict[str, Any], *, dry_run: bool) -> dict[str, Any]:
        return {
            "import_id": None if dry_run else str(found.pk),
            "rows": found.rows_seen,
            "taken": found.rows_taken,
            "cells_refused": found.cells_refused,
            "outcome": found.outcome,
            "notes": found.notes,
            "mapping": found.mapping,
            "held_back": [
                {"title": one["title"], "why": one["why"]}
                for one in found.titles
                if one["why"] and not found.mapping.get(str(one["title"]))
            ],
            "rows_with_problems": len(problems),
            "problems": {number: told["cells"] for number, told in list(problems.items())[:MOST_TOLD]},
        }


def _begun(found: CustomerImport) -> CustomerImport:
    found.samples = b""
    found.save(force_insert=True)
    return found
