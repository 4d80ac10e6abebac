"""The small parts: shapes, what is offered, images, policies, archives, log lines, coverage."""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.cloud import archive, container, coverage, images, offer, policies, readings, shapes
from labs.cloud.algorithms import catalogue
from labs.cloud.archive import BadArchive
from labs.cloud.inputs import Location
from labs.cloud.job import Job, Reading, moment, ms
from labs.cloud.policies import Policy
from labs.cloud.refusals import Refused
from tests.labs.cloud.fakes import REGION, config, job, model

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def api() -> Any:
    return botocore.session.get_session().get_service_model("sagemaker")


# Requests against their shapes


def refusal(api: Any, operation: str, request: dict[str, Any]) -> str:
    with pytest.raises(Refused) as refused:
        shapes.check(api.operation_model(operation).input_shape, request)
    assert refused.value.code == "ValidationException"
    return refused.value.message


def test_a_request_that_fits_its_shape_passes(api: Any) -> None:
    for operation, request in (
        ("CreateTrainingJob", job()),
        ("CreateModel", model()),
        ("CreateEndpointConfig", config()),
    ):
        shapes.check(api.operation_model(operation).input_shape, request)


def test_a_broken_constraint_is_told_in_awss_words(api: Any) -> None:
    assert refusal(api, "CreateTrainingJob", job("not_a_name")).startswith(
        "1 validation error detected: Value 'not_a_name' at 'trainingJobName' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: "
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"TrainingJobName": "x" * 64}, "have length less than or equal to 63"),
        (
            {"RoleArn": None},
            "Value null at 'roleArn' failed to satisfy constraint: Member must not",
        ),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 0}}, "value greater than or equal to 1"),
        ({"InputDataConfig": []}, "have length greater than or equal to 1"),
        ({"RetryStrategy": {"MaximumRetryAttempts": 31}}, "value less than or equal to 30"),
        ({"HyperParameters": {"a": "x" * 2501}}, "at 'hyperParameters.a.member' failed"),
        (
            {"ResourceConfig": {"InstanceType": "ml.no.large", "InstanceCount": 1}},
            "at 'resourceConfig.instanceType' failed to satisfy constraint: Member must satisfy "
            "enum value set: [",
        ),
        (
            {"InputDataConfig": [job()["InputDataConfig"][0] | {"InputMode": "Post"}]},
            "Value 'Post' at 'inputDataConfig.1.member.inputMode'",
        ),
    ],
)
def test_every_kind_of_constraint_is_held(api: Any, change: dict[str, Any], words: str) -> None:
    assert words in refusal(api, "CreateTrainingJob", job() | change)


def test_several_broken_constraints_are_told_together(api: Any) -> None:
    message = refusal(api, "CreateTrainingJob", job("_") | {"RoleArn": "short"})
    assert message.startswith("3 validation errors detected: ")


def test_todays_instance_types_are_instance_types(api: Any) -> None:
    for kind in ("ml.m6i.large", "ml.m7i.xlarge", "ml.c6i.large", "ml.g5.xlarge"):
        request = config()
        request["ProductionVariants"][0]["InstanceType"] = kind
        shapes.check(api.operation_model("CreateEndpointConfig").input_shape, request)


def test_a_templates_strings_become_what_their_shape_wants(api: Any) -> None:
    shape = api.operation_model("CreateEndpointConfig").input_shape
    given_ = {
        "EndpointConfigName": "c",
        "ProductionVariants": [
            {"InitialInstanceCount": "2", "InitialVariantWeight": "0.5", "EnableSSMAccess": "true"}
        ],
        "Unknown": 1,
    }
    assert shapes.coerced(shape, given_) == {
        "EndpointConfigName": "c",
        "ProductionVariants": [
            {"InitialInstanceCount": 2, "InitialVariantWeight": 0.5, "EnableSSMAccess": True}
        ],
    }
    with pytest.raises(Refused, match="'two' is no number"):
        shapes.coerced(shape, {"ProductionVariants": [{"InitialInstanceCount": "two"}]})


# What is offered


