"""The twelfth lab: its solutions pass, each hole is found alone, and three faults are repaired."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

from labs.cloud.plane import Plane
from labs.lab import Verdict
from labs.runner import catalogue, door
from labs.runner.estate import Estate
from labs.runner.estates import ESTATE
from tests.labs.catalog.desks import Desk, Make

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("catalog-lock-it-down"),
    # moto's CloudFormation says what it passes over.
    pytest.mark.filterwarnings("ignore:Tried to parse AWS..ApiGateway..Stage:UserWarning"),
    # The SDK imports modules of its own that it has moved.
    pytest.mark.filterwarnings("ignore:sagemaker.train.* has been moved to:DeprecationWarning"),
]

LAB = catalogue.load("lock_it_down")
DoorOf: TypeAlias = Callable[[str, str], Verdict]


@pytest.fixture(scope="module")
def solved(cloud: Plane, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Where the boto3 solution has been run."""
    desk = Desk.at(LAB, tmp_path_factory.mktemp("solved"))
    ran = desk.solve()
    assert ran.left is None, ran.out
    for reason in (
        "network: Failed: ClientError: Data download failed:Please ensure that the subnet's route",
        "because no resource-based policy allows the kms:GenerateDataKey action",
        "with an explicit deny in a resource-based policy",
    ):
        assert reason in ran.out, "a fault, as it was found"
    return desk


def test_the_solution_passes_every_check(solved: Desk) -> None:
    assert solved.failing() == []


def test_the_sdks_solution_trains_as_closed_a_job_and_takes_the_rest_of_the_other(
    solved: Desk,
) -> None:
    sdk = solved.module_of("solution_sdk")
    assert sdk["other"].__name__ == "solution_boto3"
    with solved._beside():
        sdk["train"]("proof", f"alias/{solved.prefix}")
    for check in ("isolated", "least-privilege"):
        verdict = solved.look(check)
        assert verdict.passed, verdict
        assert "-proof-2" in verdict.saw, "named as the SDK names its jobs, by the date"


def test_cleaning_takes_every_kind_of_thing_and_nothing_of_others(
    fresh: Make, solved: Desk
) -> None:
    desk = fresh()
    own, fault = desk.module_of("solution_boto3"), desk.module("fault")
    with desk._beside():
        own["insecure"]()
        own["encrypt"]()
        own["enclose"]()
        own["shut"]()
        fault["plant"]()
        own["deploy"]()
    fates = desk.clean()
    assert [fate for fate in fates if fate.why] == []
    assert {*ESTATE} - {fate.thing.kind for fate in fates} == {"internet gateway"}
    assert desk.clean() == []
    kms = desk.client("kms")
    states = [
        kms.describe_key(KeyId=each["KeyId"])["KeyMetadata"]["KeyState"]
        for each in kms.list_keys()["Keys"]
    ]
    assert states.count("PendingDeletion") == 2
    assert solved.failing() == [], "what another desk has made still stands"


def test_a_gateway_that_was_attached_and_tables_added_by_hand_are_taken_down_too(
    fresh: Make,
) -> None:
    desk = fresh()
    own, ec2 = desk.module_of("solution_boto3"), desk.client("ec2")
    with desk._beside():
        own["enclose"]()
    network = Estate(desk.account).network(desk.prefix)
    assert network is not None
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)
    table = ec2.create_route_table(VpcId=network.vpc)["RouteTable"]["RouteTableId"]
    ec2.modify_vpc_endpoint(VpcEndpointId=network.endpoints[0], AddRouteTableIds=[table])
    fates = desk.clean()
    assert [fate for fate in fates if fate.why] == []
    assert gateway in {fate.thing.name for fate in fates}
    assert Estate(desk.account).network(desk.prefix) is None


# A desk at which nothing, or half of it, has been done


def test_where_nothing_is_there_each_check_says_what_is_missing(fresh: Make) -> None:
    for verdict in fresh().check().values():
        assert not verdict.passed
        assert verdict.next


