"""What the solutions call, as it was recorded: what it costs, and as code that can be typed."""

from __future__ import annotations

import contextlib
import io
import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.aws.pricelist import prices
from labs.errors import BadLab
from labs.need import Where, of_call
from labs.plan import PLACE, Plan, Planned, plan_from_json, priced, total
from labs.quota import quotas
from labs.runner import catalogue, plans
from labs.script import dollars, method, notes, script
from labs.undo import Call, awaits, kind, plain, undo
from quizengine.cli import main
from quizengine.cli.lab import lab as group
from quizengine.cli.labplan import CEILING, _show_none
from tests.infra import planned
from tests.infra.record import recorded

SLUGS = [slug for slug in recorded() if slug in catalogue.slugs() and planned.path(slug).exists()]
KINDS = list(catalogue.SOLUTIONS)
HERE = Where("123456789012", "us-east-1")
TABLE = prices("us-east-1")

each_plan = pytest.mark.parametrize(
    ("slug", "solution"), [(slug, each) for slug in SLUGS for each in KINDS]
)


@cache
def plan_of(slug: str, solution: str) -> Plan:
    found = plans.recorded(catalogue.load(slug), solution)
    assert found is not None
    return found


class Variables(dict[str, str]):
    """Every variable of a lab, as an account may have it."""

    def __missing__(self, name: str) -> str:
        image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
        return {
            "LAB_BUCKET": "quizengine-labs-123456789012",
            "LAB_PREFIX": "quizengine-lab",
            "LAB_ROLE_ARN": "arn:aws:iam::123456789012:role/quizengine-execution",
            "ACCOUNT": "123456789012",
            "REGION": "us-east-1",
        }.get(name, image)


@cache
def models(service: str) -> Any:
    return SESSION.get_service_model(service)


SESSION = botocore.session.Session()


def problems(call: Call) -> str:
    """What botocore says of a request."""
    shape = models(call.service).operation_model(call.operation).input_shape
    request = {**call.request, **({"Body": b"..."} if "Body" in call.request else {})}
    if isinstance(source := request.get("CopySource"), dict):  # boto3 takes it so
        request["CopySource"] = f"{source['Bucket']}/{source['Key']}"
    return str(ParamValidator().validate(request, shape).generate_report())


# Of the scripts as they are


def test_every_lab_whose_calls_were_recorded_has_its_plan() -> None:
    without = [slug for slug in recorded() if not planned.path(slug).exists()]
    assert not without, f"python -m tests.infra.record {' '.join(without)}"
    assert len(SLUGS) >= 6


@pytest.mark.parametrize("slug", SLUGS)
def test_the_plan_was_recorded_of_the_scripts_as_they_are(slug: str) -> None:
    before = json.loads(planned.path(slug).read_text(encoding="utf-8"))["scripts"]
    now = planned.scripts(catalogue.load(slug))
    changed = sorted(name for name in before.keys() | now if before.get(name) != now.get(name))
    again = f".venv/bin/python -m tests.infra.record {slug}"
    assert not changed, f"{', '.join(changed)} changed since: {again}"


@pytest.mark.parametrize("slug", SLUGS)
def test_a_plan_holds_no_account_no_moment_and_no_data(slug: str) -> None:
    text = planned.path(slug).read_text(encoding="utf-8")
    assert "123456789012" not in text
    assert "quizengine" not in text
    assert planned._STAMP.search(text) is None
    assert len(text) < 100_000
    again = json.dumps(json.loads(text), indent=1, sort_keys=True, ensure_ascii=False)
    assert text == again + "\n"


# What is in it


@each_plan
def test_every_call_is_known_and_can_be_taken_back(slug: str, solution: str) -> None:
    found = plan_of(slug, solution)
    for call in found.filled(Variables(), now=1_790_000_000):
        assert problems(call) == "", call
        assert kind(call.service, call.operation) != "reads"
        if kind(call.service, call.operation) == "makes" and not awaits(call):
            back = undo(call)
            assert back is not None
            assert problems(back) == ""
    for name in found.reads:
        assert kind(*name.split(":")) == "reads"


@each_plan
def test_the_actions_are_those_that_the_calls_need(slug: str, solution: str) -> None:
    found = plan_of(slug, solution)
    tags = [{"Key": "quizengine", "Value": "quizengine"}]
    needed = set()
    for call in found.filled(Variables(), now=1_790_000_000):
        request = {**call.request, "Tags": tags} if call.service == "sagemaker" else call.request
        needed |= {each.action for each in of_call(call.service, call.operation, request, HERE)}
    assert needed <= {*found.caller}
    assert "s3:GetObject" in found.role