@pytest.mark.parametrize(
    ("operation", "request_", "what"),
    [
        (
            "CreateTrainingJob",
            job(ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 2}),
            "ResourceConfig.InstanceCount 2",
        ),
        (
            "CreateTrainingJob",
            job(InputDataConfig=[{"DataSource": {"FileSystemDataSource": {"FileSystemId": "f"}}}]),
            "InputDataConfig.DataSource.FileSystemDataSource",
        ),
        ("CreateTrainingJob", job(ANewMember={"On": True}), "ANewMember"),
        (
            "CreateModel",
            model(ModelPackageName="package"),
            "PrimaryContainer.ModelPackageName",
        ),
        (
            "CreateEndpointConfig",
            {"ProductionVariants": [{"CoreDumpConfig": {"DestinationS3Uri": "s3://b/k"}}]},
            "ProductionVariants.CoreDumpConfig",
        ),
        (
            "UpdateEndpoint",
            {"DeploymentConfig": {"RollingUpdatePolicy": {"WaitIntervalInSeconds": 60}}},
            "DeploymentConfig.RollingUpdatePolicy",
        ),
    ],
)
def test_what_would_do_nothing_here_is_refused_by_name(
    operation: str, request_: dict[str, Any], what: str
) -> None:
    with pytest.raises(Refused) as refused:
        offer.check(operation, request_)
    assert refused.value.code == "NotOfferedOffline"
    assert refused.value.status == 501
    assert refused.value.message.startswith(f"{operation} with {what} is not offered offline.")


def test_what_is_switched_off_needs_no_offer() -> None:
    off: dict[str, Any] = {
        "EnableManagedSpotTraining": False,
        "CheckpointConfig": None,
        "RemoteDebugConfig": {"EnableRemoteDebug": False},
        "DebugRuleConfigurations": [],
        "ProfilerConfig": {"DisableProfiler": True},
    }
    offer.check("CreateTrainingJob", job() | off)


def test_every_name_that_is_offered_is_one_of_awss(api: Any) -> None:
    def unknown(shape: Any, tree: offer.Tree, path: str) -> list[str]:
        while shape.type_name == "list":
            shape = shape.member
        if not isinstance(tree, dict):
            return []
        return [
            inner
            for name, branch in tree.items()
            for inner in (
                unknown(shape.members[name], branch, f"{path}.{name}")
                if name in shape.members
                else [f"{path}.{name}"]
            )
        ]

    for operation, tree in offer.OFFERED.items():
        assert unknown(api.operation_model(operation).input_shape, tree, operation) == []


def test_a_null_is_the_same_as_nothing() -> None:
    request = {"A": None, "B": {"C": None, "D": [None, {"E": None}]}, "F": False, "G": ""}
    assert shapes.given(request) == {"B": {"D": [{}]}, "F": False, "G": ""}


# Coverage


def test_every_operation_that_is_named_is_one_of_awss(api: Any) -> None:
    named = coverage.REAL | coverage.RECORDS | coverage.EMPTY | coverage.REFUSED
    assert named <= set(api.operation_names)
    count = sum(map(len, (coverage.REAL, coverage.RECORDS, coverage.EMPTY, coverage.REFUSED)))
    assert count == len(named), "an operation is named twice"


def test_of_the_runtime_every_operation_is_decided() -> None:
    runtime = botocore.session.get_session().get_service_model("sagemaker-runtime")
    assert set(coverage.RUNTIME) == set(runtime.operation_names)


def test_an_operation_nobody_decided_on_is_refused() -> None:
    assert coverage.of("CreateLabelingJob") == coverage.of("Nonsense") == "no"
    assert coverage.of("CreateProcessingJob") == "no"
    assert coverage.of("ListProcessingJobs") == "empty"


# Images


@pytest.mark.parametrize("image", images.IMAGES.values(), ids=images.IMAGES)
@pytest.mark.parametrize("scope", ["training", "inference"])
def test_the_images_are_the_sdks(image: images.Image, scope: str) -> None:
    folder = Path(__import__("sagemaker").__path__[0]) / "core/image_uri_config"
    table = json.loads((folder / f"{image.table}.json").read_text())
    version = table.get(scope, table)["versions"][image.version]
    accounts = version["registries"].items()
    public = {name: account for name, account in accounts if not name.startswith("us-iso")}
    assert public == image.accounts
    assert version["repository"] == image.repository
    machine = "".join(
        f"-{part[0]}" for part in (version.get("processors"), version.get("py_versions")) if part
    )
    assert image.tag == image.version + machine


