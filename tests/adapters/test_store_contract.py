"""One contract for every Store: the one that forgets and the one on the disk."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizengine.attempt import AttemptId, Event, EventKind
from quizengine.content import Digest
from quizengine.errors import Superseded
from quizengine.ports import Store
from quizengine.storage.memory import MemoryStore
from quizengine.storage.sqlite import SqliteStore
from tests.adapters.samples import event, revision

ONE, TWO = AttemptId("attempt-1"), AttemptId("attempt-2")


@contextmanager
def in_memory() -> Iterator[Store]:
    yield MemoryStore()


@contextmanager
def on_disk() -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder, "record.sqlite"))
        try:
            yield store
        finally:
            store.close()


NewStore = Callable[[], AbstractContextManager[Store]]
every_store = pytest.mark.parametrize("new_store", [in_memory, on_disk])


@pytest.fixture(params=[in_memory, on_disk])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with request.param() as store:
        yield store


def test_events_come_back_whole_and_in_the_order_they_happened(store: Store) -> None:
    first = event("z", at=9, payload={"text": "Größe 100 %, \0 and \n", "deep": [{"n": 1.5}, None]})
    store.append([first, event("a", at=5, question=None)])
    store.append([event("m", at=7)])
    assert store.events(ONE) == [event("a", at=5, question=None), event("m", at=7), first]


def test_events_of_another_attempt_do_not_come_along(store: Store) -> None:
    store.append([event("a"), event("b", attempt=TWO)])
    assert store.events(TWO) == [event("b", attempt=TWO)]
    assert store.events(AttemptId("never-started")) == []


def test_an_empty_batch_changes_nothing(store: Store) -> None:
    store.append([])
    assert store.attempts() == []


def test_the_same_event_twice_changes_nothing(store: Store) -> None:
    store.append([event("a", at=1), event("a", at=2)])
    store.append([event("b"), event("a", at=3)])
    assert store.events(ONE) == [event("a", at=1), event("b")]


def test_an_event_changed_after_it_was_stored_does_not_change_the_record(store: Store) -> None:
    mine = event("a", payload={"options": ["x"]})
    store.append([mine])
    mine.payload["options"].append("y")
    assert store.events(ONE)[0].payload == {"options": ["x"]}


def test_a_note_with_half_a_surrogate_pair_is_kept(store: Store) -> None:
    """What a terminal hands over for bytes that are not UTF-8."""
    store.append([event("a", payload={"text": "caf\udce9"})])
    assert store.events(ONE)[0].payload == {"text": "caf\udce9"}


def test_each_window_that_takes_an_attempt_over_is_newer_than_all_before(store: Store) -> None:
    assert store.claim(ONE) < store.claim(ONE) < store.claim(ONE)


def test_the_newest_window_can_be_asked_for_and_that_claims_nothing(store: Store) -> None:
    assert store.epoch(ONE) == 0
    epoch = store.claim(ONE)
    assert store.epoch(ONE) == store.epoch(ONE) == epoch
    assert store.epoch(TWO) == 0


def test_an_older_window_can_no_longer_change_the_attempt(store: Store) -> None:
    older, newer = store.claim(ONE), store.claim(ONE)
    with pytest.raises(Superseded):
        store.append([event("a")], epoch=older)
    store.append([event("b")], epoch=newer)
    assert store.events(ONE) == [event("b")]


def test_nothing_of_a_superseded_batch_is_stored(store: Store) -> None:
    """Not even the events of attempts that the window still has."""
    epoch = store.claim(ONE)
    store.claim(ONE)
    with pytest.raises(Superseded):
        store.append([event("a", attempt=TWO), event("b", attempt=ONE)], epoch=epoch)
    assert store.events(ONE) == []
    assert store.events(TWO) == []


def test_an_attempt_claimed_elsewhere_does_not_hinder_another(store: Store) -> None:
    mine = store.claim(ONE)
    store.claim(TWO)
    store.claim(TWO)
    store.append([event("a")], epoch=mine)
    assert store.events(ONE) == [event("a")]


def test_without_a_window_nothing_is_superseded(store: Store) -> None:
    """As a union of two records needs it."""
    store.claim(ONE)
    store.append([event("a")])
    assert store.events(ONE) == [event("a")]


def test_a_revision_is_kept_under_its_digest(store: Store) -> None:
    duck, teal = revision('{"stem":"Ente, 鴨"}'), revision('{"stem":"teal"}')
    store.keep(dict([duck]))
    store.keep(dict([duck, teal]))
    assert store.revision(duck[0]) == duck[1]
    assert store.revision(teal[0]) == teal[1]
    assert store.revision(Digest("0" * 64)) is None


def test_attempts_pair_each_start_with_its_earliest_end_oldest_first(store: Store) -> None:
    late = event("s2", "started", attempt=TWO, at=20, question=None)
    early = event("s1", "started", attempt=ONE, at=10, question=None)
    end = event("e1", "submitted", attempt=ONE, at=30, question=None)
    store.append([late, early, event("n", at=15), end])
    earlier = event("e2", "submitted", attempt=ONE, at=25, question=None)
    store.append([earlier])
    assert store.attempts() == [(early, earlier), (late, None)]


def test_attempts_begun_in_one_moment_have_the_same_order_on_every_machine(store: Store) -> None:
    starts = [event(n, "started", attempt=f"attempt-{n}", question=None) for n in "zab"]
    store.append(starts)
    assert [start.id for start, _ in store.attempts()] == ["a", "b", "z"]


def test_a_question_was_last_shown_when_it_was_shown_latest(store: Store) -> None:
    store.append(
        [
            event("a", "shown", question="teal", at=30),
            event("b", "shown", question="teal", at=20, attempt=TWO),
            event("c", "shown", question="duck", at=10),
            event("d", "answered", question="hawk", at=40),
            event("e", "shown", question=None, at=50),
        ]
    )
    assert store.last_shown() == {"teal": 30, "duck": 10}


def test_the_learner_stays_the_same(store: Store) -> None:
    assert store.learner() == store.learner() != ""


def test_a_record_on_disk_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    duck = revision("duck")
    first = SqliteStore(tmp_path / "record.sqlite")
    learner, epoch = first.learner(), first.claim(ONE)
    first.append([event("a")], epoch=epoch)
    first.keep(dict([duck]))
    first.close()
    again = SqliteStore(tmp_path / "record.sqlite")
    assert again.learner() == learner
    assert again.events(ONE) == [event("a")]
    assert again.revision(duck[0]) == "duck"
    assert again.claim(ONE) > epoch
    again.close()


def test_two_records_on_disk_are_of_two_learners(tmp_path: Path) -> None:
    stores = [SqliteStore(tmp_path / name) for name in ("a.sqlite", "b.sqlite")]
    one, two = (store.learner() for store in stores)
    assert one != two
    for store in stores:
        store.close()


KINDS: list[EventKind] = ["started", "shown", "noted", "submitted"]
POOL = st.lists(
    st.builds(
        event,
        st.uuids().map(str),
        st.sampled_from(KINDS),
        attempt=st.sampled_from([ONE, TWO]),
        question=st.sampled_from(["duck", "teal"]),
        payload=st.dictionaries(
            st.text(max_size=3), st.text(max_size=5) | st.integers(), max_size=2
        ),
        at=st.integers(0, 2**50),
    ),
    unique_by=lambda event: event.id,
    max_size=8,
)


@st.composite
def two_records(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """Two records that may share events, each in an order of its own."""
    pool = draw(POOL)
    mine = draw(st.sets(st.sampled_from(pool).map(lambda e: e.id))) if pool else set()
    theirs = draw(st.sets(st.sampled_from(pool).map(lambda e: e.id))) if pool else set()
    one = [e for e in pool if e.id in mine]
    two = [e for e in pool if e.id in theirs]
    return draw(st.permutations(one)), draw(st.permutations(two))


def contents(store: Store) -> dict[str, Event]:
    return {e.id: e for attempt in (ONE, TWO) for e in store.events(attempt)}


@every_store
@settings(max_examples=40, deadline=None)
@given(records=two_records())
def test_the_union_of_two_records_is_commutative_and_idempotent(
    new_store: NewStore, records: tuple[list[Event], list[Event]]
) -> None:
    one, two = records
    with new_store() as forth, new_store() as back:
        forth.append(one)
        forth.append(two)
        back.append(two)
        back.append(one)
        union = {e.id: e for e in one + two}
        assert contents(forth) == contents(back) == union
        assert forth.last_shown() == back.last_shown()
        before = forth.events(ONE), forth.events(TWO), forth.attempts()
        forth.append(back.events(ONE) + back.events(TWO))
        assert (forth.events(ONE), forth.events(TWO), forth.attempts()) == before
