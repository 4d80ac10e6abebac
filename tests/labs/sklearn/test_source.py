"""The program that a model's environment names in S3, beside what the model's own archive holds."""

from __future__ import annotations

import pytest

from labs.cloud.source import VARIABLE, with_source
from tests.labs.cloud.aws import unpacked
from tests.labs.cloud.fakes import FakeServices
from tests.labs.sklearn.account import source


@pytest.mark.parametrize("own", [{}, {"code__serve": "old", "code__more": ""}])
def test_the_program_in_s3_is_the_one_that_runs(own: dict[str, str]) -> None:
    """As on AWS: it goes before the archive's own."""
    services = FakeServices()
    services.write("bucket", "new.tar.gz", source(serve="new"))
    archive = source(model="weights", **own)
    found = unpacked(with_source(archive, {VARIABLE: "s3://bucket/new.tar.gz"}, services))
    programs = {name for name in found if name.startswith("code/")}
    assert programs == {"code/serve.py"}
    assert (found["code/serve.py"], found["model.py"]) == (b"new", b"weights")


def test_a_folder_of_the_archive_is_left_as_it_is() -> None:
    archive = source(code__serve="own")
    assert with_source(archive, {VARIABLE: "/opt/ml/model/code"}, FakeServices()) == archive
