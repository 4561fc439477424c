"""The API keeps what its description promises, whatever is sent (schemathesis against the running demo)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.running import Running, ask, environment

CASES = 200 if os.environ.get("GUIJU_PROVE") else 15
"""Generated calls for each operation."""


@pytest.mark.prove
@pytest.mark.parametrize("user", ["system.admin", "compliance"])
def test_every_answer_is_described(running: Running, tmp_path: Path, user: str) -> None:
    ran = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            "run",
            Path(__file__).parents[2] / "docs" / "openapi.json",
            f"--url={running.url}",
            f"--header=Authorization: Bearer {running.token(user)}",
            f"--max-examples={CASES}",
            "--seed=20261124",
            "--suppress-health-check=all",
            # A region that doesn't exist, or a code with a wrong check digit, has the right shape and is refused.
            "--exclude-checks=positive_data_acceptance",
        ],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
    )
    print(ran.stdout[-400:])
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]


def test_an_address_that_does_not_exist_answers_in_the_shape_of_errors(running: Running) -> None:
    answer, text = ask(running.url, "/api/v1/nowhere")
    assert answer.status == 404 and json.loads(text)["message"] == "没有这个地址"


def test_a_body_that_is_no_json_is_told(running: Running) -> None:
    headers = {"Authorization": f"Bearer {running.token('compliance')}", "Content-Type": "application/json"}
    answer, text = ask(running.url, "/api/v1/checks/ads", "POST", body=b"\x00", headers=headers)
    assert answer.status == 400 and json.loads(text)["code"] == "unreadable"
