"""The lab on segments: its solution passes, its fault misplaces, each check says what it lacks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from labs.catalog.kmeans_segments import checks
from labs.cloud.algorithms.catalogue import ALGORITHMS
from labs.cloud.plane import Plane
from labs.datasets import customers
from labs.runner import catalogue, look
from tests.labs.catalog.desks import Desk, Make, ended

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("catalog-kmeans-segments")]

LAB = catalogue.load("kmeans_segments")
GUIDE = catalogue.guide(LAB)
TRAIN, TEST = customers.customers()
MEAN, STD = TRAIN.mean(axis=0), TRAIN.std(axis=0)


@pytest.fixture(scope="module")
def solved(cloud: Plane, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Where the boto3 solution has been run."""
    desk = Desk.at(LAB, tmp_path_factory.mktemp("solved"))
    ran = desk.solve()
    assert ran.left is None, ran.out
    return desk


@pytest.fixture
def prepared(fresh: Make) -> Desk:
    """A desk whose rows lie in S3 as they must."""
    desk = fresh()
    for folder, rows in (("train", TRAIN), ("test", TEST)):
        desk.put(f"{folder}/rows.csv", customers.as_csv((rows - MEAN) / STD))
    return desk


def train(desk: Desk, name: str, content_type: str = "text/csv;label_size=0", **told: str) -> str:
    """Run a job on the scaled rows to its end; its whole name."""
    ready = desk.module("ready")
    settings = {"k": "4", "feature_dim": "5", **told}
    channels = [ready["channel"](part, part, content_type) for part in ("train", "test")]
    desk.client("sagemaker").create_training_job(
        TrainingJobName=f"{desk.prefix}-{name}",
        HyperParameters=settings,
        **ready["definition"](*channels),
    )
    ended(desk, f"{desk.prefix}-{name}")
    return f"{desk.prefix}-{name}"


# The way through


def test_nothing_holds_in_an_empty_cloud(fresh: Make) -> None:
    verdicts = fresh().check()
    assert not [id for id, verdict in verdicts.items() if verdict.passed]
    assert all(verdict.saw and verdict.next for verdict in verdicts.values())


def test_the_starter_asks_for_what_you_expect_and_then_names_the_next_step(fresh: Make) -> None:
    desk = fresh()
    ran = desk.run("starter.py")
    assert str(ran.left).startswith("Step 1 is still to be written: expect() says nothing of falls")
    starter = desk.folder / "starter.py"
    starter.write_text(starter.read_text().replace(": None,", ": False,"))
    assert desk.run("starter.py").left == "Step 2 is still to be written: scale() in starter.py."
    assert desk.look("forecast").saw == "Kept before the first job. Now see what comes"
    assert desk.failing() == [check.id for check in LAB.checks][1:]


def test_the_solution_with_boto3_passes_every_check(solved: Desk) -> None:
    assert solved.failing() == []
    assert solved.look("forecast").saw == "Kept before the first job. So far 3 came as you said"


def test_no_more_than_two_jobs_run_at_once(solved: Desk) -> None:
    """A new account has a quota of a few instances."""
    sagemaker = solved.client("sagemaker")
    listed = sagemaker.list_training_jobs(NameContains=f"{solved.prefix}-")
    names = [each["TrainingJobName"] for each in listed["TrainingJobSummaries"]]
    found = [sagemaker.describe_training_job(TrainingJobName=name) for name in names]
    ran = [(each["CreationTime"], each["TrainingEndTime"]) for each in found]
    assert len(ran) == 7
    assert max(sum(start <= at < end for start, end in ran) for at, _ in ran) == 2


def test_the_segments_are_those_that_made_the_customers(solved: Desk) -> None:
    told = json.loads(solved.get("segments.json") or b"")
    sizes = {name: told["customers"][each] for each, name in told["names"].items()}
    made = dict(zip(checks.MOST, customers._CUSTOMERS, strict=True))
    assert sizes == {name: pytest.approx(0.8 * count, rel=0.1) for name, count in made.items()}
    new = json.loads(solved.get("newcomers.json") or b"")
    assert new == dict(zip(checks.MOST, customers._NEWCOMERS, strict=True))


