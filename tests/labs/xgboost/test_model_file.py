"""What may be loaded as a model, and that nothing in it is ever run."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from labs.cloud.algorithms.xgboost.serving import BadModel, Model, load
from tests.labs.xgboost.asking import FEATURES, ROW, ask
from tests.labs.xgboost.jobs import bare


def test_a_pickled_model_is_never_opened(tmp_path: Path) -> None:
    (tmp_path / "xgboost-model").write_bytes(pickle.dumps(_Trap()))
    with pytest.raises(BadModel, match="a pickle could run code, and is not loaded"):
        load(tmp_path)
    assert not _Trap.sprung


class _Trap:
    sprung = False

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return (setattr, (_Trap, "sprung", True))


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"{}", b"{L\x00\x00", b'{"learner": 1}', b"binf", b"{[["]
)
def test_a_broken_model_is_refused(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "xgboost-model").write_bytes(raw)
    with pytest.raises(BadModel):
        load(tmp_path)


def test_a_model_cut_short_is_refused(tmp_path: Path, folder: Path) -> None:
    raw = (folder / "xgboost-model").read_bytes()
    (tmp_path / "xgboost-model").write_bytes(raw[: len(raw) // 2])
    with pytest.raises(BadModel, match=r"^Model at xgboost-model cannot be loaded:\n"):
        load(tmp_path)


def test_an_archive_holds_a_model_under_any_name(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(BadModel, match="The archive holds no model"):
        load(tmp_path)
    (tmp_path / ".hidden").write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    raw = (folder / "xgboost-model").read_bytes()
    (tmp_path / "mine.ubj").write_bytes(raw)
    assert load(tmp_path).features == FEATURES
    (tmp_path / "readme.txt").write_text("not a model")
    with pytest.raises(BadModel, match=r"^readme.txt is not a model in xgboost's JSON or UBJSON"):
        load(tmp_path)


def test_a_link_in_an_archive_is_no_model(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "xgboost-model").symlink_to(folder / "xgboost-model")
    with pytest.raises(BadModel, match="The archive holds no model"):
        load(tmp_path)


def test_a_model_saved_as_json_is_served_as_well(
    tmp_path: Path, folder: Path, model: Model
) -> None:
    (tmp_path / "xgboost-model").write_bytes(bare(folder).save_raw("json"))
    assert ask(load(tmp_path), ROW) == ask(model, ROW)