def test_where_half_of_it_is_there_no_check_breaks(fresh: Make) -> None:
    desk = fresh()
    kms, ec2, s3 = (desk.client(each) for each in ("kms", "ec2", "s3"))
    desk.put("forecast.json", "[1]")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=f"alias/{desk.prefix}", TargetKeyId=key)
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": desk.prefix}]}]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")
    bucket = Estate(desk.account).bucket
    s3.create_bucket(Bucket=bucket)
    switches = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(switches, True)
    )
    role = Estate(desk.account).role_name
    desk.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument="{}")
    template = {"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}
    desk.client("cloudformation").create_stack(
        StackName=f"{desk.prefix}-door", TemplateBody=json.dumps(template)
    )
    saw = {id: verdict.saw for id, verdict in desk.check().items()}
    assert "There is no JSON object" in saw["forecast"]
    assert "does not let" in saw["key"], "a key's policy that leaves all to IAM"
    assert saw["network"] == f"{vpc} has no gateway endpoint for S3"
    assert saw["bucket"] == f"{bucket} has no policy"
    assert f"{role} may not s3:ListBucket" in saw["least-privilege"]
    assert "has no method POST" in saw["door-deployed"]
    assert "it is to be REGIONAL" in saw["door-shut"]
    kms.schedule_key_deletion(KeyId=key)
    assert desk.look("key").saw == "The key is PendingDeletion"


def test_the_starter_says_what_is_still_to_be_written(fresh: Make) -> None:
    desk = fresh()
    assert "say True or False under isolated_job" in str(desk.run("starter.py").left)
    text = (desk.folder / "starter.py").read_text()
    (desk.folder / "starter.py").write_text(text.replace("None,", "False,"))
    ran = desk.run("starter.py")
    assert ran.left == "Step 2 is still to be written: encrypt() in starter.py."
    assert "Completed. It is open in five places." in ran.out
    found = desk.check()
    assert found["forecast"].passed
    assert "Public access to" in found["bucket"].saw
    assert "may s3:GetObject on" in found["least-privilege"].saw
    assert desk.run("fault.py").left == "Your VPC and its endpoint come first: step 3."


def test_a_network_that_was_left_half_built_says_how_to_begin_anew(fresh: Make) -> None:
    desk = fresh()
    enclose = desk.module("starter")["enclose"]
    with pytest.raises(SystemExit, match="Step 3 is still to be written"):
        enclose()
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": desk.prefix}]}]
    desk.client("ec2").create_vpc(CidrBlock="10.42.0.0/16", TagSpecifications=tags)
    with pytest.raises(SystemExit, match="is half built"):
        enclose()
    assert not [fate for fate in desk.clean() if fate.why]
    with desk._beside():
        desk.module_of("solution_boto3")["enclose"]()
    enclose()


# One hole after the other


@contextlib.contextmanager
def key_policy(desk: Desk, change: Callable[[list[Any]], Any]) -> Iterator[None]:
    kms, alias = desk.client("kms"), f"alias/{desk.prefix}"
    id = kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"]
    before = kms.get_key_policy(KeyId=id, PolicyName="default")["Policy"]
    document = json.loads(before)
    change(document["Statement"])
    kms.put_key_policy(KeyId=id, PolicyName="default", Policy=json.dumps(document))
    yield
    kms.put_key_policy(KeyId=id, PolicyName="default", Policy=before)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda found: found.pop(1), "does not let"),
        (lambda found: found.pop(2), "call kms:CreateGrant"),
        (lambda found: found[1].update(Action="kms:*"), "may call kms:PutKeyPolicy"),
        (lambda found: found[1]["Action"].append("kms:EnableKey"), "may call kms:EnableKey"),
        (lambda found: found[1].update(Principal="*"), "may call kms:GenerateDataKey as well"),
        (lambda found: found[2].update(Principal="*"), "may call kms:CreateGrant as well"),
        (lambda found: found.pop(0), "Nobody administers the key"),
        (lambda found: found[1].update(Condition={"Odd": {"a": "b"}}), "cannot be read"),
    ],
)
def test_a_key_that_is_too_open_or_too_shut_is_found(
    solved: Desk, change: Callable[[list[Any]], Any], says: str
) -> None:
    with key_policy(solved, change):
        verdict = solved.look("key")
        assert (verdict.passed, says in verdict.saw) == (False, True), verdict


