"""The process of the cloud: it starts once, ends when told, and nothing acknowledged is lost."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labs.cloud import service
from labs.cloud.claim import Claim, Running, is_claimed, running
from labs.errors import LabsError
from tests.labs.service.conftest import Clients

pytestmark = pytest.mark.slow

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The folder of a cloud, which has ended when the test has."""
    folder = tmp_path / "the cloud"
    yield folder
    service.stop(folder)


def start(folder: Path) -> Running:
    return service.start(folder, port=0).running


def kill(server: Running) -> None:
    """As a power failure ends it. Not a child of anybody: wait for the system to let go."""
    os.kill(server.pid, signal.SIGKILL)
    assert service._until(lambda: not _listens(server.url), 10)


def _listens(url: str) -> bool:
    host, _, port = url.removeprefix("http://").rpartition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def furnish(clients: Clients, url: str) -> dict[str, Any]:
    """Put something of everything into a cloud; what a learner then sees of it."""
    s3 = clients(url, "s3")
    s3.create_bucket(Bucket="furnished")
    s3.put_object(Bucket="furnished", Key="large", Body=bytes(range(256)) * 400)
    upload = s3.create_multipart_upload(Bucket="furnished", Key="parts")["UploadId"]
    part = s3.upload_part(
        Bucket="furnished", Key="parts", UploadId=upload, PartNumber=1, Body=b"part"
    )
    s3.complete_multipart_upload(
        Bucket="furnished",
        Key="parts",
        UploadId=upload,
        MultipartUpload={"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]},
    )
    s3.put_object(Bucket="furnished", Key="gone", Body=b"x")
    s3.delete_object(Bucket="furnished", Key="gone")
    clients(url, "iam").create_role(RoleName="learner", AssumeRolePolicyDocument=json.dumps(TRUST))
    clients(url, "logs").create_log_group(logGroupName="/mine")
    return seen(clients, url)


def seen(clients: Clients, url: str) -> dict[str, Any]:
    s3 = clients(url, "s3")
    found = {
        "buckets": s3.list_buckets()["Buckets"],
        "objects": s3.list_objects_v2(Bucket="furnished")["Contents"],
        "large": s3.get_object(Bucket="furnished", Key="large")["Body"].read(),
        "role": clients(url, "iam").get_role(RoleName="learner")["Role"],
        "logs": clients(url, "logs").describe_log_groups()["logGroups"],
    }
    assert [one["Key"] for one in found["objects"]] == ["large", "parts"]
    return found


def test_what_it_holds_is_the_same_after_a_stop_and_after_a_hard_end(
    folder: Path, clients: Clients
) -> None:
    first = start(folder)
    before = furnish(clients, first.url)
    assert service.stop(folder) == first
    second = start(folder)
    assert seen(clients, second.url) == before
    kill(second)
    assert service.status(folder).server is None
    assert seen(clients, start(folder).url) == before


def test_a_second_start_finds_the_first(folder: Path) -> None:
    first = service.start(folder, port=0)
    again = service.start(folder)
    assert (first.new, again.new) == (True, False)
    assert again.running == first.running
    with pytest.raises(LabsError, match="runs already") as refused:
        service.start(folder, port=1)
    assert "cloud stop" in refused.value.hint
    assert service.stop(folder) == first.running
    assert service.stop(folder) is None


def test_of_two_starts_at_once_one_wins_and_the_other_says_so(folder: Path) -> None:
    started: list[service.Started] = []
    both = [
        threading.Thread(target=lambda: started.append(service.start(folder, port=0)))
        for _ in range(2)
    ]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(one.new for one in started) == [False, True]
    assert started[0].running == started[1].running


def test_it_belongs_to_no_terminal(folder: Path) -> None:
    server = start(folder)
    assert os.getsid(server.pid) == server.pid


def test_status_says_what_runs_and_where_its_log_is(folder: Path, clients: Clients) -> None:
    assert service.status(folder).sentence() == "The cloud does not run."
    server = start(folder)
    found = service.status(folder)
    assert found.server == server
    assert found.calls == 0
    assert found.log.is_file()
    assert server.url in found.sentence()
    clients(server.url, "s3").create_bucket(Bucket="one")
    assert service.status(folder).calls == 1


def test_a_server_that_hangs_is_told_and_then_ended_hard(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start(folder)
    os.kill(server.pid, signal.SIGSTOP)
    monkeypatch.setattr(service, "GRACE", 0.2)
    monkeypatch.setattr(service, "ANSWER", 0.2)
    assert service.status(folder).sentence().endswith("but does not answer.")
    assert service.stop(folder) == server
    assert not is_claimed(folder)


def test_to_forget_is_possible_while_it_runs_and_when_it_does_not(
    folder: Path, clients: Clients
) -> None:
    server = start(folder)
    s3 = clients(server.url, "s3")
    s3.create_bucket(Bucket="one")
    service.reset(folder)
    assert s3.list_buckets()["Buckets"] == []
    s3.create_bucket(Bucket="two")
    service.stop(folder)
    service.reset(folder)
    server = start(folder)
    assert clients(server.url, "s3").list_buckets()["Buckets"] == []


# Refusals


def test_a_port_that_is_taken_is_named(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(LabsError, match=f"Port {port}.*cannot be had") as refused:
            service.start(folder, port=port)
    assert "--port" in refused.value.hint
    assert not is_claimed(folder)


def test_without_a_wish_another_port_will_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setattr(service, "PORT", other.getsockname()[1])
        assert not service.start(folder).running.url.endswith(f":{service.PORT}")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.10", "example.com", ""])
def test_an_address_that_others_could_reach_is_refused(folder: Path, host: str) -> None:
    with pytest.raises(LabsError, match="this computer alone"):
        service.start(folder, host=host)
    assert not folder.exists()


def test_a_log_that_cannot_be_read_is_said_at_the_start(folder: Path) -> None:
    folder.mkdir()
    (folder / "calls.jsonl").write_text('{"recorded calls": 99}\n')
    with pytest.raises(LabsError, match="version 99") as refused:
        start(folder)
    assert "cloud reset" in refused.value.hint
    service.reset(folder)
    assert start(folder).url


def test_a_last_call_that_was_cut_off_is_told(folder: Path, clients: Clients) -> None:
    server = start(folder)
    clients(server.url, "s3").create_bucket(Bucket="one")
    clients(server.url, "s3").create_bucket(Bucket="two")
    kill(server)
    path = folder / "calls.jsonl"
    os.truncate(path, path.stat().st_size - 5)
    started = service.start(folder, port=0)
    assert "cut off" in started.notes[0]
    (bucket,) = clients(started.running.url, "s3").list_buckets()["Buckets"]
    assert bucket["Name"] == "one"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "cloud"
    for act in (start, service.reset):
        with pytest.raises(LabsError, match="cannot be"):
            act(folder)
    assert service.stop(folder) is None
    assert service.status(folder).server is None


# The claim


def test_a_file_that_was_left_behind_means_nothing(tmp_path: Path) -> None:
    claim = Claim.take(tmp_path)
    assert claim is not None
    claim.publish(Running(os.getpid(), "http://127.0.0.1:1", 0, 0.0, "log"))
    left = (tmp_path / "server.json").read_text()
    claim.release()
    (tmp_path / "server.json").write_text(left)
    assert running(tmp_path) is None
    assert service.stop(tmp_path) is None  # and nobody's process is ended


def test_only_one_has_the_claim(tmp_path: Path) -> None:
    first = Claim.take(tmp_path)
    assert first is not None
    assert Claim.take(tmp_path, patience=0.05) is None
    assert is_claimed(tmp_path)
    assert running(tmp_path) is None  # it is only starting
    first.release()
    assert not is_claimed(tmp_path)


def test_who_only_looks_keeps_nobody_from_starting(tmp_path: Path) -> None:
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            is_claimed(tmp_path)

    looking = threading.Thread(target=look)
    (tmp_path / "lock").touch()
    looking.start()
    try:
        for _ in range(50):
            claim = Claim.take(tmp_path)
            assert claim is not None
            claim.release()
    finally:
        ended.set()
        looking.join()
