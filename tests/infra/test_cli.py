"""`quizengine infra`, as an administrator types it, against a cloud on this computer."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore import exceptions as told

from labs.cloud import environment, service
from labs.errors import LabsError
from labs.infra import who
from quizengine.cli import main
from tests.docs.pages import TEXTS, blocks
from tests.infra.conftest import EMAIL

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("infra-cli")]

HERE = ["--expect-account", "123456789012"]


@dataclass(frozen=True)
class Ran:
    code: object
    out: str
    err: str


def types(*words: str, answer: str = "") -> Ran:
    """Type a command, and the answer to its question."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO(answer))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main(["infra", *words])
            except SystemExit as left:
                return Ran(left.code, out.getvalue(), err.getvalue())
    raise AssertionError("a command leaves with an exit code")


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """The environment of a terminal that reaches a cloud of its own."""
    folder = tmp_path_factory.mktemp("cloud")
    url = service.start(folder, port=0).running.url
    yield environment.offline(os.environ, url)
    service.stop(folder)


@pytest.fixture
def terminal(variables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in set(os.environ) - set(variables):
        monkeypatch.delenv(name)
    for name, value in variables.items():
        if name != "PYTHONPATH":
            monkeypatch.setenv(name, value)
    return monkeypatch


def test_from_plan_to_destroy(terminal: pytest.MonkeyPatch) -> None:
    planned = types("plan", "--email", EMAIL, *HERE)
    first, *rest = planned.out.splitlines()
    assert first.startswith(
        "Account 123456789012 in us-east-1 (the cloud on this computer, http://"
    )
    assert "  add     LearnerPolicy     AWS::IAM::ManagedPolicy" in rest
    assert "  Note: Unusual costs will not be told, for Cost Explorer cannot be" in planned.out
    assert planned.code == 0

    kept = types("deploy", "--email", EMAIL, *HERE, answer="n\n")
    assert kept.out.endswith("Nothing was changed.\n")
    assert types("destroy").out.endswith("Nothing of quizengine is left.\n")

    made = types("deploy", "--email", EMAIL, "--set", "ObjectDays=7", *HERE, answer="y\n")
    assert made.code == 0, made.err
    assert "Change account 123456789012 so?" in made.out
    assert made.out.endswith("quizengine-guardrails is as shown.\n")

    again = types("deploy")
    assert again.out.count("stays as it is") == 2
    assert "so?" not in again.out

    assert "Nothing was removed." in types("destroy", answer="n\n").out
    assert types("deploy").out.count("stays as it is") == 2

    gone = types("destroy", answer="y\n")
    assert "Remove this from account 123456789012?" in gone.out
    assert "  the log group /aws/sagemaker/TrainingJobs, unless logs of other jobs are" in gone.out
    assert "  gone: stack quizengine-lab-account" in gone.out
    assert types("destroy", "--yes").out.count("gone:") == 0


def test_the_lines_of_the_page_do_what_it_says(terminal: pytest.MonkeyPatch) -> None:
    """Here, and not where every page's lines are run: there they could meet a real account."""
    scripts = [body for kind, body in blocks(TEXTS["docs/infra.md"]) if kind == "sh"]
    (body,) = [each for each in scripts if each.startswith("quizengine")]
    lines = [shlex.split(line, comments=True) for line in body.splitlines()]
    assert [words[2] for words in lines] == ["plan", "deploy", "plan", "destroy"]
    for words in lines:
        ran = types(*words[2:], answer="y\n")
        assert ran.code == 0, ran.err
    assert "$ quizengine infra" not in TEXTS["docs/infra.md"]


def test_where_one_stack_fails_those_before_it_stand_and_it_says_why(
    terminal: pytest.MonkeyPatch,
) -> None:
    import boto3

    iam = boto3.client("iam")
    iam.create_role(RoleName="quizengine-sweeper", AssumeRolePolicyDocument="{}")
    ran = types("deploy", "--email", EMAIL, "--yes")
    assert ran.code == 1
    assert ran.out.endswith("quizengine-lab-account is as shown.\n")
    assert "Role with name quizengine-sweeper already exists" in ran.err
    iam.delete_role(RoleName="quizengine-sweeper")
    types("destroy", "--yes")


def test_another_account_than_you_think_is_left_alone(terminal: pytest.MonkeyPatch) -> None:
    for verb in ("plan", "deploy", "destroy"):
        ran = types(verb, "--expect-account", "210987654321")
        assert ran.code == 1
        assert "This is account 123456789012, not 210987654321: nothing was changed." in ran.err
        assert ran.out == ""


def test_a_first_deploy_asks_for_an_address_and_leaves_nothing_half_proposed(
    terminal: pytest.MonkeyPatch,
) -> None:
    ran = types("deploy", "--yes")
    assert ran.code == 1
    assert "--email" in ran.err
    assert "add" in types("plan", "--email", EMAIL).out


def test_a_value_that_is_none_and_a_prefix_that_no_template_takes(
    terminal: pytest.MonkeyPatch,
) -> None:
    assert types("plan", "--set", "ObjectDays").code == 2
    assert types("destroy", "--prefix", "a-b").code == 2
    assert "No template has a parameter Days." in types("plan", "--set", "Days=7").err
    assert "parameter Prefix" in types("plan", "--set", "Prefix=beta").err  # --prefix names stacks


def test_without_credentials_or_a_cloud_it_says_so(terminal: pytest.MonkeyPatch) -> None:
    terminal.setenv("AWS_ENDPOINT_URL", environment.NOWHERE)
    assert "does not answer" in types("plan").err
    terminal.delenv("AWS_ACCESS_KEY_ID")
    terminal.delenv("AWS_SECRET_ACCESS_KEY")
    assert "There are no credentials" in types("plan").err
    assert "profile" in types("plan", "--profile", "nobody").err
    terminal.delenv("AWS_DEFAULT_REGION")
    terminal.delenv("AWS_REGION")
    assert "No region is chosen." in types("plan").err


def refusal(code: str) -> told.ClientError:
    return told.ClientError({"Error": {"Code": code, "Message": "no"}}, "GetCallerIdentity")


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (lambda: refusal("ExpiredToken"), "Your credentials have expired: no"),
        (lambda: refusal("ExpiredTokenException"), "Your credentials have expired: no"),
        (lambda: refusal("InvalidClientTokenId"), "AWS does not know these credentials: no"),
        (lambda: refusal("AccessDenied"), "You may not do this: no"),
        (lambda: refusal("Throttling"), "GetCallerIdentity was refused: Throttling: no"),
        (lambda: told.UnauthorizedSSOTokenError(), "You are not signed in"),
        (lambda: told.TokenRetrievalError(provider="sso", error_msg="x"), "You are not signed in"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_the_sdk_says_becomes_a_sentence_with_a_way_out(
    raised: Callable[[], Exception], said: str
) -> None:
    with pytest.raises(LabsError) as found, who.plainly():
        raise raised()
    assert found.value.message.startswith(said)
    assert found.value.hint


def test_a_failed_stack_is_told_by_what_failed_first() -> None:
    from labs.infra.stacks import _first_failure

    events: list[dict[str, Any]] = [
        {"ResourceStatus": "ROLLBACK_COMPLETE", "LogicalResourceId": "stack"},
        {
            "ResourceStatus": "CREATE_FAILED",
            "LogicalResourceId": "Boundary",
            "ResourceStatusReason": "Resource creation cancelled",
        },
        {
            "ResourceStatus": "CREATE_FAILED",
            "LogicalResourceId": "Bucket",
            "ResourceStatusReason": "already exists",
        },
        {"ResourceStatus": "CREATE_IN_PROGRESS", "LogicalResourceId": "Bucket"},
    ]
    assert _first_failure(events) == "Bucket: already exists"


def test_the_templates_lie_where_the_labs_look(tmp_path: Path) -> None:
    from labs.infra import stacks

    guardrails = stacks.template("guardrails")
    assert guardrails.needed == ("Email",)
    assert guardrails.parameters[:3] == ("Prefix", "Email", "MonthlyBudget")
    with pytest.raises(LabsError, match=r"guardrails\.yaml cannot be read"):
        stacks.template("guardrails", tmp_path)
