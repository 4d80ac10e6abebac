"""Questions are untrusted: whatever stands in one is words on the page, and does nothing."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.question import Kind
from quizengine.web import prose
from tests.builders import KINDS, Desk, a_bank, a_card, a_question, a_short_exam
from tests.web.helpers import Visitor, a_plan_of

VECTORS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/track.gif)",
    "![x](javascript:alert(1))",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A&#x61vascript:alert(1))",
    "[x](vbscript:x)",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](file:///etc/passwd)",
    "[x](http://evil.example/)",
    "[x](//evil.example/)",
    "[x](/attempt/1/1/end)",
    "[x](?token=1)",
    "[x](\\\\evil.example)",
    "[x](https://evil.example/ 'a\" onmouseover=\"alert(1)')",
    "<javascript:alert(1)>",
    '<https://evil.example/?a="onmouseover=alert(1)>',
    "<a href=https://evil.example onclick=alert(1)>x</a>",
    "<svg onload=alert(1)>",
    "<svg><script href=data:,alert(1) /></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<form action=https://evil.example><button>x",
    "<input name=pick value=1 autofocus onfocus=alert(1)>",
    "<base href=https://evil.example>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<link rel=stylesheet href=https://evil.example>",
    "<style>*{display:none}</style>",
    "<div id=main name=sheet style='position:fixed'>x</div>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "</div></form></main><script>alert(1)</script>",
    "`</code><script>alert(1)</script>`",
    '```"><script>alert(1)</script>\n</pre><script>alert(1)</script>\n```',
    "    </code></pre><script>alert(1)</script>",
    "```x onload=alert(1)\ny\n```",
    "|a|\n|-|\n|<script>alert(1)</script>|",
    "|a|\n|:-:|\n|[x](javascript:alert(1))|",
    "[x]: javascript:alert(1)\n\n[x]",
    "# <b onclick=alert(1)>x",
    "1. <b id=sheet>x</b>",
    "> <object data=javascript:alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u2028<script\u2028>alert(1)</script>",
    "{{ 7 * 7 }} {% raw %} {{ self.__class__ }}",
    "${7*7} #{7*7} <%= 7*7 %>",
]
MAY = {
    "a": {"href", "target", "rel"},
    "ol": {"start"},
    "p": {"class"},
    "th": {"class"},
    "td": {"class"},
}


class Seen(HTMLParser):
    """Every tag with its attributes, as a browser would find them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.odd: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.odd.append(data)

    def handle_decl(self, decl: str) -> None:
        self.odd.append(decl)

    def unknown_decl(self, data: str) -> None:
        self.odd.append(data)


def unsafe(html: str) -> list[str]:
    """What of it could do something."""
    seen = Seen(html)
    found = list(seen.odd)
    for tag, attributes in seen.tags:
        if tag not in prose.TAGS or not attributes.keys() <= MAY.get(tag, set()):
            found.append(f"{tag} {attributes}")
        href = attributes.get("href")
        if href is not None and not href.startswith("https://"):
            found.append(f"leads to {href}")
    return found


@pytest.mark.parametrize("text", VECTORS)
def test_nothing_that_a_text_holds_can_do_anything(text: str) -> None:
    for wrapped in (text, f"a *b {text} c* d", f"- {text}", f"> {text}", f"x\n\n{text}\n\ny"):
        assert unsafe(prose.blocks(wrapped)) == []
        assert unsafe(prose.blocks(wrapped, "alert(1)")) == []
        assert unsafe(prose.line(wrapped)) == []
        assert unsafe(prose.blocks(f"```\n{wrapped}\n```", "alert(1)")) == []


def test_what_could_do_something_is_seen() -> None:
    for html in ("<script>", "<p onclick=x>", "<a href=/x>", "<!--x-->", "<img src=x>", "<p id=x>"):
        assert unsafe(html)


@given(st.text(alphabet="<>&\"'`*_[]()!#|-:/\\ \nabjs=;xy.", max_size=60))
def test_no_combination_of_marks_can_either(text: str) -> None:
    assert unsafe(prose.blocks(text)) == []
    assert unsafe(prose.blocks(text, text[:9])) == []
    assert unsafe(prose.line(text)) == []


def test_markup_in_plain_words_is_escaped_by_the_page() -> None:
    assert prose.plain('<b>x</b> `y` *z* & "q"') == '<b>x</b> y z & "q"'


@pytest.mark.parametrize(
    "text",
    ["[" * 8_000, "*" * 8_000, "> " * 4_000, "`" * 8_000, "- " * 4_000, "|a" * 4_000, "<" * 8_000],
    ids=["brackets", "stars", "quotes", "ticks", "lists", "columns", "angles"],
)
def test_a_text_made_to_be_slow_is_rendered(text: str) -> None:
    assert unsafe(prose.blocks(text)) == []