@pytest.mark.parametrize(
    ("image", "why"),
    [
        ("xgboost", "is no image in Amazon ECR"),
        ("492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:1.7-1", "tag 1.7-1"),
        ("492215442770.dkr.ecr.eu-central-1.amazonaws.com/linear-learner:1", "account 492215"),
        ("683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0", "in us-east-1"),
        ("1" * 12 + ".dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.2-0", "account 1111"),
        ("492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost", "the tag None"),
    ],
)
def test_another_image_is_refused_and_the_right_one_named(image: str, why: str) -> None:
    problem = images.problem(image, REGION)
    assert problem is not None
    assert why in problem
    algorithm = "linear_learner" if "linear" in image else "xgboost"
    assert str(images.uri(REGION, algorithm)) in problem
    with pytest.raises(images.UnknownImage, match=re.escape(problem)):
        images.algorithm_of(image, REGION)


@pytest.mark.parametrize("image", ["pca", "664544806723.dkr.ecr.eu-central-1.amazonaws.com/pca:1"])
def test_an_image_of_no_offered_algorithm_is_shown_all_that_are(image: str) -> None:
    problem = images.problem(image, REGION)
    assert problem is not None
    for algorithm in images.IMAGES:
        assert f"{images.uri(REGION, algorithm)} (" in problem


@pytest.mark.parametrize("algorithm", images.IMAGES)
def test_the_image_of_each_region_is_the_right_one_there(algorithm: str) -> None:
    for region in images.IMAGES[algorithm].accounts:
        image = images.uri(region, algorithm)
        assert image is not None
        assert images.problem(image, region) is None
        assert images.algorithm_of(image, region) == algorithm
    assert images.uri("mars-north-1", algorithm) is None
    assert images.problem("x", "mars-north-1") == (
        "SageMaker has no built-in algorithms in mars-north-1."
    )


def test_an_algorithm_is_known_by_its_repository_also_when_its_tag_is_an_older_one() -> None:
    older = (images.uri(REGION) or "").replace("3.2-0", "1.7-1")
    assert images.algorithm_in(older) == "xgboost"


# Policies


def statement(**more: Any) -> Policy:
    base = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    return Policy("p", json.dumps({"Statement": base | more}))


@pytest.mark.parametrize(
    ("given_", "decision"),
    [
        ([statement()], "allowed"),
        ([], "implicitDeny"),
        ([statement(Action=["S3:get*"])], "allowed"),
        ([statement(Action="s3:Get?bject")], "allowed"),
        ([statement(Action="s3:PutObject")], "implicitDeny"),
        ([statement(Resource="arn:aws:s3:::b/*")], "allowed"),
        ([statement(Resource="arn:aws:s3:::c/*")], "implicitDeny"),
        ([statement(), statement(Effect="Deny", Resource="arn:aws:s3:::b/*")], "explicitDeny"),
        ([Policy("p", '{"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}')],
         "allowed"),
        ([Policy("p", "no json")], "implicitDeny"),
    ],
)  # fmt: skip
def test_policies_decide_as_iam_does(given_: list[Policy], decision: str) -> None:
    assert policies.evaluate(given_, "s3:GetObject", "arn:aws:s3:::b/k").decision == decision


def test_a_condition_is_not_met_but_its_keys_are_told() -> None:
    condition = {"StringEquals": {"aws:SourceAccount": "1"}}
    verdict = policies.evaluate([statement(Condition=condition)], "s3:GetObject", "*")
    assert (verdict.decision, verdict.missing) == ("implicitDeny", ("aws:SourceAccount",))


@pytest.mark.parametrize(
    ("principal", "action", "effect", "is_trusted"),
    [
        ({"Service": "sagemaker.amazonaws.com"}, "sts:AssumeRole", "Allow", True),
        ({"Service": ["lambda.amazonaws.com", "sagemaker.amazonaws.com"]}, "sts:*", "Allow", True),
        ({"Service": "lambda.amazonaws.com"}, "sts:AssumeRole", "Allow", False),
        ({"AWS": "*"}, "sts:AssumeRole", "Allow", False),
        ({"Service": "sagemaker.amazonaws.com"}, "sts:TagSession", "Allow", False),
        ({"Service": "sagemaker.amazonaws.com"}, "sts:AssumeRole", "Deny", False),
    ],
)
def test_a_role_trusts_whom_its_policy_names(
    principal: dict[str, Any], action: str, effect: str, is_trusted: bool
) -> None:
    document = {"Statement": [{"Effect": effect, "Principal": principal, "Action": action}]}
    assert policies.trusts(json.dumps(document), "sagemaker.amazonaws.com") is is_trusted


