"""What is open in an account follows from the lines; the file keeps what was acknowledged."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs import journal
from labs.aws.journalfile import JournalFile, Whose, journals
from labs.errors import LabsError
from labs.journal import Entry, fold
from labs.undo import Call

MODEL = Call("sagemaker", "CreateModel", {"ModelName": "quizengine-tx-a"})
NO_MODEL = Call("sagemaker", "DeleteModel", {"ModelName": "quizengine-tx-a"})
UPDATE = Call("sagemaker", "UpdateEndpoint", {"EndpointName": "a", "EndpointConfigName": "b"})
KEY = Call("kms", "CreateKey", {"Tags": []})
NO_KEY = Call("kms", "ScheduleKeyDeletion", {"KeyId": "k", "PendingWindowInDays": 7})


def entry(id: str, call: Call = MODEL, undo: Call | None = NO_MODEL, usd: str = "0") -> Entry:
    return Entry(id, 1, "train_xgboost", call, undo, Decimal(usd))


def put(id: str, key: str) -> Entry:
    where = {"Bucket": "b", "Key": key}
    return entry(id, Call("s3", "PutObject", where), Call("s3", "DeleteObject", where))


def ids(lines: list[str]) -> list[str]:
    return [each.id for each in fold(lines).open]


def test_what_was_willed_is_open_until_it_is_undone_newest_first() -> None:
    lines = [journal.will(entry("1")), journal.will(put("2", "k"))]
    assert ids(lines) == ["2", "1"]
    assert ids([*lines, journal.did("2", 5)]) == ["2", "1"], "it is there now"
    assert ids([*lines, journal.undone("2", 5)]) == ["1"]


def test_a_line_gives_back_the_entry_that_was_written() -> None:
    wanted = entry("1", usd="0.1150")
    assert fold([journal.will(wanted)]).open == (wanted,)


def test_a_refused_call_is_neither_open_nor_counted() -> None:
    found = fold(
        [journal.will(entry("1", usd="1")), journal.refused("1", 2, "ValidationException")]
    )
    assert found.open == ()
    assert found.usd == 0


def test_what_never_got_an_answer_stays_open() -> None:
    assert not fold([journal.will(entry("1"))]).open[0].did


def test_what_aws_names_is_open_before_its_undo_is_known_and_after() -> None:
    lines = [journal.will(entry("1", KEY, None))]
    assert fold(lines).open[0].undo is None
    assert fold([*lines, journal.did("1", 2, NO_KEY)]).open[0].undo == NO_KEY


def test_a_change_is_counted_and_not_open() -> None:
    found = fold([journal.will(entry("1", UPDATE, None, "0.92")), journal.did("1", 2)])
    assert found.open == ()
    assert found.usd_of == {"train_xgboost": Decimal("0.92")}


def test_an_object_that_is_put_again_is_one_open_entry_the_newest() -> None:
    lines = [journal.will(put("1", "k")), journal.did("1", 2), journal.will(put("2", "k"))]
    assert ids(lines) == ["2", "1"], "the second may not have come through"
    assert ids([*lines, journal.did("2", 4)]) == ["2"]
    assert ids([*lines, journal.refused("2", 4, "no")]) == ["1"], "the first is still there"


def test_of_two_that_put_one_object_at_once_one_stays_open() -> None:
    wills = [journal.will(put("1", "k")), journal.will(put("2", "k"))]
    assert ids([*wills, journal.did("1", 3), journal.did("2", 4)]) == ["2"]
    assert ids([*wills, journal.did("2", 3), journal.did("1", 4)]) == ["2"]


def test_many_objects_are_each_open_and_each_closes_only_what_it_replaces() -> None:
    """As many as a folder of pictures has, twice: in time that grows with the lines alone."""
    first = [put(str(number), f"k{number}") for number in range(3000)]
    again = [put(f"{number}-again", f"k{number}") for number in range(3000)]
    lines = [
        line for each in [*first, *again] for line in (journal.will(each), journal.did(each.id, 2))
    ]
    assert sorted(ids(lines)) == sorted(each.id for each in again)


def test_what_was_spent_counts_until_the_lab_is_clean_not_until_a_thing_is_gone() -> None:
    lines = [journal.will(entry("1", usd="0.5")), journal.undone("1", 2)]
    assert fold(lines).usd == Decimal("0.5")
    assert fold([*lines, journal.cleaned("deploy_endpoint", 3)]).usd == Decimal("0.5")
    assert fold([*lines, journal.cleaned("train_xgboost", 3)]).usd == 0


def test_clean_forgets_nothing_that_is_still_open() -> None:
    lines = [journal.will(entry("1", usd="0.5")), journal.cleaned("train_xgboost", 3)]
    assert ids(lines) == ["1"]
    assert fold(lines).usd == Decimal("0.5")


def test_what_could_not_be_taken_back_says_why_and_stays_open() -> None:
    (found,) = fold([journal.will(entry("1")), journal.kept("1", 2, "AccessDenied")]).open
    assert found.kept == "AccessDenied"


def test_a_lab_sees_its_own_part() -> None:
    other = Entry("2", 2, "deploy_endpoint", MODEL, NO_MODEL, Decimal(1))
    found = fold([journal.will(entry("1", usd="2")), journal.will(other)])
    assert [each.id for each in found.of("deploy_endpoint").open] == ["2"]
    assert found.of("deploy_endpoint").usd == 1
    assert found.usd == 3


@pytest.mark.parametrize(
    "line",
    [
        "nonsense\n",
        "[]\n",
        "{}\n",
        '{"what":"who"}\n',
        '{"what":"will","id":"1","at":1,"lab":"a"}\n',
        '{"what":"will","id":"1","at":1,"lab":"a","call":{"service":"s","operation":"o","request":1}}\n',
        journal.will(entry("1", usd="1")).replace('"1"}', '"-1"}'),
        journal.will(entry("1", usd="1")).replace('"1"}', '"NaN"}'),
    ],
)
def test_a_line_that_says_nothing_is_told_by_its_number(line: str) -> None:
    found = fold([journal.will(put("0", "k")), line])
    assert found.unreadable == (2,)
    assert [each.id for each in found.open] == ["0"]


@given(st.integers(min_value=0), st.lists(st.sampled_from(["1", "2", "3"]), max_size=6))
def test_a_torn_last_line_says_nothing(cut: int, wills: list[str]) -> None:
    whole = [journal.will(put(id, id)) for id in dict.fromkeys(wills)]
    last = journal.will(put("9", "k"))
    torn = last[: cut % len(last)]
    assert fold([*whole, torn]) == fold(whole)


VERBS = st.tuples(
    st.sampled_from(["will", "did", "refused", "undone", "kept", "cleaned"]),
    st.integers(1, 6),
    st.integers(1, 3),
)


def _line(verb: str, id: str, key: str) -> str:
    match verb:
        case "will":
            return journal.will(put(id, key))
        case "did":
            return journal.did(id, 1)
        case "refused":
            return journal.refused(id, 1, "no")
        case "undone":
            return journal.undone(id, 1)
        case "kept":
            return journal.kept(id, 1, "no")
    return journal.cleaned("train_xgboost", 1)


@given(st.lists(VERBS, max_size=30))
def test_nothing_that_was_answered_leaves_the_open_ones_but_by_undone_or_one_like_it(
    told: list[tuple[str, int, int]],
) -> None:
    """The law by which clean can be trusted."""
    lines, keys = [], {}
    for verb, id, key in told:
        if verb == "will":
            if id in keys:
                continue  # an id is written once
            keys[id] = key
        lines.append(_line(verb, str(id), str(key)))
    found = fold(lines)
    assert found.unreadable == ()
    open_keys = {each.call.request["Key"] for each in found.open}
    for id, key in keys.items():
        after = [json.loads(line) for line in lines]
        mine = [each["what"] for each in after if each.get("id") == str(id)]
        mine = mine[mine.index("will") :]
        if "undone" not in mine and "refused" not in mine:
            sames = {str(other) for other, same in keys.items() if same == key}
            ended = {each["id"] for each in after if each["what"] in ("undone", "refused")}
            assert str(key) in open_keys or sames & ended


# The file

WHOSE = Whose("123456789012", "us-east-1", "quizengine")


def test_there_is_a_file_for_each_account_region_and_prefix(tmp_path: Path) -> None:
    others = [
        Whose("123456789012", "us-gov-east-1", "beta"),
        Whose("1" * 12, "us-east-1", "a1", True),
    ]
    for each in (WHOSE, *others):
        JournalFile.of(tmp_path, each).append(journal.will(entry("1")))
    (tmp_path / "notes.jsonl").write_text("other\n")
    assert {whose for whose, _ in journals(tmp_path)} == {WHOSE, *others}
    assert journals(tmp_path / "none") == []


def test_without_a_file_nothing_is_open(tmp_path: Path) -> None:
    assert JournalFile.of(tmp_path, WHOSE).read() == fold([])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_nobody_else_reads_it(tmp_path: Path) -> None:
    file = JournalFile.of(tmp_path / "aws", WHOSE)
    file.append(journal.will(entry("1")))
    assert file.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("tear", ['{"what":"wi', "x" * 9000])
def test_a_torn_line_is_cut_off_by_the_next_writer(tmp_path: Path, tear: str) -> None:
    file = JournalFile.of(tmp_path, WHOSE)
    file.append(journal.will(entry("1")))
    with file.path.open("a") as out:
        out.write(tear)
    assert [each.id for each in file.read().open] == ["1"]
    file.append(journal.will(put("2", "k")))
    assert [each.id for each in file.read().open] == ["2", "1"]
    assert file.read().unreadable == ()


def test_a_file_that_is_nothing_but_a_torn_line_begins_anew(tmp_path: Path) -> None:
    file = JournalFile.of(tmp_path, WHOSE)
    file.path.write_text("{")
    file.append(journal.will(entry("1")))
    assert [each.id for each in file.read().open] == ["1"]


def test_a_journal_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("no folder")
    with pytest.raises(LabsError, match="cannot be used"):
        JournalFile.of(tmp_path / "folder", WHOSE).append(journal.will(entry("1")))


WRITER = """
import sys
from pathlib import Path
from decimal import Decimal
from labs import journal
from labs.aws.journalfile import JournalFile
from labs.undo import Call
file = JournalFile(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for n in range(40):
    with file.writing() as writer:
        if writer.read().usd < 30:
            call = Call("s3", "PutObject", {"Bucket": "b", "Key": f"{sys.argv[2]}-{n}"})
            entry = journal.Entry(f"{sys.argv[2]}-{n}", 1, "lab", call, None, Decimal(1))
            writer.append(journal.will(entry))
"""


def test_what_is_decided_while_the_file_is_held_no_other_process_undermines(tmp_path: Path) -> None:
    path = tmp_path / WHOSE.name
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in "ab"
    ]
    for each in writers:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in writers:
        each.communicate("go\n")
        assert each.returncode == 0
    found = JournalFile(path).read()
    assert found.usd == 30, "the ceiling of both together"
    assert found.unreadable == ()