# Markdown that is meant


def test_markdown_becomes_what_it_means() -> None:
    html = prose.blocks(
        "# Head\n\nUse `a` and **b** or *c*.\n\n- d\n\n3. e\n\n> f\n\n"
        '|g|h|\n|-|-:|\n|1|2|\n\n```json\n{"i": 1}\n```\n\n[j](https://example.com/)'
    )
    for part in (
        '<p class="head">Head</p>',
        "<code>a</code>",
        "<strong>b</strong>",
        "<em>c</em>",
        "<li>d</li>",
        '<ol start="3">',
        "<blockquote>",
        '<td class="right">2</td>',
        '<pre><code>{"i": 1}\n</code></pre>',
        '<a href="https://example.com/" target="_blank" rel="noopener noreferrer nofollow">j</a>',
    ):
        assert part in html


@pytest.mark.parametrize(
    ("text", "decides", "marked"),
    [
        ("The loss rises again.", "rises again", ["rises again"]),
        ("The *loss `x` rises* again.", "loss `x` rises", ["loss ", "x", " rises"]),
        ("It rises\nagain now.", "rises\nagain", ["rises", "again"]),
        ("|a|\n|-|\n|b c d|", "c", ["c"]),
        ("```\nlr=0.1 & more\n```", "lr=0.1 & m", ["lr=0.1 & m"]),
        ("Again and again.", "again", ["again"]),
        ("Nothing of that.", "elsewhere", []),
        ("Nothing of that.", "", []),
    ],
)
def test_the_words_that_decide_are_marked_where_they_stand(
    text: str, decides: str, marked: list[str]
) -> None:
    class Marks(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.inside = False
            self.found: list[str] = []

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.inside = self.inside or tag == "mark"

        def handle_endtag(self, tag: str) -> None:
            self.inside = self.inside and tag != "mark"

        def handle_data(self, data: str) -> None:
            if self.inside and data.strip():
                self.found.append(data)

    marks = Marks()
    marks.feed(prose.blocks(text, decides))
    marks.close()
    assert marks.found == marked


@pytest.mark.parametrize("kind", KINDS)
def test_on_the_pages_too(kind: Kind) -> None:
    bad = "</textarea></select></form><script>alert(1)</script><b id=sheet>"
    data = a_question(kind).model_dump(mode="json")
    changes: dict[str, object] = {}
    for part in ("options", "steps", "prompts"):
        if part in data:
            changes[part] = [
                each | {name: f"{each[name]} {bad}" for name in ("text", "why") if name in each}
                for each in data[part]
            ]
    question = a_question(kind, "hostile", stem=f"rises again {bad}", cards=("c",), **changes)
    card = a_card("c", prompt=bad, answer=bad, common_error=bad)
    bank = a_bank(exam=a_short_exam(), instead=[question], cards=[card])
    bank.questions[question.id] = question
    with Visitor(Desk(bank)) as visitor:
        assert visitor.study is not None
        page = visitor.sits(a_plan_of(visitor.study, [question]))
        page = visitor.press(page, "stay", note=bad)
        pages = [page, visitor.get(f"{page.window}/review")]
        pages.append(visitor.post(f"{page.window}/end"))
        pages.append(visitor.get(f"{pages[-1].path}/1"))
        for each in pages:
            assert each.status == 200
            seen = Seen(each.html)
            assert [tag for tag, _ in seen.tags].count("script") == 1
            assert not [a for tag, a in seen.tags if tag == "b" and "id" in a]
        assert "alert(1)" in pages[0].html


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\x", "/a\nb", "", "x"]
)
def test_the_look_leads_back_to_a_page_of_ours_only(back: str) -> None:
    with Visitor() as visitor:
        page = visitor.post("/look", [("back", back), ("colours", "dark")], follow=False)
        assert page.headers["location"] == "/"


@pytest.mark.parametrize("value", ["", "dark", "x.y.z", "dark.100.on.more", '"><script>.100.on'])
def test_a_look_that_there_is_not_is_the_usual_one(value: str) -> None:
    with Visitor() as visitor:
        visitor.cookies["quizengine-look"] = value
        html = visitor.get("/").html
        assert 'data-size="100" data-keys="on"' in html
        assert "<script>" not in html


def test_a_look_is_kept() -> None:
    with Visitor() as visitor:
        visitor.post("/look", [("colours", "sepia"), ("size", "150"), ("keys", "alt")])
        assert 'data-colours="sepia" data-size="150" data-keys="alt"' in visitor.get("/").html
        visitor.post("/look", [("colours", "dark")])
        assert 'data-colours="dark" data-size="150" data-keys="alt"' in visitor.get("/").html