# Archives


def tar(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as made:
        for entry, data in entries:
            entry.size = len(data)
            made.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


def test_what_is_packed_can_be_unpacked(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "code").mkdir(parents=True)
    (source / "xgboost-model").write_bytes(b"{model")
    (source / "code/a.txt").write_bytes(b"a")
    packed = archive.pack(source)
    assert packed is not None
    assert packed == archive.pack(source), "the same files make the same archive"
    archive.unpack(packed, target)
    assert (target / "xgboost-model").read_bytes() == b"{model"
    assert (target / "code/a.txt").read_bytes() == b"a"


def test_an_empty_folder_makes_no_archive(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert archive.pack(tmp_path) is None


def bomb() -> bytes:
    """A header that says it is followed by far more than there is room for."""
    head = entry("PaxHeader", tarfile.XHDTYPE)
    head.size = 1 << 32
    return gzip.compress(head.tobuf() + b"0" * (3 << 20))


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: b"", "it is no tar.gz archive"),
        (lambda: b"PK\x03\x04 a zip", "it is no tar.gz archive"),
        (lambda: gzip.compress(b"no tar" * 200), "it is no tar.gz archive"),
        (lambda: tar((entry("m"), b"x" * 10_000))[:-20], "it is no tar.gz"),
        (lambda: tar(), "it is empty"),
        (lambda: tar((entry("../m"), b"")), "'../m' lies outside"),
        (lambda: tar((entry("/etc/m"), b"")), "'/etc/m' lies outside"),
        (lambda: tar((entry("a\\..\\..\\m"), b"")), "lies outside"),
        (lambda: tar((entry("C:m"), b"")), "lies outside"),
        (lambda: tar((entry("m", tarfile.SYMTYPE, "/etc/passwd"), b"")), "neither a file nor"),
        (lambda: tar((entry("m", tarfile.LNKTYPE, "/etc/passwd"), b"")), "neither a file nor"),
        (lambda: tar((entry("m", tarfile.FIFOTYPE), b"")), "neither a file nor"),
        (lambda: tar((entry("m", tarfile.CHRTYPE), b"")), "neither a file nor"),
        (lambda: tar((entry("m"), b""), (entry("m"), b"")), "cannot be unpacked"),
        (lambda: tar((entry("m"), b"0" * (3 << 20))), "larger than 2 MiB"),
        (bomb, "larger than 2 MiB"),
        (lambda: tar(*((entry(f"f{n}"), b"") for n in range(11))), "more than 10 files"),
    ],
)
def test_a_hostile_archive_is_refused_and_writes_nothing_outside(
    tmp_path: Path, made: Callable[[], bytes], why: str
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(BadArchive, match=why):
        archive.unpack(made(), folder, largest=2 << 20, most=10)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert not any(path.is_symlink() for path in folder.rglob("*"))


@given(data=st.binary(max_size=2000))
def test_any_bytes_are_an_archive_or_a_bad_one(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("any")
    for made in (data, gzip.compress(data)):
        with pytest.raises(BadArchive):
            archive.unpack(made, folder)


# Log lines


def read(line: str, algorithm: str = "xgboost") -> list[tuple[str, float]]:
    found = readings.reader(algorithm, readings.definitions(algorithm))
    return [(each.metric, each.value) for each in found(readings.as_logged(line), NOW)]


def test_a_line_is_read_as_the_definitions_say() -> None:
    found = read("[12]\ttrain-auc:0.91\tvalidation-ndcg:1e-3\tvalidation-ndcg@5:2")
    assert found == [("train:auc", 0.91), ("validation:ndcg", 0.001)]


def test_the_definitions_find_what_is_read() -> None:
    line = "[3]\ttrain-rmse:1.5\tvalidation-rmse:2.5"
    by_regex = [
        (each["Name"], float(found[1]))
        for each in readings.definitions("xgboost")
        if (found := re.search(each["Regex"], readings.as_logged(line)))
    ]
    assert by_regex == read(line)


@pytest.mark.parametrize("line", ["train-auc:1", "[a]\ttrain-auc:1", "\ttrain-auc:1 [0]", ""])
def test_a_line_that_is_no_round_holds_no_metric(line: str) -> None:
    assert read(line) == []


@pytest.mark.parametrize(
    ("told", "metrics"),
    [
        ("epoch=3, validation mse_objective <loss>=0.5", [("validation:objective_loss", 0.5)]),
        ("epoch=3, train mse_objective <loss>=0.5", [("train:objective_loss", 0.5)]),
        ("validation mse_objective <loss>=1e-3", [("validation:objective_loss:final", 0.001)]),
        ("test mse_objective <loss>=2", [("test:objective_loss", 2.0)]),
        ("test binary_f_1.000 <score>=0.9", [("test:binary_f_beta", 0.9)]),
        ("validation precision <score>=nan", []),
        ("validation precision <score>=none", []),
    ],
)
def test_linear_learners_lines_are_metrics(told: str, metrics: list[tuple[str, float]]) -> None:
    assert read(f"[x INFO 1] #quality_metric: host=algo-1, {told}", "linear_learner") == metrics


def test_a_scripts_own_definitions_are_read() -> None:
    given = [{"Name": "loss", "Regex": "loss: ([0-9.]+)"}, {"Name": "odd", "Regex": "loss"}]
    found = readings.reader("sklearn", given)("epoch 1 loss: 0.25", NOW)
    assert [(each.metric, each.value) for each in found] == [("loss", 0.25)]


@pytest.mark.parametrize("algorithm", catalogue.ALGORITHMS)
def test_what_can_be_an_objective_is_a_metric_and_none_of_the_training_data(algorithm: str) -> None:
    about = catalogue.ALGORITHMS[algorithm]
    assert set(about.objectives) <= about.names
    assert not any(name.startswith("train:") for name in about.objectives)
    assert len(about.names) == len(about.metrics)


def test_every_image_has_an_algorithm() -> None:
    assert set(images.IMAGES) == set(catalogue.ALGORITHMS)


# Jobs


def test_an_s3_uri_is_bucket_and_key() -> None:
    assert Location.of("s3://b/k/l") == Location("b", "k/l")
    assert Location.of("s3://b") == Location.of("s3://b/") == Location("b", "")
    assert Location.of("https://b/k") is None
    assert str(Location("b", "out/") / "job" / "model.tar.gz") == "s3://b/out/job/model.tar.gz"
    assert str(Location("b", "") / "job") == "s3://b/job"


@given(at=st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)))
def test_a_time_is_its_milliseconds(at: datetime) -> None:
    there = at.replace(tzinfo=UTC)
    assert timedelta() <= there - moment(ms(there)) < timedelta(milliseconds=1)


