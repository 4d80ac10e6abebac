"""What the door writes into the journal of an account, and under which ceiling."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal

from labs import journal
from labs.aws.journalfile import JournalFile
from labs.aws.terms import Terms
from labs.cost import Cost
from labs.errors import LabsError
from labs.journal import Entry, Journal
from labs.undo import Call, Values, afterwards, awaits, plain, undo


class Ledger:
    """`now` gives UTC milliseconds, `new_id` a name for an entry."""

    def __init__(self, terms: Terms, now: Callable[[], int], new_id: Callable[[], str]) -> None:
        self._terms, self._now, self._new_id = terms, now, new_id
        self._file = JournalFile(terms.journal)

    def look(self, cost: Cost) -> None:
        """Raises LabsError where a call of this cost may not leave."""
        with self._file.writing() as writer:
            self._look(writer.read(), cost)

    def will(self, call: Call, cost: Cost) -> str:
        """Write a call down that is about to leave, if it may: the id of its entry. Nobody else can
        write in between. Raises LabsError."""
        entry = Entry(self._new_id(), self._now(), self._terms.lab, call, undo(call), cost.usd)
        with self._file.writing() as writer:
            self._look(writer.read(), cost)
            writer.append(journal.will(entry))
        return entry.id

    def did(self, id: str, call: Call, answer: Values) -> None:
        """It was answered, which may say how to take it back."""
        told = undo(call, answer) if awaits(call) else None
        self._file.append(journal.did(id, self._now(), told))

    def refused(self, id: str, why: str) -> None:
        """Surely nothing was made by it."""
        self._file.append(journal.refused(id, self._now(), why[:500]))

    def taken_back(self, call: Call, answer: Values | None = None) -> None:
        """Close what the learner's own script has taken back, as far as the answer says so."""
        ways = list(_single(call, answer or {}))
        with self._file.writing() as writer:
            for entry in writer.read().open:
                if any(_undoes(each, entry) for each in ways):
                    writer.append(journal.undone(entry.id, self._now()))

    def _look(self, found: Journal, cost: Cost) -> None:
        if found.unreadable:
            lines = ", ".join(map(str, found.unreadable))
            raise LabsError(
                f"the journal {self._file.path} cannot be read at line {lines}.",
                "Take everything down first: quizengine lab clean --target aws.",
            )
        spent, ceiling = found.of(self._terms.lab).usd, self._terms.ceiling
        if cost.usd > 0 and spent + cost.usd > ceiling:
            raise LabsError(
                f"it can cost {_usd(cost.usd)} ({cost.why}). With {_usd(spent)} that this lab can "
                f"cost already, that is more than the ceiling of {_usd(ceiling)}.",
                f"Take down what is there: quizengine lab clean {self._terms.lab} --target aws; "
                "or allow more: --max-usd.",
            )


def _undoes(call: Call, entry: Entry) -> bool:
    """Whether a call takes an entry back: it says all that the undo says, and may say more, such as
    a client token; but not that it means an older version only."""
    if entry.undo is None or call.request.get("VersionId"):
        return False
    for way in (entry.undo, afterwards(entry.undo)):
        if way is not None and (way.service, way.operation) == (call.service, call.operation):
            asked = json.loads(json.dumps(plain(call.request)))
            return all(asked.get(name) == value for name, value in way.request.items())
    return False


def _single(call: Call, answer: Values) -> Iterator[Call]:
    """A call as the undos that it is worth. S3 refuses some of many, and answers all the same."""
    yield call
    where = {name: call.request.get(name) for name in ("Bucket", "Key", "UploadId")}
    match call.service, call.operation:
        case "s3", "DeleteObjects":
            kept = {each.get("Key") for each in answer.get("Errors", ())}
            for each in call.request["Delete"]["Objects"]:
                if each["Key"] not in kept:
                    yield Call("s3", "DeleteObject", {**each, "Bucket": where["Bucket"]})
        case "s3", "CompleteMultipartUpload":  # what is complete cannot be aborted
            yield Call("s3", "AbortMultipartUpload", where)


def _usd(amount: Decimal) -> str:
    return f"{amount:.2f} USD" if amount >= Decimal("0.01") or not amount else "under 0.01 USD"
