"""Training text, checked line by line and made plain for xgboost's own reader.

That reader is the one that the reference uses, so the same text gives the same numbers. But it
takes whatever it is handed: a header, words and ragged rows give a wrong model without a word, and
a weight that is missing on one line is read from foreign memory. So nothing that it read is used
unless each cell is a number in its place; a line that is not is an error that names it.

Whole blocks of lines are matched at once: for a training file of usual size that takes about as
long as reading it.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from labs.cloud.algorithms.xgboost.errors import UserError

BLOCK = 1 << 18  # bytes
DELIMITERS = (b",", b";", b"\t", b"|", b" ")
LONGEST_SNIPPET = 50  # characters of a bad line in a message

# Possessive (`++`) and atomic (`(?>`): what has matched is never tried again, so no text is slow
# to refuse. Until Python 3.11.4 a possessive group that fails half-way keeps what it had taken;
# there the groups are ordinary ones, which match the same and are slower.
HELD = b"+" if sys.version_info >= (3, 11, 5) else b""
# No longer than the reader can take: it loses whatever is beyond 64 bits, or beyond 1e38.
PLAIN = rb"[-+]?+\d{1,18}+(?:\.\d++)?%b(?:[eE][-+]?+[01]?\d)?%b" % (HELD, HELD)
NUMBER = re.compile(rb"[-+]?+(?:\d++(?>(?:\.\d*+)?)|\.\d++)(?>(?:[eE][-+]?+\d++)?)")
SPARSE = rb"[-+]?+(?:\d{1,18}+(?>(?:\.\d*+)?)|\.\d++)(?>(?:[eE][-+]?+\d{1,3}+)?)"  # in libsvm
LARGEST = 3.4e38  # of a 32-bit float
MISSING = (b"", b"nan")

log = logging.getLogger(__name__)


def columns_if_plain(file: Path, *, firm: int = 1) -> int | None:
    """How many columns each line has, if nothing in the csv file need be changed or refused.

    The first `firm` cells of a line cannot be missing: the label, and the weight if there is one.
    """
    columns, whole = 0, re.compile(b"")
    for _, block in _blocks(file):
        if not columns:
            columns = _first_line(block).count(b",") + 1
            whole = _csv_lines(b",", columns, firm)
        if not whole.fullmatch(block):
            return None
    if columns <= firm:
        return None
    _tell(b",")
    return columns


def plain_csv(files: Iterable[tuple[Path, str]], *, firm: int = 1) -> Iterator[bytes]:
    """Blocks of lines `label,feature,...`, each with as many columns as the first line.

    `files` come with the names that messages give them. A blank cell or `nan` is a missing
    feature, unless it is one of the first `firm` cells; blank lines are passed over. Raises
    UserError.
    """
    columns = 0
    for file, name in files:
        delimiter, whole = b"", re.compile(b"")
        for number, block in _blocks(file):
            if not delimiter and (first := _first_line(block)):
                delimiter = _delimiter(first)
                columns = columns or first.count(delimiter) + 1
                if columns <= firm:
                    raise _not_in("CSV", name, number, first, "It has no features.")
                whole = _csv_lines(delimiter, columns, firm)
            if not delimiter:
                continue  # blank lines only, so far
            if whole.fullmatch(block):
                yield block if delimiter == b"," else block.replace(delimiter, b",")
                continue
            for at, line in enumerate(block.splitlines(), start=number):
                try:
                    yield _plain_row(line, delimiter, columns, firm)
                except ValueError as error:
                    raise _not_in("CSV", name, at, line, str(error)) from None


def plain_libsvm(files: Iterable[tuple[Path, str]]) -> Iterator[bytes]:
    """Blocks of lines `label[:weight] [qid:group] index:value ...`.

    Weight and group stand on every line or on none. Raises UserError.
    """
    lines = None
    for file, name in files:
        for number, block in _blocks(file):
            if lines is None:
                if not (first := _first_line(block)):
                    continue
                lines = _libsvm_lines(weighted=b":" in first.split()[0], grouped=b"qid:" in first)
            if not lines.fullmatch(block):
                at, line = next(
                    (at, line)
                    for at, line in enumerate(block.splitlines(keepends=True), start=number)
                    if not lines.fullmatch(line)
                )
                raise _not_in("LIBSVM", name, at, line.rstrip(), "")
            yield block


def _blocks(file: Path) -> Iterator[tuple[int, bytes]]:
    """Whole lines, some at a time, with the number of the first; the last ends in \\n as well."""
    number = 1
    with file.open("rb") as stream:
        while block := _block(stream):
            yield number, block
            number += block.count(b"\n")


def _block(stream: BinaryIO) -> bytes:
    block = stream.read(BLOCK)
    if block and not block.endswith(b"\n"):
        block += stream.readline()
    return block if block.endswith(b"\n") or not block else block + b"\n"


def _first_line(block: bytes) -> bytes:
    return next((line for line in block.splitlines() if line.strip()), b"")


def _delimiter(line: bytes) -> bytes:
    found = next((delimiter for delimiter in DELIMITERS if delimiter in line), None)
    if found is None:
        raise UserError(
            f"Could not determine delimiter on line {_snippet(line)}:\n"
            "there must be a label and at least one feature, separated by a comma"
        )
    _tell(found)
    return found


def _tell(delimiter: bytes) -> None:
    log.info("Determined delimiter of CSV input is '%s'", delimiter.decode())


def _csv_lines(delimiter: bytes, columns: int, firm: int) -> re.Pattern[bytes]:
    """Lines whose first `firm` cells are numbers and whose other cells are numbers or blank."""
    mark = re.escape(delimiter)
    first = mark.join([PLAIN] * firm)
    cell = mark + b"(?:" + PLAIN + b")?" + HELD
    line = rb"(?>(?:%b(?:%b){%d}%b)?)" % (first, cell, columns - firm, HELD)
    return re.compile(rb"(?>(?:%b\r?+\n)*)" % line)


def _plain_row(line: bytes, delimiter: bytes, columns: int, firm: int) -> bytes:
    """One line, made plain. Raises ValueError with what is wrong with it."""
    if not line.strip():
        return b""
    cells = [cell.strip() for cell in line.split(delimiter)]
    if len(cells) != columns:
        raise ValueError(f"It has {len(cells)} columns, the first line has {columns}.")
    for place, cell in enumerate(cells):
        if NUMBER.fullmatch(cell) and abs(value := float(cell)) <= LARGEST:
            cells[place] = repr(value).encode()
        elif place >= firm and cell.lower() in MISSING:
            cells[place] = b""
        else:
            raise ValueError(
                f"Column {place + 1} holds '{_snippet(cell)}', which is not a number: "
                "there must be no header, and words must have become numbers."
            )
    return b",".join(cells) + b"\n"


def _libsvm_lines(*, weighted: bool, grouped: bool) -> re.Pattern[bytes]:
    label = SPARSE + (b":" + SPARSE if weighted else b"")
    group = rb"[ \t]++qid:\d++" if grouped else b""
    features = rb"(?>(?:[ \t]++\d{1,9}+:%b)*)" % SPARSE
    line = rb"(?>(?:%b%b%b)?)[ \t]*+(?>(?:\#[^\n]*+)?)" % (label, group, features)
    return re.compile(rb"(?>(?:%b\r?+\n)*)" % line)


def _not_in(kind: str, file: str, number: int, line: bytes, reason: str) -> UserError:
    where = "First line" if number == 1 else f"Line {number}"
    return UserError(
        f"{where} '{_snippet(line)}...' of file '{file}' is not '{kind}' format. "
        f"Please ensure the file is in '{kind}' format. {reason}".rstrip()
    )


def _snippet(line: bytes) -> str:
    return line.decode(errors="replace")[:LONGEST_SNIPPET]
