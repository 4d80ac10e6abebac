"""Taking down by the journal: newest first, content with what is gone, and never more than ours."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs import journal as lines
from labs import undo as undoing
from labs.aws.clean import clean
from labs.aws.gone import is_gone
from labs.aws.journalfile import JournalFile
from labs.aws.undoing import thing_of
from labs.errors import LabsError
from labs.journal import Entry
from labs.runner import cleaning
from labs.runner.cleaning import Fate
from labs.undo import Call
from tests.labs.aws.fakes import BUCKET, Cut, FakeAccount, Key, made, refusal

LAB = "deploy_endpoint"
GROUP = "quizengine-deadlines"
TICKS = itertools.count(1)


def now() -> int:
    return next(TICKS)


@pytest.fixture
def journal(tmp_path: Path) -> JournalFile:
    return JournalFile(tmp_path / "123456789012-us-east-1-quizengine.jsonl")


def put(key: str, bucket: str = BUCKET) -> Call:
    return Call("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": {"bytes": 1}})


def model(name: str) -> Call:
    return Call("sagemaker", "CreateModel", {"ModelName": name})


def endpoint(name: str) -> Call:
    return Call("sagemaker", "CreateEndpoint", {"EndpointName": name, "EndpointConfigName": name})


def deadline(name: str) -> Call:
    told = {"Target": {"Input": json.dumps({"EndpointName": name})}}
    return Call("scheduler", "CreateSchedule", {"Name": name, "GroupName": GROUP, **told})


def willed(journal: JournalFile, call: Call, lab: str = LAB) -> str:
    entry = Entry(f"{next(TICKS)}", now(), lab, call, undoing.undo(call))
    journal.append(lines.will(entry))
    return entry.id


def done(journal: JournalFile, account: FakeAccount, *calls: Call, lab: str = LAB) -> None:
    for call in calls:
        id = willed(journal, call, lab)
        account.make(call)
        journal.append(lines.did(id, now()))


def told(fates: Iterable[Fate]) -> tuple[list[str], list[str]]:
    """What is gone, and what is left, by name."""
    found = list(fates)
    return (
        [fate.thing.name for fate in found if not fate.why],
        [fate.thing.name for fate in found if fate.why],
    )


def test_the_newest_goes_first_and_the_journal_is_closed(journal: JournalFile) -> None:
    account = FakeAccount()
    names = ["quizengine-de-a", "quizengine-de-b"]
    done(journal, account, put("quizengine-de/x"), *map(model, names))
    gone, left = told(clean(account, journal, LAB, now))
    assert gone == ["quizengine-de-b", "quizengine-de-a", "quizengine-de/x"]
    assert left == []
    assert journal.read().open == ()
    assert journal.read().of(LAB).usd == 0


def test_what_was_never_made_or_is_gone_already_is_no_trouble(journal: JournalFile) -> None:
    account = FakeAccount()
    for call in (put("quizengine-de/x"), model("quizengine-de-a"), endpoint("quizengine-de")):
        willed(journal, call)
    willed(journal, Call("sagemaker", "CreateTrainingJob", {"TrainingJobName": "quizengine-de-j"}))
    willed(journal, deadline("quizengine-de"))
    assert told(clean(account, journal, LAB, now)) == (["quizengine-de/x"], [])
    assert journal.read().open == ()  # S3 does not say whether an object was there


def test_what_a_service_made_by_itself_goes_too(journal: JournalFile) -> None:
    account = FakeAccount(things={("log_group", "/aws/sagemaker/Endpoints/quizengine-de"): ""})
    assert told(clean(account, journal, LAB, now))[0] == ["/aws/sagemaker/Endpoints/quizengine-de"]


def test_a_job_that_runs_is_stopped_first(journal: JournalFile) -> None:
    account = FakeAccount()
    job = {"TrainingJobName": "quizengine-de-j"}
    done(journal, account, Call("sagemaker", "CreateTrainingJob", job))
    clean_all = told(clean(account, journal, LAB, now))
    assert clean_all == (["quizengine-de-j"], [])
    assert account.things == {}


def test_what_cannot_be_deleted_is_told_and_stays_in_the_journal(journal: JournalFile) -> None:
    account = FakeAccount(refused={("model", "quizengine-de-a"): 9})
    done(journal, account, model("quizengine-de-a"), model("quizengine-de-b"))
    gone, left = told(clean(account, journal, LAB, now))
    assert (gone, left) == (["quizengine-de-b"], ["quizengine-de-a"])
    (entry,) = journal.read().open
    assert "not now" in entry.kept
    account.refused.clear()
    assert told(clean(account, journal, LAB, now)) == (["quizengine-de-a"], [])
    assert journal.read().open == ()


def test_the_deadline_of_an_endpoint_that_stays_stays_as_well(journal: JournalFile) -> None:
    account = FakeAccount(refused={("endpoint", "quizengine-de"): 9})
    done(journal, account, deadline("quizengine-de"), endpoint("quizengine-de"))
    gone, left = told(clean(account, journal, LAB, now))
    assert (gone, set(left)) == ([], {"quizengine-de"})
    assert set(account.things) == {("schedule", "quizengine-de"), ("endpoint", "quizengine-de")}


def config(name: str) -> Call:
    return Call("sagemaker", "CreateEndpointConfig", {"EndpointConfigName": name})


def alarm(name: str) -> Call:
    return Call("cloudwatch", "PutMetricAlarm", {"AlarmName": name})


def leaning(journal: JournalFile, account: FakeAccount) -> list[Call]:
    """An endpoint, and what it leans on: some of it younger, as after an update."""
    name = "quizengine-de"
    before, after = [model(name), config(name)], [alarm(name), model(f"{name}-b")]
    calls = [*before, deadline(name), endpoint(name), *after, config(f"{name}-b")]
    done(journal, account, *calls)
    return calls


def test_an_endpoint_goes_before_all_that_it_leans_on_also_what_is_younger(
    journal: JournalFile,
) -> None:
    account = FakeAccount()
    leaning(journal, account)
    list(clean(account, journal, LAB, now))
    changes = [each for each in account.calls if each.startswith("delete_")]
    assert changes[0] == "delete_endpoint"
    assert account.things == {}


def test_while_an_endpoint_stands_all_that_it_leans_on_stays(journal: JournalFile) -> None:
    account = FakeAccount(refused={("endpoint", "quizengine-de"): 1})
    calls = leaning(journal, account)
    gone, left = told(clean(account, journal, LAB, now))
    assert gone == []
    assert len(set(left)) == 2
    assert len(left) == len(calls), "each is told once, by the name that the sweep has for it"
    assert set(account.things) == {made(each)[0] for each in calls}
    told(clean(account, journal, LAB, now))
    assert account.things == {}


def test_what_stays_busy_is_waited_for_once(
    journal: JournalFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "PATIENCE", -1.0)
    account = FakeAccount()
    leaning(journal, account)
    account.things["endpoint", "quizengine-de"] = "Updating"
    fates = list(clean(account, journal, LAB, now))
    assert account.calls.count("describe_endpoint") == 2  # whether it goes already, and is at rest
    whys = {fate.thing.kind: fate.why for fate in fates}
    assert "still busy" in whys["endpoint"]
    assert whys["model"] == whys["endpoint configuration"] == whys["alarm"] == cleaning.STANDS


@pytest.mark.parametrize("noun", ["endpoint", "training_job", "hyper_parameter_tuning_job"])
@pytest.mark.parametrize("state", ["Completed", "Deleting"])
def test_a_deletion_that_goes_on_after_its_answer_is_waited_for(
    journal: JournalFile, monkeypatch: pytest.MonkeyPatch, noun: str, state: str
) -> None:
    monkeypatch.setattr(cleaning, "POLL", 0.0)
    state = "InService" if (noun, state) == ("endpoint", "Completed") else state
    key = (noun, "quizengine-de-j")
    account = FakeAccount(things={key: state}, slow={key: 3})
    assert told(clean(account, journal, LAB, now)) == (["quizengine-de-j"], [])


def test_what_a_job_wrote_under_its_own_name_goes_too(journal: JournalFile) -> None:
    keys = ["quizengine-de/x", "quizengine-de-j/output/model.tar.gz"]
    others = ["quizengine-dex/x", "quizengine-de-readme"]
    things = {("object", f"{BUCKET}/{key}"): "" for key in (*keys, *others)}
    account = FakeAccount(things=things)
    assert told(clean(account, journal, LAB, now)) == (keys, [])
    assert set(account.things) == {("object", f"{BUCKET}/{key}") for key in others}


def test_a_name_that_is_not_the_labs_is_left_alone(journal: JournalFile) -> None:
    account = FakeAccount()
    others = [model("quizengine-dex"), model("mine"), put("other/x"), put("quizengine-de/x", "b")]
    done(journal, account, *others)
    gone, left = told(clean(account, journal, LAB, now))
    assert gone == []
    assert sorted(left) == sorted(thing_of(each).name for each in journal.read().open)
    assert set(account.things) == {made(each)[0] for each in others}


def test_another_labs_things_stay(journal: JournalFile) -> None:
    account = FakeAccount()
    done(journal, account, model("quizengine-tx-a"), lab="train_xgboost")
    assert told(clean(account, journal, LAB, now)) == ([], [])
    assert len(journal.read().open) == 1


def test_one_that_is_cut_off_goes_on_where_it_was(journal: JournalFile) -> None:
    account = FakeAccount()
    done(journal, account, *(model(f"quizengine-de-{n}") for n in range(4)))
    account.cut_at = 4
    gone: list[str] = []
    with contextlib.suppress(Cut):
        gone.extend(fate.thing.name for fate in clean(account, journal, LAB, now))
    assert 0 < len(gone) < 4
    assert len(journal.read().open) == 4 - len(gone)
    more, left = told(clean(account, journal, LAB, now))
    assert [*gone, *more] == [f"quizengine-de-{n}" for n in (3, 2, 1, 0)]
    assert left == []


def test_credentials_that_have_expired_stop_it_and_close_nothing(journal: JournalFile) -> None:
    class Expired(FakeAccount):
        def called(self, *_: object, **__: object) -> dict[str, object]:
            raise refusal("ExpiredToken", "it is too late")

    willed(journal, model("quizengine-de-a"))
    with pytest.raises(LabsError) as error:
        list(clean(Expired(), journal, LAB, now))
    assert "expired" in error.value.message
    assert "goes on where it stopped" in str(error.value.hint)
    assert len(journal.read().open) == 1
    assert journal.read().open[0].kept == ""


class Narrow(FakeAccount):
    """May do nothing with models, nor list schedules."""

    def called(self, service: str, method: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if method.endswith("_model"):
            raise refusal("AccessDeniedException", "you may not")
        return super().called(service, method, request)

    def listed(self, method: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if method in ("list_models", "list_schedules"):
            raise refusal("AccessDeniedException", "you may not look")
        return super().listed(method, request)


def test_what_the_learners_role_may_not_the_owner_does(journal: JournalFile) -> None:
    owner = FakeAccount(things={("model", "quizengine-de-swept"): "InService"})
    narrow = Narrow(things=owner.things)
    done(journal, owner, model("quizengine-de-a"))
    gone, left = told(clean(narrow, journal, LAB, now, owner))
    assert (gone, left) == (["quizengine-de-a", "quizengine-de-swept"], [])
    assert owner.things == {}


def test_what_nobody_may_look_at_is_said_and_hides_nothing_else(journal: JournalFile) -> None:
    account = Narrow(things={("log_group", "/aws/sagemaker/Endpoints/quizengine-de"): ""})
    fates = list(clean(account, journal, LAB, now))
    assert [fate.thing.name for fate in fates if not fate.why] == [
        "/aws/sagemaker/Endpoints/quizengine-de"
    ]
    (blind,) = [fate for fate in fates if fate.why]  # but for deadlines, which end by themselves
    assert blind.thing.kind == "every model"
    assert "quizengine infra deploy" in blind.why


def test_a_bucket_that_went_with_its_stack_holds_nothing(journal: JournalFile) -> None:
    class Bare(FakeAccount):
        def listed(self, method: str, request: Mapping[str, Any]) -> dict[str, Any]:
            if method == "list_objects_v2":
                raise refusal("NoSuchBucket", "The specified bucket does not exist")
            return super().listed(method, request)

    willed(journal, model("quizengine-de-a"))
    assert told(clean(Bare(), journal, LAB, now)) == ([], [])
    assert journal.read().open == ()


@pytest.mark.parametrize(
    ("service", "code", "said", "gone"),
    [
        ("sagemaker", "ValidationException", 'Could not find model "arn:aws:...".', True),
        ("sagemaker", "ValidationException", "Requested resource not found.", True),
        ("sagemaker", "ResourceNotFound", "Requested resource not found.", True),
        ("sagemaker", "ValidationException", "Cannot delete an endpoint that is updating", False),
        ("s3", "NoSuchBucket", "", True),
        ("s3", "AccessDenied", "", False),
        ("logs", "ResourceNotFoundException", "", True),
        ("scheduler", "ResourceNotFoundException", "Schedule a does not exist.", True),
        ("application-autoscaling", "ObjectNotFoundException", "", True),
        ("cloudwatch", "ResourceNotFound", "", True),
        ("iam", "NoSuchEntity", "", True),
        ("kms", "KMSInvalidStateException", "arn is pending deletion.", True),
        ("kms", "KMSInvalidStateException", "arn is pending import.", False),
        ("ec2", "InvalidVpcID.NotFound", "", True),
        ("ec2", "DependencyViolation", "", False),
        ("cloudformation", "ValidationError", "Stack with id a does not exist", True),
        ("cloudformation", "ValidationError", "Stack is being updated", False),
        ("sns", "NotFound", "", True),
    ],
)
def test_each_service_says_in_its_own_way_that_a_thing_is_gone(
    service: str, code: str, said: str, gone: bool
) -> None:
    assert is_gone(service, refusal(code, said)) is gone


# The law

NAMES = st.sampled_from(["quizengine-de", "quizengine-de-a", "quizengine-de-b"])
CREATES = st.one_of(
    st.builds(lambda name: put(f"quizengine-de/{name}"), NAMES),
    st.builds(model, NAMES),
    st.builds(endpoint, NAMES),
    st.builds(
        lambda name: Call("sagemaker", "CreateTrainingJob", {"TrainingJobName": name}), NAMES
    ),
    st.builds(
        lambda name: Call("sagemaker", "CreateTransformJob", {"TransformJobName": name}), NAMES
    ),
    st.builds(
        lambda name: Call("sagemaker", "CreateEndpointConfig", {"EndpointConfigName": name}), NAMES
    ),
)
# What becomes of a call: it is answered; the process dies before it is sent, or before the answer
# is written down; it is refused; nobody ever knows.
ENDS = st.sampled_from(["answered", "unsent", "unanswered", "refused"])
SOMEBODY_ELSES = {
    ("model", "quizengine-dex"): "InService",
    ("model", "quizengine-d"): "InService",
    ("endpoint", "my-quizengine-de"): "InService",
    ("training_job", "production"): "InProgress",
    ("object", f"{BUCKET}/quizengine-dex/x"): "",
    ("object", "elsewhere/quizengine-de/x"): "",
    ("schedule", "quizengine-dex"): "",
    ("log_group", "/aws/sagemaker/Endpoints/quizengine-dex"): "",
}


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(CREATES, ENDS), max_size=8),
    st.lists(st.integers(1, 25), max_size=3),
    st.dictionaries(NAMES, st.integers(1, 2), max_size=2),
)
def test_whatever_was_made_and_wherever_it_died_nothing_is_left_and_nobody_elses_is_touched(
    tmp_path_factory: pytest.TempPathFactory,
    acts: list[tuple[Call, str]],
    cuts: list[int],
    stubborn: dict[str, int],
) -> None:
    journal = JournalFile(tmp_path_factory.mktemp("journals") / "j.jsonl")
    account = FakeAccount(things=dict(SOMEBODY_ELSES))
    for call, end in acts:
        wanted = [call]
        if call.operation == "CreateEndpoint":
            wanted.insert(0, deadline(call.request["EndpointName"]))
        for each in wanted:
            id = willed(journal, each)
            if each is not call or end in ("answered", "unanswered"):
                account.make(each)
            if each is not call or end == "answered":
                journal.append(lines.did(id, now()))
            elif end == "refused" and made(each)[0] not in account.things:
                journal.append(lines.refused(id, now(), "no"))
    account.refused = {("endpoint", name): times for name, times in stubborn.items()}

    def leant_on() -> set[Key]:
        return {key for key in account.things if key[0] in ("model", "endpoint_config")}

    there = leant_on()

    def guarded() -> None:
        standing = {name for kind, name in account.things if kind == "endpoint"}
        watched = {name for kind, name in account.things if kind == "schedule"}
        assert standing - {"my-quizengine-de"} <= watched, "an endpoint stands without a deadline"
        if standing - {"my-quizengine-de"}:
            assert leant_on() == there, "what an endpoint may lean on goes before it"

    account.looked = guarded
    for cut in cuts:
        account.cut_at = cut
        with contextlib.suppress(Cut):
            list(clean(account, journal, LAB, now))
    account.cut_at = 0
    for _ in range(6):
        *_, left = [[], *told(clean(account, journal, LAB, now))]
    assert left == []
    assert journal.read().open == ()
    transforms = {key for key in account.things if key[0] == "transform_job"}
    assert all(account.things[key] != "InProgress" for key in transforms)
    assert {
        key: account.things[key] for key in account.things.keys() - transforms
    } == SOMEBODY_ELSES
