"""What the core reads out of a lab's journal is what labs/ itself reads out of it."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from labs import journal as labs_journal
from labs import undo as undoing
from labs.journal import Entry
from labs.undo import Call
from quizengine.journal import Left, left

NAME = "123456789012-us-east-1-quizengine.jsonl"
WHERE = ("123456789012", "us-east-1", "quizengine")


def put(key: str) -> Call:
    return Call("s3", "PutObject", {"Bucket": "b", "Key": key, "Body": {"bytes": 1}})


def lines_of(*calls: tuple[str, Call]) -> list[str]:
    found = []
    for number, (lab, call) in enumerate(calls):
        entry = Entry(str(number), number, lab, call, undoing.undo(call), Decimal(1))
        found.append(labs_journal.will(entry))
    return found


def test_what_was_willed_may_be_there_until_it_is_taken_back() -> None:
    lines = lines_of(("traffic", put("a")), ("traffic", put("b")), ("early_stopping", put("c")))
    assert left(NAME, lines) == [
        Left("traffic", 2, 0, *WHERE),
        Left("early_stopping", 1, 2, *WHERE),
    ]
    lines += [labs_journal.undone("0", 9), labs_journal.refused("2", 9, "no")]
    assert left(NAME, lines) == [Left("traffic", 1, 1, *WHERE)]
    assert left(NAME, [*lines, labs_journal.undone("1", 9)]) == []


def test_the_command_names_what_is_not_as_usual() -> None:
    (found,) = left(NAME, lines_of(("traffic", put("a"))))
    assert found.command == "quizengine lab clean traffic --target aws --region us-east-1"
    (found,) = left(NAME.replace("quizengine", "beta"), lines_of(("traffic", put("a"))))
    assert found.command.endswith(" --prefix beta")


def test_a_cloud_on_this_computer_and_a_file_of_another_kind_are_no_account() -> None:
    lines = lines_of(("traffic", put("a")))
    assert left(f"offline-{NAME}", lines) == []
    assert left("notes.jsonl", lines) == []


def test_lines_that_say_nothing_are_passed_over() -> None:
    lines = lines_of(("traffic", put("a")))
    assert len(left(NAME, ["", "[]", "7", '{"what":"will"}', *lines, lines[0][:40]])) == 1


CALLS = [
    put("a"),
    put("b"),
    Call("sagemaker", "CreateModel", {"ModelName": "m"}),
    Call("sagemaker", "UpdateEndpoint", {"EndpointName": "e", "EndpointConfigName": "c"}),
    Call("kms", "CreateKey", {}),
]
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["will", "did", "refused", "undone", "kept", "cleaned"]),
        st.integers(0, 7),
        st.sampled_from(CALLS),
        st.sampled_from(["traffic", "early_stopping"]),
    ),
    max_size=40,
)


@given(ACTS)
def test_it_reads_what_labs_read(acts: list[tuple[str, int, Call, str]]) -> None:
    lines, known = [], {}
    for at, (what, number, call, lab) in enumerate(acts):
        id = str(number)
        match what:
            case "will" if id not in known:
                known[id] = call
                entry = Entry(id, at, lab, call, undoing.undo(call))
                lines.append(labs_journal.will(entry))
            case "did" if id in known:
                answer = {"KeyMetadata": {"KeyId": f"key-{id}"}}
                way = undoing.undo(known[id], answer) if undoing.awaits(known[id]) else None
                lines.append(labs_journal.did(id, at, way))
            case "refused" if id in known:
                lines.append(labs_journal.refused(id, at, "no"))
            case "undone" if id in known:
                lines.append(labs_journal.undone(id, at))
            case "kept" if id in known:
                lines.append(labs_journal.kept(id, at, "why"))
            case "cleaned":
                lines.append(labs_journal.cleaned(lab, at))
    theirs = labs_journal.fold(lines)
    ours = left(NAME, lines)
    assert {each.lab: each.count for each in ours} == {
        lab: len(theirs.of(lab).open) for lab in {entry.lab for entry in theirs.open}
    }
    assert {each.lab: each.since for each in ours} == {
        lab: theirs.of(lab).open[-1].at for lab in {entry.lab for entry in theirs.open}
    }
