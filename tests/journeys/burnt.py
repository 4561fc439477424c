"""A demo with a past of which only the backup and the sheets are left, for the tests of `guiju backup restore`.

Run as a program on the data folder of GUIJU_DATA, it does what happened before and after a moment, and tells what is
there afterwards.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from tests.journeys.running import ROOT_HOME, Running, environment, guiju, remove

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Burnt:
    """What is left, and what one knows of what was."""

    top: Path
    target: Path
    sheets: list[str]
    short: str
    moment: datetime
    ids: dict[str, str]
    drill: dict[str, Any]

    @property
    def cluster(self) -> Path:
        return ROOT_HOME / self.short

    def clear(self) -> None:
        """The machine is empty again."""
        if os.geteuid() == 0:
            shutil.rmtree(self.cluster, ignore_errors=True)

    def restore(self, data: Path, *options: str, where: Path | str | None = None, **more: Any) -> Any:
        sheets = more.pop("GUIJU_SHEETS", ",".join(self.sheets[:2]))
        words = [str(where or self.target), "--data", str(data), "--old-is-gone", *options]
        return guiju("backup", "restore", *words, GUIJU_SHEETS=sheets, **more)

    def copied(self, name: str) -> Path:
        """The target again, for a test that does it harm."""
        shutil.copytree(self.target, self.top / name)
        return self.top / name


def told(folder: Path, what: str, **given: str) -> dict[str, Any]:
    """What this program says about the installation that runs on a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.burnt", what, json.dumps(given)],
        env=environment(GUIJU_DATA=str(folder)),
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


def listed(running: Running) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(running.command("backup", "list", "--format", "json").stdout)
    return answer


def reaches(running: Running, moment: datetime) -> bool:
    newest = listed(running)["until"]
    return newest is not None and datetime.fromisoformat(newest) > moment


def sheets_in(folder: Path) -> list[str]:
    """As somebody copies them off the paper."""
    typed = []
    for path in sorted(folder.glob("*.pdf")):
        text = "".join(PdfReader(path).pages[0].extract_text().split())
        lines = text[text.index("第1行") + 3 : text.index("怎样用")]
        typed.append(lines.replace("第2行", "-").replace("第3行", "-"))
    return typed


@contextmanager
def burnt() -> Iterator[Burnt]:
    top = Path(tempfile.mkdtemp(prefix="规矩 恢复 "))
    try:
        left = _what_is_left(top)
        left.clear()
        yield left
        left.clear()
    finally:
        remove(top)


def _what_is_left(top: Path) -> Burnt:
    demo = Running(top / "demo")
    demo.start()
    # The key of the log is made after the first full backup began: a second one follows and holds it.
    until(lambda: len(listed(demo)["fulls"]) > 1)
    ids = told(demo.folder, "before")
    time.sleep(0.1)
    moment = datetime.now(UTC)
    time.sleep(0.1)
    told(demo.folder, "after", **ids)
    end = datetime.now(UTC)
    until(lambda: reaches(demo, end))
    drill = json.loads(demo.command("backup", "drill", "--format", "json").stdout)
    assert "还没有到演练的日子" in demo.command("backup", "drill", "--if-due").stderr
    end = datetime.now(UTC)
    until(lambda: reaches(demo, end))
    sheets = sheets_in(demo.folder / "sheets")
    demo.stop()
    target = top / "备份 盘"
    (demo.folder / "backups").rename(target)
    short = json.loads((demo.folder / "instance.json").read_text())["id"].replace("-", "")[-12:]
    return Burnt(top, target, sheets, short, moment, ids, drill)


def _django() -> None:
    from guiju.project.commands.folder_option import use_folder
    from guiju.project.folder import open_folder

    use_folder(open_folder(Path(os.environ["GUIJU_DATA"])))


def _people() -> tuple[Any, Any, Any]:
    from guiju.database.scope import scope
    from guiju.organisations.models import Member
    from guiju.organisations.permissions import required_root

    root = required_root()
    with scope(trees={root}):
        found = {
            one.user.username: one
            for one in Member.objects.select_related("user", "entity").filter(
                user__username__in=("sales.food", "system.admin", "security.admin")
            )
        }
    return found["sales.food"], found["system.admin"], found["security.admin"]


