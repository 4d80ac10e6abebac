"""The recorded calls: kept before they are acknowledged, whatever happens then."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.cloud.bodies import INLINE
from labs.cloud.calls import VERSION, Call, Log, Outcome, Record
from labs.cloud.wire import Request
from labs.errors import LabsError

PUT = Request("PUT", "/bucket/key", (("host", "127.0.0.1"),), b"hello")
LARGE = bytes(range(256)) * (INLINE // 128)


def call(at: int = 1, request: Request = PUT) -> Call:
    return Call(at, 7, request)


def kept(folder: Path, *records: Record) -> Log:
    log = Log(folder)
    for record in records:
        log.append(record)
    log.close()
    return log


def read(folder: Path) -> list[Record]:
    log = Log(folder)
    try:
        return list(log)
    finally:
        log.close()


def test_what_was_kept_is_read_again_in_its_order(tmp_path: Path) -> None:
    records: list[Record] = [call(1), Outcome(2, {"job": "a", "lines": ["x", "y"]}), call(3)]
    kept(tmp_path, *records)
    assert read(tmp_path) == records


@pytest.mark.parametrize("body", [b"", b"text\n", "ünï".encode(), b"\xff\x00", LARGE])
def test_every_body_comes_back_as_it_was(tmp_path: Path, body: bytes) -> None:
    record = call(request=Request("PUT", "/b/k", (), body))
    kept(tmp_path, record)
    assert read(tmp_path) == [record]


def test_a_large_body_lies_beside_the_log_once(tmp_path: Path) -> None:
    request = Request("PUT", "/b/k", (), LARGE)
    kept(tmp_path, call(1, request), call(2, request), Outcome(3, {"model": {"artefact": LARGE}}))
    assert len(list((tmp_path / "bodies").iterdir())) == 1
    assert (tmp_path / "calls.jsonl").stat().st_size < 2000
    assert read(tmp_path)[2] == Outcome(3, {"model": {"artefact": LARGE}})


def test_the_record_holds_nobodys_signature_or_session(tmp_path: Path) -> None:
    headers = (
        ("authorization", "AWS4-HMAC-SHA256 Credential=AKIA/x/y/s3/aws4_request, Signature=5ec9e7"),
        ("x-amz-security-token", "secret-session"),
    )
    kept(tmp_path, call(request=Request("PUT", "/b", headers)))
    text = (tmp_path / "calls.jsonl").read_text()
    assert "5ec9e7" not in text
    assert "secret-session" not in text
    assert "Credential=AKIA/x/y/s3/aws4_request" in text


@pytest.mark.parametrize("cut", [1, 2, 20])
def test_a_last_line_that_was_cut_off_is_dropped_with_a_note(tmp_path: Path, cut: int) -> None:
    kept(tmp_path, call(1), call(2))
    path = tmp_path / "calls.jsonl"
    os.truncate(path, path.stat().st_size - cut)
    log = Log(tmp_path)
    assert "cut off" in log.notes[0]
    assert [record.at for record in log] == [1]
    log.append(call(3))
    log.close()
    assert [record.at for record in read(tmp_path)] == [1, 3]


def test_zeros_at_the_end_are_a_line_that_was_cut_off(tmp_path: Path) -> None:
    kept(tmp_path, call(1))
    with (tmp_path / "calls.jsonl").open("ab") as file:
        file.write(bytes(512))
    assert [record.at for record in read(tmp_path)] == [1]


@given(st.data())
def test_wherever_the_power_fails_only_the_last_record_is_lost(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("log")
    kept(folder, *(call(n) for n in range(3)))
    path = folder / "calls.jsonl"
    *_, last, _ = path.read_bytes().split(b"\n")
    end = path.stat().st_size
    os.truncate(path, data.draw(st.integers(end - len(last) - 1, end)))
    assert [record.at for record in read(folder)][:2] == [0, 1]


def test_a_damaged_line_in_the_middle_is_named(tmp_path: Path) -> None:
    kept(tmp_path, call(1), call(2))
    path = tmp_path / "calls.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"{nonsense}\n" + lines[2])
    with pytest.raises(LabsError, match="line 2") as refused:
        read(tmp_path)
    assert "cloud reset" in refused.value.hint


def test_a_body_that_is_missing_is_named(tmp_path: Path) -> None:
    kept(tmp_path, call(request=Request("PUT", "/b/k", (), LARGE)))
    for path in (tmp_path / "bodies").iterdir():
        path.unlink()
    with pytest.raises(LabsError, match=r"line 2 .*body is missing"):
        read(tmp_path)


def test_a_body_that_lost_something_is_named(tmp_path: Path) -> None:
    kept(tmp_path, call(request=Request("PUT", "/b/k", (), LARGE)))
    for path in (tmp_path / "bodies").iterdir():
        os.truncate(path, 10)
    with pytest.raises(LabsError, match=r"line 2 .*is damaged"):
        read(tmp_path)


def test_a_log_of_another_version_says_so(tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_text(json.dumps({"recorded calls": VERSION + 1}) + "\n")
    with pytest.raises(LabsError, match=f"version {VERSION + 1}.*reads version {VERSION}") as no:
        Log(tmp_path)
    assert "cloud reset" in no.value.hint


@pytest.mark.parametrize("text", ["hello\n", "[]\n", "{}\n"])
def test_a_file_that_is_no_log_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "calls.jsonl").write_text(text)
    with pytest.raises(LabsError, match="not a log"):
        Log(tmp_path)


def test_a_log_that_was_created_and_not_begun_is_begun(tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").touch()
    assert read(tmp_path) == []


def test_bodies_that_nothing_names_are_cleared_away(tmp_path: Path) -> None:
    kept(tmp_path)
    (tmp_path / "bodies" / "left-by-a-crash").write_bytes(b"x")
    assert read(tmp_path) == []
    assert list((tmp_path / "bodies").iterdir()) == []


def test_to_forget_leaves_nothing_and_the_log_goes_on(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.append(call(1, Request("PUT", "/b/k", (), LARGE)))
    log.forget()
    assert (log.count, list(log), list((tmp_path / "bodies").iterdir())) == (0, [], [])
    log.append(call(2))
    log.close()
    assert [record.at for record in read(tmp_path)] == [2]


def test_a_full_disk_is_said_and_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    class Full(Log):
        def _written(self, record: Record) -> dict[str, Any]:
            os.write(self._file, b'{"half a line')
            raise OSError(28, "No space left on device")

    kept(tmp_path, call(1))
    full = Full(tmp_path)
    with pytest.raises(LabsError, match="No space left") as refused:
        full.append(call(2))
    full.close()
    assert "room" in refused.value.hint
    assert [record.at for record in read(tmp_path)] == [1]


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "bodies").write_text("a file where the folder should be")
    with pytest.raises(LabsError, match="cannot be written"):
        Log(tmp_path)