def test_a_key_whose_policy_is_no_policy_breaks_no_check(solved: Desk) -> None:
    with key_policy(solved, lambda found: found.clear()):
        assert "does not let" in solved.look("key").saw
    kms = solved.client("kms")
    id = kms.describe_key(KeyId=f"alias/{solved.prefix}")["KeyMetadata"]["KeyId"]
    before = kms.get_key_policy(KeyId=id, PolicyName="default")["Policy"]
    kms.put_key_policy(KeyId=id, PolicyName="default", Policy="nonsense")
    assert "cannot be read" in solved.look("key").saw
    kms.put_key_policy(KeyId=id, PolicyName="default", Policy=before)
    kms.disable_key(KeyId=id)
    assert solved.look("key").saw == "The key is Disabled"
    kms.enable_key(KeyId=id)


def test_a_network_with_a_way_out_or_without_one_to_s3_is_found(solved: Desk) -> None:
    ec2, here = solved.client("ec2"), Estate(solved.account).network(solved.prefix)
    assert here is not None
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=here.vpc)
    assert f"has a way out: {gateway}" in solved.look("network").saw
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=here.vpc)

    inside = [{"Name": "vpc-id", "Values": [here.vpc]}]
    (endpoint,) = ec2.describe_vpc_endpoints(Filters=inside)["VpcEndpoints"]
    tables = endpoint["RouteTableIds"]
    ec2.modify_vpc_endpoint(VpcEndpointId=here.endpoints[0], RemoveRouteTableIds=tables)
    assert "no route leads to the endpoint" in solved.look("network").saw
    ec2.modify_vpc_endpoint(VpcEndpointId=here.endpoints[0], AddRouteTableIds=tables)

    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    opened = {
        "GroupId": here.group,
        "IpPermissions": [{**ssh, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    }
    ec2.authorize_security_group_ingress(**opened)
    assert "lets something in" in solved.look("network").saw
    ec2.revoke_security_group_ingress(**opened)
    assert solved.look("network").passed


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"EnableNetworkIsolation": False}, "has its network"),
        ({"VpcConfig": None}, "is in no VPC"),
        ({"VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": []}}, "is in subnet-1"),
        ({"OutputDataConfig": {"S3OutputPath": "s3://a"}}, "its output with no key of yours"),
        ({"ResourceConfig": {}}, "its volume with no key of yours"),
        ({"ResourceConfig": {"VolumeKmsKeyId": "alias/aws/ebs"}}, "its volume with alias/aws/ebs"),
        ({"TrainingJobStatus": "Failed", "FailureReason": "No"}, "is Failed: No"),
        ({"TrainingJobStatus": "InProgress"}, "it has not ended yet"),
    ],
)
def test_a_job_that_is_not_closed_is_found(solved: Desk, change: dict[str, Any], says: str) -> None:
    account = solved.otherwise(lambda answer: answer.update(change))
    verdict = solved.look("isolated", account)
    assert (verdict.passed, says in verdict.saw) == (False, True), verdict
    assert not solved.look("least-privilege", account).passed


@contextlib.contextmanager
def bucket_policy(desk: Desk, change: Callable[[list[Any]], Any]) -> Iterator[None]:
    s3, name = desk.client("s3"), Estate(desk.account).bucket
    before = s3.get_bucket_policy(Bucket=name)["Policy"]
    document = json.loads(before)
    change(document["Statement"])
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(document))
    yield
    s3.put_bucket_policy(Bucket=name, Policy=before)


EVERYTHING = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}


def allow_everybody(statements: list[Any]) -> None:
    statements[:] = [EVERYTHING]


def only_by(condition: dict[str, Any]) -> Callable[[list[Any]], None]:
    """Another condition in the statement about the endpoint."""
    return lambda found: found[1].update(Condition=condition)