def test_the_guide_shows_what_comes(solved: Desk) -> None:
    assert '"mean": [6.32, 9.13, 0.389, 17.2, 250184]' in GUIDE
    shown = [f"{value:.3g}" for value in MEAN[:4]] + [f"{MEAN[4]:.0f}"]
    assert shown == ["6.32", "9.13", "0.389", "17.2", "250184"]
    msd = json.loads(solved.get("elbow.json") or b"")["msd"]
    assert f'"2": {msd["2"]:.2f}, "3": {msd["3"]:.2f}' in GUIDE
    told = json.loads(solved.get("explained.json") or b"")
    assert f'"cents": {told["raw"]["cents"]:.2f}' in GUIDE
    assert f'"cents": {told["scaled"]["cents"]:.2f}' in GUIDE
    assert f'"visits": {told["scaled"]["visits"]:.2f}' in GUIDE
    assert "test:msd" in (solved.folder / "elbow.svg").read_text()


def test_a_tuning_job_searches_over_what_the_guide_names_and_not_over_k() -> None:
    said = " ".join(GUIDE.split()).partition("can be objectives of a tuning job, for ")[2]
    named, _, rest = said.partition("; ")
    assert set(re.findall(r"`(\w+)`", named)) == set(ALGORITHMS["kmeans"].tunable or ())
    assert rest.startswith("`k` is not tunable.")


