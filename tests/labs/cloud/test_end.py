"""The end of an offline cloud, also in the middle of a job."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from moto.sagemaker.models import SageMakerModelBackend, sagemaker_backends

import labs.cloud
from labs.cloud.algorithms.worker import Workers
from tests.labs.cloud.aws import Account

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cloud-end")]


def test_at_the_end_no_thread_process_folder_or_entry_in_motos_tables_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = set(threading.enumerate())
    processes = []
    with labs.cloud.offline() as cloud:
        host = cloud.world.train.__self__  # type: ignore[attr-defined]
        assert isinstance(host, Workers)
        with pytest.raises(RuntimeError, match="There is a cloud in this process already"):
            labs.cloud.installed()
        Account.new().train("unfinished", num_round="1000000")
        while not (processes := [*host._at_work]):
            time.sleep(0.01)
        assert [path.name.startswith("offline-cloud-") for path in tmp_path.iterdir()] == [True]
    assert [process.poll() is not None for process in processes] == [True]
    assert [*tmp_path.iterdir()] == []
    assert set(threading.enumerate()) <= before
    assert sagemaker_backends.backend is SageMakerModelBackend


def test_what_a_killed_cloud_left_of_its_jobs_goes_with_the_next(tmp_path: Path) -> None:
    (tmp_path / "jobs/offline-cloud-x/input").mkdir(parents=True)
    (tmp_path / "jobs/mine").mkdir()
    workers = Workers(keep_spare=False)
    labs.cloud.installed(workers=workers, jobs=tmp_path / "jobs").close()
    assert [path.name for path in (tmp_path / "jobs").iterdir()] == ["mine"]
