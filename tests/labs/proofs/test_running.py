"""A proof runs in a process of its own, which reaches nothing; what it says is told as it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from labs.errors import LabsError
from labs.proofs import running
from labs.proofs.running import Outcome

pytestmark = pytest.mark.slow

BLOCKED = "was blocked: this process is offline"


def ran(folder: Path, text: str, **environ: str) -> tuple[Outcome, list[str]]:
    script = folder / "some-proof.py"
    script.write_text(text, encoding="utf-8")
    lines: list[str] = []
    return running.run(script, {**os.environ, **environ}, on_line=lines.append), lines


def test_one_that_ends_with_its_claim_is_shown(tmp_path: Path) -> None:
    outcome, lines = ran(tmp_path, "print('two')\nprint('lines é')\nassert 1 < 2\n")
    assert outcome.shown
    assert outcome.said == ""
    assert lines == ["two", "lines é"]


def test_one_whose_claim_is_false_is_not_and_says_where(tmp_path: Path) -> None:
    outcome, lines = ran(tmp_path, "trees = 22\nprint(trees)\nassert trees == 18, 'not 18'\n")
    assert not outcome.shown
    assert lines == ["22"]
    assert "AssertionError: not 18" in outcome.said


def test_its_claim_counts_also_where_python_leaves_out_assertions(tmp_path: Path) -> None:
    outcome, _ = ran(tmp_path, "assert False\n", PYTHONOPTIMIZE="2")
    assert not outcome.shown


def test_it_reaches_no_other_computer(tmp_path: Path) -> None:
    text = "import socket\nsocket.create_connection(('192.0.2.1', 80), 5)\n"
    outcome, _ = ran(tmp_path, text)
    assert not outcome.shown
    assert BLOCKED in outcome.said


def test_outside_the_cloud_an_aws_client_reaches_nothing_and_has_no_keys(tmp_path: Path) -> None:
    text = (
        "import boto3\n"
        "s3 = boto3.client('s3')\n"
        "print(boto3.Session().get_credentials().access_key)\n"
        "s3.list_buckets()\n"
    )
    outcome, lines = ran(
        tmp_path,
        text,
        AWS_ACCESS_KEY_ID="REAL",
        AWS_SECRET_ACCESS_KEY="REAL",
        AWS_PROFILE="work",
        AWS_ENDPOINT_URL="http://127.0.0.1:1",
    )
    assert lines == ["OFFLINE"]
    assert BLOCKED in outcome.said


def test_what_it_writes_goes_and_no_neighbour_hides_a_module(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong one')\n")
    text = "import json\nopen('left.txt', 'w').write('x')\nprint(json.dumps([1]))\nassert True\n"
    outcome, lines = ran(tmp_path, text)
    assert (outcome.shown, lines) == (True, ["[1]"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["json.py", "some-proof.py"]


def test_one_that_does_not_end_is_ended(tmp_path: Path) -> None:
    script = tmp_path / "endless.py"
    script.write_text("print('begun', flush=True)\nwhile True: pass\n")
    with pytest.raises(LabsError, match=r"endless\.py did not end within 2 seconds"):
        running.run(script, os.environ, on_line=lambda _: None, timeout_s=2)


def test_what_is_about_is_how_its_text_begins(tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    script.write_text('"""Settled by nobody.\n\nReally\nnobody.\n"""\n')
    assert running.about(script) == "Settled by nobody. Really nobody."
    with pytest.raises(LabsError, match="cannot be read"):
        running.about(tmp_path / "none.py")


def test_each_account_is_new_and_none_is_left(tmp_path: Path) -> None:
    outcome, lines = ran(
        tmp_path,
        "from labs.proofs import furnished\n"
        "for _ in range(2):\n"
        "    with furnished.account() as aws:\n"
        "        print(aws.keys(''))\n"
        "        aws.put('a', 'x')\n"
        "aws.s3.list_buckets()\n",
    )
    assert lines == ["[]", "[]"]
    assert BLOCKED in outcome.said