def test_the_fault_misplaces_nearly_every_second_newcomer(solved: Desk) -> None:
    rows = customers.newcomers()
    own = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    of_train = (rows - MEAN) / STD
    told = json.loads(solved.get("segments.json") or b"")["means"].values()
    centres = (np.array([list(mean.values()) for mean in told]) - MEAN) / STD
    right, wrong = (
        ((each[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1) for each in (of_train, own)
    )
    assert 0.4 < (right != wrong).mean() < 0.5


# What each check says where it does not hold


@pytest.mark.parametrize("body", [None, "[1]", b"\xff\x00"])
@pytest.mark.parametrize(
    ("check", "name"),
    [
        ("forecast", "forecast"),
        ("elbow", "elbow"),
        ("compared", "explained"),
        ("segments", "segments"),
    ],
)
def test_a_report_that_is_none_is_told(
    solved: Desk, check: str, name: str, body: str | bytes | None
) -> None:
    with solved.instead(f"{name}.json", body):
        verdict = solved.look(check)
    assert not verdict.passed
    assert f"There is no JSON object in s3://{solved.account.bucket}/" in verdict.saw


def other(*path: str, value: object) -> Callable[[dict[str, Any]], None]:
    """Another value in a place of a report."""

    def change(told: dict[str, Any]) -> None:
        for name in path[:-1]:
            told = told[name]
        told[path[-1]] = value

    return change


def _two_names(told: dict[str, Any]) -> None:
    one, two = list(told["names"])[:2]
    told["names"][one], told["names"][two] = told["names"][two], told["names"][one]


@pytest.mark.parametrize(
    ("check", "name", "change", "saw"),
    [
        ("scaled", "scaling", other("mean", value=[1, 2, 3]), "scaling.json has [1, 2, 3] under"),
        ("scaled", "scaling", other("mean", value=[0] * 5), "another mean than the training rows"),
        ("scaled", "scaling", other("std", value=["1"] * 5), "another std than the training rows"),
        ("elbow", "elbow", other("msd", value=3), "says None for k = 2; the job's test:msd is"),
        ("elbow", "elbow", other("msd", "5", value=0.5), "elbow.json says 0.5 for k = 5"),
        ("elbow", "elbow", other("k", value=7), "elbow.json takes k = 7"),
        ("elbow", "elbow", other("k", value=[4]), "elbow.json takes k = [4]"),
        ("elbow", "elbow", other("job", value="x"), "elbow.json names the job 'x'"),
        ("compared", "explained", other("raw", value=0), "says None under raw, visits"),
        ("compared", "explained", other("scaled", "cents", value=0.9), "0.9 under scaled, cents"),
        ("segments", "segments", other("customers", "0", value=7), "7 customers in cluster 0"),
        ("segments", "segments", other("means", "1", value=[]), "None for visits of cluster 1"),
        ("segments", "segments", other("means", "2", "cents", value=0.1), "0.1 for cents of"),
        ("segments", "segments", other("names", value=None), "names the clusters None, None"),
        ("segments", "segments", other("names", "0", value="x"), "names the clusters x, "),
        ("segments", "segments", _two_names, "is called "),
        ("repaired", "newcomers", other("lapsed", value=53), "newcomers.json says 53 lapsed"),
        ("repaired", "newcomers", other("lapsed", value=None), "newcomers.json says None lapsed"),
    ],
)
def test_a_report_that_is_wrong_is_told(
    solved: Desk, check: str, name: str, change: Callable[[dict[str, Any]], None], saw: str
) -> None:
    told = json.loads(solved.get(f"{name}.json") or b"")
    change(told)
    with solved.instead(f"{name}.json", json.dumps(told)):
        verdict = solved.look(check)
    assert not verdict.passed
    assert saw in verdict.saw
    assert verdict.next


BOTH = np.concatenate([TRAIN, TEST])


@pytest.mark.parametrize(
    ("folder", "body", "saw"),
    [
        ("train", None, "There is no table of numbers in s3://"),
        ("train", b"some,words\n", "There is no table of numbers in s3://"),
        ("train", b"1,2\n3\n", "There is no table of numbers in s3://"),
        ("train", b"1e999,2\n-1e999,4\n", "There is no table of numbers in s3://"),
        ("train", customers.as_csv(TEST), "has 300 rows of 5 columns"),
        ("train", customers.as_csv(TRAIN), "The columns of train have the means 6.32,"),
        ("test", customers.as_csv((TEST - TEST.mean(0)) / TEST.std(0)), "by their own mean"),
        (
            "train",
            customers.as_csv((TRAIN - BOTH.mean(0)) / BOTH.std(0)),
            "of training and test rows together",
        ),
    ],
)
def test_rows_on_another_scale_are_told(
    solved: Desk, folder: str, body: bytes | None, saw: str
) -> None:
    with solved.instead(f"{folder}/rows.csv", body):
        verdict = solved.look("scaled")
    assert not verdict.passed
    assert saw in verdict.saw


def test_a_spread_that_divides_by_one_less_is_as_good(prepared: Desk) -> None:
    std = TRAIN.std(axis=0, ddof=1)
    for folder, rows in (("train", TRAIN), ("test", TEST)):
        prepared.put(f"{folder}/rows.csv", customers.as_csv((rows - MEAN) / std))
    prepared.put("scaling.json", json.dumps({"mean": MEAN.tolist(), "std": std.tolist()}))
    assert prepared.look("scaled").passed


def test_a_job_that_failed_is_told(prepared: Desk) -> None:
    """A csv whose first column is taken for a label is the likeliest mistake."""

    def saw() -> str:
        return prepared.look("elbow").saw

    assert saw().startswith("No completed job with k = 2 reads the scaled rows")
    name = train(prepared, "labelled", "text/csv", k="2")
    assert saw().startswith(f"{name} is Failed. ")


def test_jobs_that_differ_in_more_than_k_are_told(solved: Desk) -> None:
    def longer(answer: dict[str, Any]) -> None:
        if "-k5-" in answer.get("TrainingJobName", ""):
            answer["HyperParameters"]["epochs"] = "9"

    def silent(answer: dict[str, Any]) -> None:
        if "-k5-" in answer.get("TrainingJobName", ""):
            answer["FinalMetricDataList"] = []

    verdict = solved.look("elbow", solved.otherwise(longer))
    assert "-k5-" in verdict.saw
    assert "differs in more than k" in verdict.saw
    assert solved.look("elbow", solved.otherwise(silent)).saw == "A job has told no test:msd"


def test_what_was_said_afterwards_is_no_forecast(solved: Desk) -> None:
    def earlier(answer: dict[str, Any]) -> None:
        if "TrainingJobName" in answer:
            answer["CreationTime"] = answer["CreationTime"].replace(year=2020)

    verdict = solved.look("forecast", solved.otherwise(earlier))
    assert "forecast.json is younger than kmeans-segments-" in verdict.saw


def answers(desk: Desk, name: str) -> str:
    """Where the newest transform job whose name begins so has put its answers."""
    newest = look.transform_jobs(desk.account, f"{desk.prefix}-{name}")[0]
    return f"{newest['TransformJobName']}/rows.csv.out"


@pytest.mark.parametrize(
    ("name", "check"), [("raw", "compared"), ("scaled", "segments"), ("repaired", "repaired")]
)
@pytest.mark.parametrize(
    "body",
    [None, b"\xff", b'{"closest_cluster": -1}\n', b"[1]\n[2]"],
)
def test_answers_that_are_none_are_told(
    solved: Desk, name: str, check: str, body: bytes | None
) -> None:
    with solved.instead(answers(solved, name), body):
        verdict = solved.look(check)
    assert not verdict.passed
    assert (
        "tells the clusters of s3://" in verdict.saw or "has not told 200 clusters" in verdict.saw
    )


def test_raw_rows_that_are_not_raw_are_told(solved: Desk) -> None:
    with solved.instead("raw-train/rows.csv", b"1,2,3,4,5\n"):
        assert "is not the training rows as they are" in solved.look("compared").saw


def test_the_repair_is_followed_step_by_step_and_cleaning_leaves_nothing(
    prepared: Desk, solved: Desk
) -> None:
    def saw() -> str:
        return prepared.look("repaired").saw

    assert saw() == "The fault has not been planted yet"
    job = train(prepared, "k4")
    assert prepared.look("elbow").saw.startswith("No completed job with k = 2 ")
    prepared.put("elbow.json", json.dumps({"job": job}))
    ready = prepared.module("ready")
    clusters = ready["closest"](job, "train", "scaled")
    module = prepared.module("fault")
    with prepared._beside():
        wrong = module["score"](customers.newcomers())
    assert saw() == "The newcomers are scaled by their own mean and spread"
    assert prepared.look("repaired").next == "Two shops, one scale: what was the model trained on?"
    ready["put"]("newcomers", customers.newcomers())
    assert "did not score the newcomers as the model was trained" in saw()
    ready["put"]("newcomers", (customers.newcomers() - MEAN) / STD)
    fault = answers(prepared, "newcomers")
    right = ready["closest"](job, "newcomers", "newcomers")
    assert 0.4 < (right != wrong).mean() < 0.5
    assert "There is no JSON object in s3://" in saw(), "segments are not named yet"
    names = {}
    for each in np.unique(clusters):
        means = TRAIN[clusters == each].mean(axis=0)
        names[str(each)] = (
            "lapsed" if means[3] > 40 else "stockers" if means[1] > 15 else
            "bargain hunters" if means[2] > 0.5 else "regulars"
        )  # fmt: skip
    told = {
        "names": names,
        "customers": {str(each): int((clusters == each).sum()) for each in np.unique(clusters)},
        "means": {
            str(each): dict(
                zip(customers.COLUMNS, TRAIN[clusters == each].mean(axis=0).tolist(), strict=True)
            )
            for each in np.unique(clusters)
        },
    }
    prepared.put("segments.json", json.dumps(told))
    assert "newcomers.json says 0 " in saw()
    prepared.put("newcomers.json", solved.get("newcomers.json") or b"")
    assert prepared.look("repaired").passed
    with prepared.instead(answers(prepared, "newcomers"), prepared.get(fault)):
        assert "tells other clusters than those rows have" in saw()
    leaves_nothing(prepared)
    assert solved.look("elbow").passed
    assert solved.look("segments").passed


def leaves_nothing(prepared: Desk) -> None:
    kinds = {fate.thing.kind for fate in prepared.clean()}
    assert {"model", "training job", "object", "log stream"} <= kinds
    assert [fate for fate in prepared.clean() if fate.why] == []