def before(given: dict[str, str]) -> dict[str, str]:
    """A customer with two phones, who consents to marketing; a customer's notice that waits for its channel."""
    from guiju.customers.services.customers import add_customer, change_customer
    from guiju.customers.services.intake import How
    from guiju.database.scope import scope
    from guiju.evidence.services import Act
    from guiju.notifications.models import Notice
    from guiju.notifications.services import Contact, NewNotice, post_notice
    from guiju.notifications.services.codes import CODE
    from guiju.organisations.selectors import acting
    from guiju.organisations.services.tokens import create_token
    from guiju.organisations.tests.factories import join
    from guiju.privacy.models import Consent
    from guiju.privacy.services.consents import GivenConsent
    from guiju.privacy.terms import Channel

    sales, admin, security = _people()
    at = datetime.now(UTC)
    for role, name in (("data_officer", "restore.shuju"), ("archivist", "restore.dangan")):
        join(sales.entity, role, name, admin, security)
    with acting(sales):
        how = How(consents=[GivenConsent("marketing", Channel.PAPER, "同意书 0001 号", at)])
        values = {"name": "恢复测试", "phone": "13800138123"}
        made = add_customer(kind="person", values=values, how=how, actor=sales, at=at, is_another=True).customer
        change_customer(customer_id=made.pk, values={"phone": "13900139123"}, how=How(), actor=sales, at=at)
        token = create_token(member=sales, name="脚本", days=30, at=at)
    with scope(entities={sales.entity_id}):
        words = dict.fromkeys(CODE.variables, "1")
        wanted = NewNotice(CODE.code, sales.entity_id, "restore:1", words, contact=Contact("某人", "13800138123"))
        notice = post_notice(wanted, Act("notifications.post_notice", None, at))
        Notice.objects.filter(pk=notice.pk).update(state="waiting", due_at=datetime(2099, 1, 1, tzinfo=UTC))
        consent = Consent.objects.get(subject_id=made.subject_id)
    return {
        "customer": str(made.pk),
        "subject": str(made.subject_id),
        "consent": str(consent.pk),
        "notice": str(notice.pk),
        "token": token,
    }


def after(given: dict[str, str]) -> dict[str, str]:
    """The phone is destroyed by two people, the consent is withdrawn, an address refuses; something new comes in."""
    from uuid import UUID

    from guiju.archives.registry import Target
    from guiju.archives.services.disposals import propose_disposal
    from guiju.customers.services.customers import add_customer
    from guiju.customers.services.intake import How
    from guiju.database.scope import scope
    from guiju.evidence.services import Act
    from guiju.organisations.models import Member
    from guiju.organisations.selectors import acting
    from guiju.privacy.models import Refusal
    from guiju.privacy.services.consents import withdraw_consent
    from guiju.privacy.services.refusals import write_refusal
    from guiju.work.models import Approval
    from guiju.work.services.approvals import decide_approval

    sales, _, _ = _people()
    at = datetime.now(UTC)
    with scope(entities={sales.entity_id}, trees={sales.entity_id}):
        officer, second = (
            Member.objects.select_related("user", "entity").get(user__username=name)
            for name in ("restore.shuju", "restore.dangan")
        )
    with acting(officer):
        made = propose_disposal(
            entity_id=officer.entity_id,
            targets=[Target(UUID(given["subject"]), ("person.phone",))],
            basis="withdrawn",
            reason="客户要求删除，已核对身份",
            actor=officer,
            at=at,
        )
        withdraw_consent(consent_id=UUID(given["consent"]), actor=officer, at=at)
    with acting(second):
        approval = Approval.objects.get(subject_id=made.pk)
        decide_approval(approval_id=approval.pk, allows=True, note="核对过", actor=second, at=at)
    with acting(sales):
        write_refusal(
            ["13800138999"],
            entity_id=sales.entity_id,
            way=Refusal.Way.STAFF,
            act=Act("customers.refuse_by_phone", sales, at),
        )
        values = {"name": "后来的人", "phone": "13800138555"}
        add_customer(kind="person", values=values, how=How(), actor=sales, at=at, is_another=True)
    return {}


def look(given: dict[str, str]) -> dict[str, Any]:
    """What is there of all that."""
    from guiju.accounts.models import Session
    from guiju.customers.models import Customer
    from guiju.customers.values import values_of
    from guiju.database.scope import scope
    from guiju.evidence.selectors import history_of
    from guiju.kernel.errors import NotAllowed
    from guiju.notifications.models import Notice
    from guiju.organisations.services.tokens import member_of_token
    from guiju.privacy.models import Consent, Refusal
    from guiju.safekeeping.models import Restoration

    sales, admin, _ = _people()
    try:
        member_of_token(given["token"], at=datetime.now(UTC))
        token = "works"
    except NotAllowed:
        token = "ended"
    with scope(entities={sales.entity_id, admin.entity_id}):
        customer = Customer.objects.get(pk=given["customer"])
        versions = [(change.old, change.new) for one in history_of(customer) for change in one.changes]
        [done] = Restoration.objects.order_by("-restored_at")[:1]
        return {
            "kept": f"{values_of(customer)} {versions}",
            "consent": Consent.objects.get(pk=given["consent"]).ending,
            "refusals": Refusal.objects.count(),
            "later": Customer.objects.filter(name="后来的人").count(),
            "notice": Notice.objects.get(pk=given["notice"]).state,
            "sessions": Session.objects.count(),
            "token": token,
            "replayed": done.replayed,
            "without_replay": done.without_replay,
            "left_size": done.left_size,
        }


if __name__ == "__main__":
    _django()
    print(json.dumps({"before": before, "after": after, "look": look}[sys.argv[1]](json.loads(sys.argv[2]))))