def also_by(endpoint: str) -> Callable[[list[Any]], None]:
    """A second endpoint beside the own one."""

    def change(found: list[Any]) -> None:
        condition = found[1]["Condition"]["StringNotEquals"]
        condition["aws:SourceVpce"] = [condition["aws:SourceVpce"], endpoint]

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda found: found.pop(0), "does not ask for TLS"),
        (lambda found: found[0].update(Resource=found[1]["Resource"]), "TLS: s3:ListBucket"),
        (lambda found: found.pop(1), "Another role of the account may s3:GetObject"),
        (lambda found: found[1].update(Action="s3:GetObject"), "may s3:PutObject"),
        (lambda found: found[1].pop("Condition"), "keeps out"),
        (only_by({"Null": {"aws:SourceVpce": "true"}}), "by another VPC's endpoint"),
        (only_by({"StringNotLike": {"aws:SourceVpce": "vpce-*"}}), "by another VPC's endpoint"),
        (only_by({"StringNotLike": {"aws:SourceVpc": "vpc-*"}}), "by another VPC's endpoint"),
        (also_by("vpce-0theirs"), "may s3:GetObject in BUCKET by vpce-0theirs"),
        (allow_everybody, "to everybody"),
        (lambda found: found.append(EVERYTHING), "to everybody"),
        (lambda found: found[1].update(Condition={"Odd": {"a": "b"}}), "cannot be read"),
    ],
)
def test_a_bucket_that_is_too_open_or_too_shut_is_found(
    solved: Desk, change: Callable[[list[Any]], Any], says: str
) -> None:
    with bucket_policy(solved, change):
        verdict = solved.look("bucket")
        saw = verdict.saw.replace(Estate(solved.account).bucket, "BUCKET")
        assert (verdict.passed, says in saw) == (False, True), verdict


def test_a_bucket_that_lets_in_the_role_or_the_vpc_in_place_of_the_endpoint_is_shut_as_well(
    solved: Desk,
) -> None:
    role = Estate(solved.account).role
    network = Estate(solved.account).network(solved.prefix)
    assert network is not None
    for condition in (
        {"ArnNotEquals": {"aws:PrincipalArn": role}},
        {"StringNotEquals": {"aws:SourceVpc": network.vpc}},
        {"StringNotEqualsIfExists": {"aws:SourceVpce": network.endpoints[0]}},
    ):
        with bucket_policy(solved, only_by(condition)):
            assert solved.look("bucket").passed, condition


def test_a_bucket_whose_public_access_is_not_blocked_is_found(solved: Desk) -> None:
    s3, name = solved.client("s3"), Estate(solved.account).bucket
    before = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    s3.put_public_access_block(
        Bucket=name, PublicAccessBlockConfiguration={**before, "BlockPublicPolicy": False}
    )
    assert "BlockPublicPolicy is off" in solved.look("bucket").saw
    s3.delete_public_access_block(Bucket=name)
    assert "is not blocked" in solved.look("bucket").saw
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=before)


@contextlib.contextmanager
def role_policy(desk: Desk, change: Callable[[list[Any]], Any]) -> Iterator[None]:
    iam, role = desk.client("iam"), Estate(desk.account).role_name
    named = {"RoleName": role, "PolicyName": "job"}
    before = iam.get_role_policy(**named)["PolicyDocument"]
    document = json.loads(json.dumps(before))
    change(document["Statement"])
    iam.put_role_policy(**named, PolicyDocument=json.dumps(document))
    yield
    iam.put_role_policy(**named, PolicyDocument=json.dumps(before))


@pytest.mark.parametrize("number", range(6))
def test_each_statement_of_the_narrow_role_is_needed(solved: Desk, number: int) -> None:
    with role_policy(solved, lambda found: found.pop(number)):
        verdict = solved.look("least-privilege")
        assert not verdict.passed
        assert " may not " in verdict.saw