@given(
    moves=st.lists(
        st.sampled_from(["Downloading", "Training", "Interrupted", "Uploading", "Stopping"])
    ),
    end=st.sampled_from(
        ["Completed", "Failed", "Stopped", "MaxRuntimeExceeded", "MaxWaitTimeExceeded"]
    ),
)
def test_whatever_a_job_went_through_its_fate_brings_it_back(moves: list[str], end: str) -> None:
    first = Job.new(job(), "arn", NOW)
    last = first
    for number, move in enumerate([*moves, end]):
        assert not last.is_over
        last = last.entered(move, NOW + timedelta(seconds=number))
    last = Job(**{**vars(last), "metrics": (Reading("m", 0.1, NOW),), "model": "s3://b/k"})
    assert first.with_fate(json.loads(json.dumps(last.fate()))) == last
    assert last.is_over
    with pytest.raises(ValueError, match="is over"):
        last.entered("Training", NOW)


@pytest.mark.parametrize("variable", ["SAGEMAKER_INFERENCE_OUTPUT", "SAGEMAKER_INFERENCE_ENSEMBLE"])
def test_what_only_xgboost_knows_is_refused_elsewhere(variable: str) -> None:
    xgboost, kmeans = images.uri(REGION), images.uri(REGION, "kmeans")
    container.check_environment("CreateModel", {variable: "x"}, xgboost or "")
    for image, name in ((kmeans, variable), (xgboost, "SAGEMAKER_MULTI_MODEL")):
        with pytest.raises(Refused, match=f"the Environment variable {name} is not offered"):
            container.check_environment("CreateModel", {name: "x"}, image or "")
