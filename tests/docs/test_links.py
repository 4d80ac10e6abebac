"""Every link leads somewhere, and every page can be reached."""

from __future__ import annotations

import posixpath

import pytest

from tests.docs.pages import ROOT, TEXTS, anchors, links


def target(page: str, link: str) -> tuple[str, str]:
    """The path from the root and the heading that a relative link leads to."""
    path, _, heading = link.partition("#")
    folder = posixpath.dirname(page)
    return (posixpath.normpath(posixpath.join(folder, path)) if path else page), heading


def relative(page: str) -> list[str]:
    return [link for link in links(TEXTS[page]) if "://" not in link]


@pytest.mark.parametrize("page", TEXTS)
def test_every_relative_link_leads_to_a_file_and_a_heading_of_it(page: str) -> None:
    for link in relative(page):
        path, heading = target(page, link)
        assert (ROOT / path).exists(), link
        if heading:
            assert heading in anchors(TEXTS[path]), link


def test_every_page_of_the_docs_is_reached_from_the_readme() -> None:
    reached, ahead = {"README.md"}, ["README.md"]
    while ahead:
        page = ahead.pop()
        new = {target(page, link)[0] for link in relative(page)} & TEXTS.keys() - reached
        reached |= new
        ahead += new
    assert {page for page in TEXTS if page.startswith("docs/")} <= reached


def test_the_links_of_a_page_are_seen() -> None:
    assert "docs/README.md" in relative("README.md")
    assert target("docs/form.md", "../README.md#sit-an-exam") == ("README.md", "sit-an-exam")
    assert "the-kinds-of-event" in anchors(TEXTS["docs/record.md"])