@pytest.mark.parametrize(
    "more",
    [
        {"Action": "s3:*", "Resource": "*"},
        {"Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"},
        {"Action": "s3:Delete*", "Resource": "*"},
        {"Action": "s3:ListBucket", "Resource": "*"},
        {"Action": "s3:*", "Resource": "arn:aws:s3:::*/output/*"},
        {"Action": "s3:PutBucketPublicAccessBlock", "Resource": "arn:aws:s3:::*"},
        {"Action": "s3:PutBucketAcl", "Resource": "arn:aws:s3:::*"},
        {"Action": "ec2:*", "Resource": "*"},
        {"Action": ["dynamodb:*"], "Resource": "*"},
        {"Action": ["iam:CreateUser"], "Resource": "*"},
        {"Action": "secretsmanager:*", "Resource": "*"},
        {"Action": "kms:*", "Resource": "*"},
        {"Action": "iam:PassRole", "Resource": "*"},
        {"NotAction": "ec2:*", "Resource": "*"},
        {"Action": "*", "Resource": "*"},
    ],
)
def test_whatever_is_too_much_is_found(solved: Desk, more: dict[str, Any]) -> None:
    with role_policy(solved, lambda found: found.append({"Effect": "Allow", **more})):
        verdict = solved.look("least-privilege")
        assert not verdict.passed
        assert " may " in verdict.saw
        assert " may not " not in verdict.saw


def test_a_role_that_writes_where_the_labs_jobs_alone_write_is_narrow_too(solved: Desk) -> None:
    def narrower(found: list[Any]) -> None:
        (writes,) = [each for each in found if each["Action"] == "s3:PutObject"]
        writes["Resource"] = writes["Resource"].replace("output/", f"output/{solved.prefix}-")

    with role_policy(solved, narrower):
        assert solved.look("least-privilege").passed


def test_a_role_may_ask_for_prefix_and_endpoint(solved: Desk) -> None:
    network = Estate(solved.account).network(solved.prefix)
    assert network is not None
    by = {"aws:SourceVpce": network.endpoints[0]}

    def conditions(found: list[Any]) -> None:
        for each in found:
            if each["Action"] in ("s3:GetObject", "s3:PutObject"):
                each["Condition"] = {"StringEquals": by}
            elif each["Action"] == "s3:ListBucket":
                each["Condition"] = {"StringLike": {"s3:prefix": "train/*"}}

    with role_policy(solved, conditions):
        assert solved.look("least-privilege").passed


def test_a_job_really_runs_as_its_role_and_fails_without_what_it_needs(solved: Desk) -> None:
    def no_writing(found: list[Any]) -> None:
        found[:] = [each for each in found if each["Action"] != "s3:PutObject"]

    ready = solved.module("ready")
    with role_policy(solved, no_writing):
        told = ready["wait"](
            ready["start"]("narrower", lambda asked: {**asked, "VpcConfig": ready["network"]()})
        )
    assert told.startswith("Failed: ClientError: Artifact upload failed:User: arn:aws:sts::")
    assert "because no identity-based policy allows the s3:PutObject action" in told


# The faults


@pytest.mark.parametrize(
    ("fault", "check"),
    [("network", "way-to-s3"), ("key", "key-lets-role"), ("bucket", "bucket-lets-role")],
)
def test_a_fault_that_still_fails_or_was_never_seen_is_found(
    solved: Desk, fault: str, check: str
) -> None:
    def fails(answer: dict[str, Any]) -> None:
        if "TrainingJobStatus" in answer:
            answer.update(TrainingJobStatus="Failed", FailureReason="Denied")

    def completes(answer: dict[str, Any]) -> None:
        if "TrainingJobStatus" in answer:
            answer.update(TrainingJobStatus="Completed")

    verdict = solved.look(check, solved.otherwise(fails))
    assert (verdict.passed, "is Failed: Denied" in verdict.saw) == (False, True)
    verdict = solved.look(check, solved.otherwise(completes))
    assert (verdict.passed, f"fault-{fault} has failed" in verdict.saw) == (False, True)


