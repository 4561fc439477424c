"""What is written about the code agrees with it: features, API, where to find things."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from tools import cli_words, generated

SOURCE = generated.ROOT / "src" / "guiju"
FEATURES = generated.features()

RECORDED_AS = {
    "answer_by_link": "privacy.answer_link",
    "send_link_code": "notifications.post_code",
    "care_for_complaints": "complaints.begin",
    "care_for_causes": "complaints.weigh_causes",
    "propose_cause": "complaints.begin",
    "put_duty": "deadlines.add_duty",
    "open_again": "complaints.measure_effect",
    "start_clocks": "deadlines.add_duty",
    "answer_group": "complaints.answer_complaint",
    "start_clock": "deadlines.add_duty",
    "send_phone_code": "notifications.post_code",
    "send_finding_code": "notifications.post_code",
    "hand_over_to_door": None,
    "run_company_import": "organisations.register_company",
    "preview_company_import": None,
    "accept_company_import": None,
    "drop_company_import": None,
    "open_intake": None,
    "open_sync": None,
    "preview_intake": None,
    "accept_intake": None,
    "drop_intake": None,
    "run_intake": None,
    "expire_approvals": "work.expire_approval",
    "escalate_overdue": "work.escalate_task",
    "open_rights_reviews": "access.open_rights_review",
    "give_task": None,
    "sign_out": None,
    "end_own_session": None,
    "ask_verification": "evidence.keep_verification",
    "register_witness": None,
    "review_ad": None,
    "review_clause": None,
    "classify_column": None,
    "start_duty": "deadlines.add_duty",
    "post_notice": "deadlines.keep_signals",
    "read_notice": None,
    "read_all": None,
    "choose_preference": None,
    "send_code": "notifications.post_code",
    "check_code": None,
    "record_customer_consent": "privacy.record_consent",
    "record_contact_consent": "privacy.record_consent",
    "withdraw_contact_consent": "privacy.withdraw_consent",
    "open_attachment": "organisations.unmask_field",
    "note_opening": "organisations.unmask_field",
    "dispose_attachment": "archives.propose_disposal",
    "take_out": "organisations.note_export",
    "open_customer_import": None,
    "accept_customer_import": None,
    "drop_customer_import": None,
    "import_batch": "customers.import_customers",
    "look_into_pool": None,
    "look_through_pool": None,
    "rename_tag": "customers.retag_many",
    "merge_many": "customers.merge_customers",
    "preview_table_import": None,
    "map_table_import": None,
    "choose_table_sheet": None,
    "choose_sheet": None,
    "try_customer_import": None,
    "undo_table_import": None,
    "run_table_undo": "orders.undo_import",
    "accept_table_import": None,
    "drop_table_import": None,
    "run_table_import": "orders.import_orders",
    "start_refund": "orders.return_order",
    "let_go_of_files": None,
    "finish_customer_import": None,
    "withdraw_customer_consent": "privacy.withdraw_consent",
    "undo_batch": "customers.undo_import",
    "ask_wanted": "privacy.ask_consent",
    "decide_disposal": "work.decide_approval",
    "propose_over": "archives.propose_disposal",
    "note_dry_run": None,
    "let_go_of_imports": None,
    "end_every_minor_access": "safekeeping.replay",
    "delete_withdrawn": "archives.propose_disposal",
    "keep_master_change": "safekeeping.change_master",
    "tell_waiting": "privacy.tell_hearers",
}
"""Features whose entry bears another name, or that change nothing the log commits to."""


WITHOUT_A_DOOR = {
    "expire_approvals": "the clock",
    "care_for_complaints": "the worker, twice a second",
    "care_for_causes": "the worker, twice a second",
    "propose_cause": "what comes in",
    "agree_to_review": "the page 待办, by another person",
    "refuse_review": "the page 待办, by another person",
    "put_duty": "tasks of rectification, by themselves",
    "open_again": "the worker, when an effect isn't shown or a cause comes back",
    "answer_task": "the public page of a task, by link and code",
    "start_clocks": "what comes in",
    "set_limit": "the page 审批额度",
    "add_route": "the page 分派规则",
    "put_snippet": "the page 常用语",
    "answer_group": "the page of a group",
    "start_clock": "what comes in, and what is opened again",
    "receive_complaint": "the public page 投诉 and POST /api/v1/public/{entity}/complaints",
    "say_more": "the public page of a complaint",
    "agree_to_answer": "the public page of a complaint",
    "rate_handling": "the public page of a complaint",
    "send_phone_code": "the public page of a complaint",
    "verify_phone": "the public page of a complaint",
    "send_file": "the public page of a complaint, and POST /api/v1/public/complaints/{number}/files",
    "send_finding_code": "the public page 查投诉进度",
    "find_own_complaint": "the public page 查投诉进度",
    "escalate_overdue": "the clock",
    "open_rights_reviews": "the clock",
    "ask_approval": "services of other parts, each with a page of its own",
    "give_task": "services of other parts",
    "preview_intake": "the worker, after a list is opened",
    "run_intake": "the worker, after a list is accepted",
    "ask_verification": "the page 核对记录",
    "start_duty": "services of other parts",
    "post_notice": "services of other parts",
    "send_code": "public pages of other parts",
    "check_code": "public pages of other parts",
    "open_feed": "the page 订阅期限",
    "end_feed": "the page 订阅期限",
    "take_receipts": "the gateway, at the public listener",
    "record_consent": "the pages of a customer",
    "note_opening": "the page of a sensitive file",
    "take_out": "the pages of lists with people in them, and guiju export customers|orders|opportunities",
    "preview_table_import": "the pages 导入订单 and 导入产品与服务, and guiju import orders|products",
    "accept_table_import": "the page of an import",
    "run_table_import": "the worker, after an import is accepted",
    "run_table_undo": "the worker, after an import is to be taken back",
    "try_customer_import": "the page of an import",
    "start_refund": "the return of an order",
    "let_go_of_files": "the clock",
    "open_customer_import": "the page 导入客户, and guiju import customers",
    "accept_customer_import": "the page of an import",
    "import_batch": "the worker, after a file is accepted",
    "undo_batch": "the worker, after an import is to be taken back",
    "look_into_pool": "the page of a customer in the pool",
    "look_through_pool": "the list of the pool",
    "release_neglected": "the clock",
    "assign_many": "the list of customers",
    "tag_many": "the list of customers",
    "release_many": "the list of customers",
    "finish_customer_import": "the worker, after the last batch",
    "remind_of_follow_ups": "the clock",
    "answer_link": "the public page of a link",
    "answer_by_link": "the public page of a link",
    "send_link_code": "the public page of a link",
    "answer_invitation": "the public page of an invitation",
    "open_link": "the public page of a link",
    "withdraw_by_link": "the public page of a link",
    "withdraw_by_phone": "the public page of one's own consents",
    "refuse_by_phone": "the public page of one's own consents",
    "withdraw_consent": "the pages of a customer",
    "change_recovery_key": "guiju setup and guiju keys sheets, by the operating system's account",
    "change_data_key": "guiju keys rotate, by the operating system's account",
    "end_key_change": "the worker, after nothing is left under the earlier key",
    "keep_master_change": "guiju keys rotate --master, by the operating system's account",
    "ask_minor_access": "the page 申请查看未成年人信息, of all or from a customer",
    "note_lookup": "whoever searches by a number that they see masked",
    "note_minors_seen": "whoever reads of minors in the clear",
    "keep_drill": "guiju backup drill, by the operating system's account",
    "ask_about_over": "the clock",
    "note_dry_run": "guiju import customers --dry-run",
    "let_go_of_imports": "the clock",
    "end_every_minor_access": "guiju backup restore, before anybody signs in",
    "settle_restored": "guiju backup restore, before anybody signs in",
    "hold_back_pending": "guiju backup restore, before anybody signs in",
    "end_all_access": "guiju backup restore, before anybody signs in",
    "carry_out_disposal": "the worker, after two people decided",
    "note_provided": "whoever reads of people of another company",
    "leave_message": "the public page of one's own consents",
    "tell_hearers": "whatever ends a consent, refuses, freezes or destroys, after its commit",
    "tell_waiting": "the clock",
    "carry_on_cleanup": "the worker, after a search or a freezing of more than one batch began",
}
"""Features that nobody calls by hand, and what does."""


def test_the_list_of_features_is_current() -> None:
    assert generated.FEATURES.read_text("utf-8") == generated.features_page(), "run make docs"


def test_the_description_of_the_api_is_current() -> None:
    assert generated.OPENAPI.read_text("utf-8") == generated.openapi_text(), "run make docs"


@pytest.mark.parametrize("feature", FEATURES, ids=lambda one: one.slug)
def test_a_feature_can_be_reached_recorded_and_is_tested(feature: generated.Feature) -> None:
    assert feature.web or feature.api or feature.cli or feature.slug in WITHOUT_A_DOOR
    action = RECORDED_AS.get(feature.slug, f"{feature.part}.{feature.slug}")
    assert action is None or f'"{action}"' in written(of_tests=False)
    assert feature.slug in written(of_tests=True)


@cache
def written(*, of_tests: bool) -> str:
    """All that stands in the sources, or in the tests beside them."""
    return "\n".join(path.read_text("utf-8") for path in SOURCE.rglob("*.py") if ("tests" in path.parts) is of_tests)


def test_the_words_of_the_command_line_are_current() -> None:
    assert cli_words.TARGET.read_bytes() == cli_words.catalogue(), "run make docs"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "没有 nonsense 这个命令"),
        (["up", "--nope"], "没有 --nope 这个选项"),
        (["up", "--port", "abc"], "abc 不是整数"),
        (["up", "--port", "70000"], "70000 不在范围"),
        (["check", "ads"], "缺少参数"),
        (["check", "ads", "x", "--date", "heute"], "heute 的写法不对"),
        (["check", "ads", "x", "--format", "xml"], "xml 不在可填的之中"),
        (["up", "--tls-cert", "/nowhere"], "没有 /nowhere 这个文件"),
        (["token", "create", "--help"], "显示这段说明"),
        (["company", "--help"], "用法"),
    ],
)
def test_the_command_line_speaks_chinese_only(arguments: list[str], words: str) -> None:
    said = subprocess.run([Path(sys.executable).with_name("guiju"), *arguments], capture_output=True, text=True)
    spoken = said.stdout + said.stderr
    assert words in spoken
    assert not re.search(r"Usage|Error|Missing|Invalid|Show this|No such", spoken)


def test_every_operation_says_in_chinese_what_it_does() -> None:
    for method, path, function in generated.operations():
        assert any("\u4e00" <= letter <= "\u9fff" for letter in function.__doc__ or ""), f"{method} {path}"


def test_every_command_says_what_it_does() -> None:
    for line, command in generated.commands():
        assert command.help, line


@pytest.mark.parametrize("path", sorted([*generated.ROOT.glob("benchmarks/*.py"), *generated.ROOT.glob("tools/*.py")]))
def test_every_tool_and_measurement_can_still_be_started(path: Path) -> None:
    """They run seldom, so that a renamed function would be noticed late."""
    if path.name not in {"__main__.py", "__init__.py"}:
        importlib.import_module(f"{path.parent.name}.{path.stem}")


def test_no_file_is_two_subjects() -> None:
    long = {path.name: count for path in SOURCE.rglob("*.py") if (count := lines_of(path)) > 500}
    # It goes to outsiders as one file, and is read from top to bottom.
    assert set(long) == {"verify.py"}


def lines_of(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())
