"""What the runner does in an account: furnish it, look at it, take things down."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

import labs.cloud
from labs.lab import Lab
from labs.runner import look
from labs.runner.account import EnvironmentAccount
from labs.runner.cleaning import KINDS, clean
from labs.runner.furniture import BUCKET, ROLE, Furniture, prepare

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("runner-in-the-cloud")]
REGION = "eu-west-1"


@pytest.fixture(scope="module", autouse=True)
def cloud() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE"):
            patch.delenv(name, raising=False)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "OFFLINE")
        with labs.cloud.offline():
            yield


@pytest.fixture
def account(lab: Lab) -> EnvironmentAccount:
    furniture = Furniture(REGION)
    made = EnvironmentAccount.of({**furniture.variables(lab), "AWS_DEFAULT_REGION": REGION})
    prepare(made.client, furniture)
    return made


# The furniture


def test_the_role_may_be_taken_on_by_sagemaker_and_sees_one_bucket(
    account: EnvironmentAccount,
) -> None:
    iam = account.client("iam")
    role = iam.get_role(RoleName=ROLE)["Role"]
    assert role["Arn"] == account.role_arn
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}

    def decision(action: str, resource: str) -> str:
        (found,) = iam.simulate_principal_policy(
            PolicySourceArn=role["Arn"], ActionNames=[action], ResourceArns=[resource]
        )["EvaluationResults"]
        return str(found["EvalDecision"])

    assert decision("s3:GetObject", f"arn:aws:s3:::{BUCKET}/train/a.csv") == "allowed"
    assert decision("s3:GetObject", "arn:aws:s3:::another/train/a.csv") != "allowed"
    assert decision("s3:DeleteObject", f"arn:aws:s3:::{BUCKET}/train/a.csv") != "allowed"


def test_furnishing_twice_changes_nothing(account: EnvironmentAccount) -> None:
    account.client("s3").put_object(Bucket=BUCKET, Key="kept", Body=b"1")
    prepare(account.client, Furniture(REGION))
    assert look.read(account, "kept") == b"1"


def test_the_bucket_lies_in_the_region_of_the_lab(account: EnvironmentAccount) -> None:
    where = account.client("s3").get_bucket_location(Bucket=BUCKET)
    assert where["LocationConstraint"] == REGION


# Looking


def archive(name: str, body: bytes = b"a model") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(body)
        tar.addfile(member, io.BytesIO(body))
    return out.getvalue()


def test_a_model_is_taken_out_of_its_archive_and_nothing_else_is() -> None:
    assert look.model_file(archive("xgboost-model")) == b"a model"
    for body in (b"", b"no archive", archive("../xgboost-model"), archive("model.pkl")):
        assert look.model_file(body) is None
    assert look.model_file(archive("xgboost-model")[:-20]) is None


def test_a_link_is_no_model() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        member = tarfile.TarInfo("xgboost-model")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(member)
    assert look.model_file(out.getvalue()) is None


def test_what_xgboost_cannot_load_says_nothing() -> None:
    assert look.predictions(archive("xgboost-model"), [[1.0]]) is None


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"1,2\n3,4\n", [[1.0, 2.0], [3.0, 4.0]]),
        (b"", []),
        (b"a,b\n1,2\n", "line 1 is not numbers: 'a,b'"),
        (b"1\n\xff\n", "line 2 is not numbers: '\ufffd'"),
    ],
)
def test_rows_are_numbers_or_the_line_that_is_none(body: bytes, found: object) -> None:
    assert look.rows(body) == found


def test_what_is_not_there_is_none(account: EnvironmentAccount) -> None:
    assert look.read(account, "nothing") is None
    assert look.read(account, "nothing", "no-such-bucket") is None
    assert look.log_lines(account, "/no/such/group", "x") == []
    assert look.training_jobs(account, "no-such-job") == []


# Taking down


@dataclass(frozen=True)
class Refusing:
    """An account in which nobody may delete a model."""

    inner: EnvironmentAccount

    @property
    def prefix(self) -> str:
        return self.inner.prefix

    @property
    def bucket(self) -> str:
        return self.inner.bucket

    @property
    def role_arn(self) -> str:
        return self.inner.role_arn

    @property
    def region(self) -> str:
        return self.inner.region

    def client(self, service: str) -> Any:
        return Denied(self.inner.client(service))


@dataclass(frozen=True)
class Denied:
    client: Any

    def __getattr__(self, name: str) -> Any:
        if name == "delete_model":
            return self._deny
        return getattr(self.client, name)

    def _deny(self, **request: object) -> None:
        answer: Any = {"Error": {"Code": "AccessDeniedException", "Message": "you may not"}}
        raise ClientError(answer, "DeleteModel")


def objects(account: EnvironmentAccount, *keys: str) -> None:
    for key in keys:
        account.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"1")


def test_only_what_carries_the_prefix_is_taken_down(account: EnvironmentAccount) -> None:
    objects(account, "train-xgboost/a", "train-xgboost-j/c", "train-xgboosting/a", "kept")
    logs = account.client("logs")
    for endpoint in ("train-xgboost", "train-xgboost-two", "train-xgboosting"):
        logs.create_log_group(logGroupName=f"/aws/sagemaker/Endpoints/{endpoint}")
    gone = [fate.thing.name.removeprefix("/aws/sagemaker/Endpoints/") for fate in clean(account)]
    wanted = ["train-xgboost", "train-xgboost-two", "train-xgboost/a", "train-xgboost-j/c"]
    assert sorted(gone) == sorted(wanted)
    left = account.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    assert {each["Key"] for each in left} == {"train-xgboosting/a", "kept"}
    assert list(clean(account)) == []


def test_what_cannot_be_deleted_is_told_with_the_reason_and_the_rest_goes(
    account: EnvironmentAccount, lab: Lab
) -> None:
    objects(account, "train-xgboost/a")
    account.client("sagemaker").create_model(
        ModelName="train-xgboost-a",
        ExecutionRoleArn=account.role_arn,
        PrimaryContainer={
            "Image": Furniture(REGION).variables(lab)["LAB_XGBOOST_IMAGE"],
            "ModelDataUrl": f"s3://{BUCKET}/train-xgboost/a",
        },
    )
    fates = {fate.thing.kind: fate.why for fate in clean(Refusing(account))}
    assert fates["object"] == ""
    assert "you may not" in fates["model"]
    assert [fate.thing.name for fate in clean(account)] == ["train-xgboost-a"]


def test_what_leans_on_others_is_taken_down_before_them() -> None:
    order = list(KINDS)
    assert order.index("endpoint") < order.index("endpoint configuration") < order.index("model")
    assert order.index("transform job") < order.index("model")
    assert order[-1] == "object"