def test_a_repair_that_opens_what_should_be_shut_is_none(solved: Desk) -> None:
    fault = f"{solved.prefix}-fault"
    ec2, here = solved.client("ec2"), Estate(solved.account)
    network = here.network(fault)
    assert network is not None
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)
    assert "has a way out now" in solved.look("way-to-s3").saw
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)

    kms, key = solved.client("kms"), here.key(f"alias/{fault}")
    assert key is not None
    anybody = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    named = {"KeyId": key.arn, "PolicyName": "default"}
    kms.put_key_policy(**named, Policy=json.dumps({"Statement": [anybody]}))
    assert not solved.look("key-lets-role").passed
    kms.put_key_policy(**named, Policy=key.policy)

    s3, bucket = solved.client("s3"), f"{fault}-{here.where.account}"
    before = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=bucket)
    assert solved.look("bucket-lets-role").saw == f"{bucket} has no policy"
    s3.put_bucket_policy(Bucket=bucket, Policy=before)


# The door


@pytest.fixture(scope="module")
def door_of(cloud: Plane, tmp_path_factory: pytest.TempPathFactory) -> DoorOf:
    """What a check says of a door, by the text of its template."""
    desk = Desk.at(LAB, tmp_path_factory.mktemp("door"), prefix="door-desk")
    deploy = desk.module("ready")["deploy"]

    def look(text: str, check: str) -> Verdict:
        (desk.folder / "door.yaml").write_text(text)
        deploy()
        return desk.look(check)

    return look


def test_the_door_as_it_is_given_is_open_and_stands(door_of: DoorOf) -> None:
    given = catalogue.given(LAB)["door.yaml"].decode()
    assert door_of(given, "door-deployed").saw == "POST takes callers by NONE"
    assert "it is to be REGIONAL" in door_of(given, "door-shut").saw


@pytest.mark.parametrize(
    ("before", "after", "check", "says"),
    [
        ("AWS_IAM", "NONE", "door-deployed", "takes callers by NONE"),
        ("sagemaker:InvokeEndpoint", "sagemaker:*", "door-deployed", "may sagemaker:DeleteEnd"),
        ("endpoint/${EndpointName}", "endpoint/*", "door-deployed", "endpoint/another"),
        ("endpoint/${EndpointName}", "endpoint/mine", "door-deployed", "is not authorized to"),
        ("endpoints/${EndpointName}/inv", "endpoints/x/inv", "door-deployed", "POST leads to"),
        ("[REGIONAL]", "[EDGE]", "door-shut", "EDGE"),
        ("Credentials: !GetAtt Role.Arn", "TimeoutInMillis: 9000", "door-shut", "no Credentials"),
        ("ThrottlingRateLimit: 10", "CachingEnabled: false", "door-shut", "do not throttle"),
        ("DestinationArn: !GetAtt Logs.Arn", "", "door-shut", "AccessLogSetting has no"),
        ("$context.requestId", "$context.requestTime", "door-shut", "needs $context.requestId"),
    ],
)
def test_each_hole_of_the_door_is_found(
    door_of: DoorOf, solved: Desk, before: str, after: str, check: str, says: str
) -> None:
    text = (solved.folder / "door.yaml").read_text()
    assert before in text
    verdict = door_of(text.replace(before, after), check)
    assert (verdict.passed, says in verdict.saw) == (False, True), verdict


def test_what_cfn_lint_finds_is_told(solved: Desk) -> None:
    text = (solved.folder / "door.yaml").read_text()
    told = door._linted(text.replace("RetentionInDays: 14", "RetentionInDays: 15"))
    assert told is not None
    assert "15" in told[0]


def test_without_cfn_lint_the_check_says_that_nobody_linted(
    solved: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "_linted", lambda text: None)
    verdict = solved.look("door-shut")
    assert verdict.passed
    assert "cfn-lint is not installed here" in verdict.saw


@pytest.mark.parametrize("text", ["", "a: [", "- 1", "Resources: 5", "Resources: {A: {Type: X}}"])
def test_a_template_that_is_none_breaks_nothing(text: str) -> None:
    read = door._read(text)
    assert read is None or next(door._wrong(read))