@each_plan
def test_what_is_made_is_named_as_the_policies_demand(slug: str, solution: str) -> None:
    for call in plan_of(slug, solution).filled(Variables(), now=1_790_000_000):
        for name in ("TrainingJobName", "EndpointName", "ModelName", "EndpointConfigName"):
            assert call.request.get(name, "quizengine-lab").startswith("quizengine-lab")
        assert len(call.request.get("HyperParameterTuningJobName", "")) <= 32


@each_plan
def test_each_call_has_a_price_and_the_sum_is_a_few_dollars(slug: str, solution: str) -> None:
    found = list(priced(plan_of(slug, solution), TABLE))
    if "aws" in catalogue.load(slug).targets:
        assert [each.refused for each in found if each.cost is None] == []
    assert 0 < total(found) < 10
    assert quotas([each.planned.call for each in found])


# As code


@each_plan
def test_the_code_is_python_and_makes_the_calls_of_the_plan(slug: str, solution: str) -> None:
    found = plan_of(slug, solution)
    text = script(found, notes(priced(found, TABLE)))
    compile(text, f"{slug}.py", "exec")
    assert PLACE.search(text) is None
    once = Plan(
        slug, solution, tuple(Planned(each.call) for each in found.calls), found.reads, (), ()
    )
    assert run(text) == [
        (each.service, method(each.operation), _with_body(each.request))
        for each in once.filled(Variables(), now=1_790_000_000)
    ]


def _with_body(request: Any) -> dict[str, Any]:
    return {name: {"bytes": 3} if name == "Body" else each for name, each in request.items()}


class _Client:
    def __init__(self, service: str, called: list[tuple[str, str, Any]]) -> None:
        self._service, self._called = service, called

    def __getattr__(self, name: str) -> Any:
        if name == "get_caller_identity":
            return lambda: {"Account": "123456789012"}
        return lambda **request: self._called.append((self._service, name, plain(request)))


def run(text: str) -> list[tuple[str, str, Any]]:
    """The calls that a script makes, of a boto3 that only listens."""
    called: list[tuple[str, str, Any]] = []

    class Session:
        region_name = "us-east-1"

    class Boto3:
        @staticmethod
        def client(service: str) -> _Client:
            return _Client(service, called)

    Boto3.Session = Session  # type: ignore[attr-defined]

    class Os:
        environ = Variables()

    class Time:
        @staticmethod
        def time() -> float:
            return 1_790_000_000.5

    lines = [line for line in text.split("\n") if not line.startswith("import ")]
    code = compile("\n".join(lines), "plan.py", "exec")
    exec(code, {"boto3": Boto3, "os": Os, "time": Time})  # our own text, of a recorded plan
    return called


names = st.text("AbcXyz", min_size=1)
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
texts = st.lists(
    st.text()
    | st.sampled_from(["${LAB_PREFIX}", "${NOW}", "${NOW+3}", "${ACCOUNT}", "{x}", '"', "\\"])
).map("".join)
literal = texts.filter(lambda text: "$" not in text)
requests = st.dictionaries(
    names,
    scalars | texts | st.lists(texts, max_size=3) | st.dictionaries(literal, texts | scalars),
    max_size=4,
)


@settings(max_examples=50)
@given(requests, requests)
def test_any_request_can_be_typed(one: dict[str, Any], inner: dict[str, Any]) -> None:
    call = Call("sagemaker", "CreateModel", {**one, "Inner": [inner, {"More": inner}]})
    found = Plan("a_lab", "boto3", (Planned(call),), {}, (), ())
    expected = [each.request for each in found.filled(Variables(), now=1_790_000_000)]
    assert [request for _, _, request in run(script(found))] == expected


def test_a_part_of_a_cent_is_no_cent_and_the_rest_is_rounded_up() -> None:
    assert dollars(Decimal("0.0099")) == "less than a cent"
    assert dollars(Decimal("0.0101")) == "at most 0.02 USD"
    assert dollars(Decimal("2")) == "at most 2.00 USD"


# Recording


