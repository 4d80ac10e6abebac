"""A real browser on a real server, whose clock stands still until a test moves it on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from quizengine.question import Kind
from tests.browser.stage import Stage, a_desk
from tests.builders import KINDS

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All in one worker: a browser takes a second to start, and Playwright keeps a loop running."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.xdist_group("browser"))
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        why = "There is no Chromium here: apt install chromium. The browser tests did not run."
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGS))
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests is read."""
    monkeypatch.setenv("QUIZENGINE_HOME", str(tmp_path))


@pytest.fixture
def kinds() -> tuple[Kind, ...]:
    """Of which the questions are, in turn. A test may say others."""
    return KINDS


@pytest.fixture
def stage(browser: Browser, kinds: tuple[Kind, ...]) -> Iterator[Stage]:
    """A server over an empty record, a browser that is signed in, a watch on what goes wrong."""
    stage = Stage(browser, a_desk(*kinds))
    try:
        stage.open()
        yield stage
        stage.check()
    finally:
        stage.close()