def test_a_name_that_is_new_each_time_is_made_of_the_moment_it_is_made() -> None:
    told = planned.Names({"LAB_PREFIX": "quizengine-tx", "ACCOUNT": "123456789012"})
    name = "quizengine-tx-a-1790000000"
    assert told.put_in({"N": name, "S": f"s3://b/{name}/x", "A": ["arn:123456789012:"]}) == {
        "N": "${LAB_PREFIX}-a-${NOW}",
        "S": "s3://b/${LAB_PREFIX}-a-${NOW}/x",
        "A": ["arn:${ACCOUNT}:"],
    }
    assert told.put_in("quizengine-tx-a-1790000001") == "${LAB_PREFIX}-a-${NOW+1}"
    assert told.put_in("quizengine-tx-b-1790000001") == "${LAB_PREFIX}-b-${NOW}"
    assert told.put_in("quizengine-tx-b-261121-2056") == "${LAB_PREFIX}-b-${NOW+1}"
    assert told.put_in("quizengine-tx-c-20261121205612") == "${LAB_PREFIX}-c-${NOW}"


def test_a_plan_has_what_changes_something_and_counts_what_only_looks() -> None:
    look = Call("sagemaker", "DescribeTrainingJob", {"TrainingJobName": "p-j"})
    put = Call("s3", "PutObject", {"Key": "p/k", "Body": {"bytes": 1500}})
    found = planned.solution([put, put, *[look] * 5, put], {"LAB_PREFIX": "p"}, ["b", "a", "b"], [])
    told = {"service": "s3", "operation": "PutObject"}
    told["request"] = {"Key": "${LAB_PREFIX}/k", "Body": {"bytes": 2048}}  # type: ignore[assignment]
    assert found == {
        "calls": [{**told, "times": 3}],
        "reads": {"sagemaker:DescribeTrainingJob": 8},
        "actions": {"caller": ["a", "b"], "role": []},
    }


def test_a_file_that_is_none_is_told_with_its_place() -> None:
    with pytest.raises(BadLab, match=r"a_lab/plan\.json has no plan of the solution sdk"):
        plan_from_json('{"solutions": {}}', "a_lab", "sdk")


# The command


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIZENGINE_HOME", str(tmp_path))


def types(*words: str) -> tuple[object, str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit) as left:
        main(["lab", "plan", *words])
    return left.value.code, out.getvalue()


def test_the_command_says_a_script_with_the_sum_of_it_first(home: None) -> None:
    code, text = types("train_xgboost")
    assert code == 0
    compile(text, "plan.py", "exec")
    head = " ".join(line.removeprefix("#").strip() for line in text.split("\n\n")[0].splitlines())
    assert head.startswith("train_xgboost: what its solution with boto3 calls")
    assert f"at most 0.07 USD, at prices of us-east-1 as of {TABLE.as_of}" in head
    assert "ml.m5.large for training job usage: 1" in head
    assert "You need: iam:PassRole, " in head
    assert "# at most 0.03 USD: 1 x ml.m5.large for 720 s\nsagemaker.create_training_job(" in text


def test_the_command_says_what_is_above_the_ceiling(home: None) -> None:
    _, text = types("batch_and_endpoints", "--sdk")
    head = " ".join(line.removeprefix("#").strip() for line in text.split("\n\n")[0].splitlines())
    assert "above the ceiling of 2 USD: it takes --max-usd 5." in head
    assert "Endpoints count for 2 hours: then AWS deletes them, by a schedule." in head
    assert "Transform jobs have no limit of their own" in head


def test_the_ceiling_that_it_names_is_that_of_a_run() -> None:
    (option,) = [each for each in group.commands["run"].params if each.name == "max_usd"]
    assert option.default == CEILING


def test_the_command_says_the_same_to_a_program(home: None) -> None:
    code, text = types("deploy-endpoint", "--json")
    assert code == 0
    told = json.loads(text)
    assert (told["lab"], told["recorded"], told["solution"]) == ("deploy_endpoint", True, "boto3")
    found = list(priced(plan_of("deploy_endpoint", "boto3"), TABLE))
    assert total(found) <= Decimal(told["usd"]) < total(found) + Decimal("0.0001")
    assert [each["operation"] for each in told["calls"]] == [
        each.planned.call.operation for each in found
    ]
    assert {"name": "ml.m5.large for endpoint usage", "wanted": 3} in told["quotas"]


def test_a_lab_that_was_not_recorded_says_so_and_where_to_read_on(home: None) -> None:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        _show_none(catalogue.load("train_xgboost"), False)
    assert "has not been recorded" in out.getvalue()
    assert "quizengine lab show train_xgboost --guide" in out.getvalue()
