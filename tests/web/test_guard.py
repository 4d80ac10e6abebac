"""Who is let in, and what every answer carries."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from jinja2 import DictLoader

from quizengine.web import reply
from quizengine.web.app import build
from quizengine.web.door import Door, ticket
from quizengine.web.guard import HOSTS, host_and_port
from quizengine.web.headers import ALWAYS
from quizengine.web.limits import Limits
from tests.web.helpers import COOKIES, PLENTY, TICKETS, Visitor

FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}
NO_METADATA = {"sec-fetch-site": "", "sec-fetch-mode": "", "sec-fetch-dest": ""}  # older browsers
HERE = {"origin": "http://127.0.0.1:8765"}


def of_site(site: str, mode: str = "cors", dest: str = "empty") -> dict[str, str]:
    return {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        # one's own pages
        ("GET", "/", {}, 200),
        ("GET", "/", of_site("none", "navigate", "document"), 200),
        ("GET", "/", NO_METADATA, 200),
        ("HEAD", "/", {}, 200),
        ("POST", "/look", FORM, 303),
        ("POST", "/look", JSON, 303),
        ("POST", "/look", FORM | NO_METADATA | HERE, 303),
        ("POST", "/look", JSON | NO_METADATA, 303),
        # a link on another page may be followed; nothing may be embedded or fetched
        ("GET", "/", of_site("cross-site", "navigate", "document"), 200),
        ("GET", "/", of_site("cross-site"), 403),
        ("GET", "/", of_site("cross-site", "navigate", "iframe"), 403),
        ("GET", "/", of_site("same-site"), 403),
        ("GET", "/static/x/exam.js", of_site("cross-site", "no-cors", "script"), 403),
        # and nothing may be sent
        ("POST", "/look", FORM | of_site("cross-site", "navigate", "document"), 403),
        ("POST", "/look", FORM | of_site("same-site", "navigate", "document"), 403),
        ("POST", "/look", FORM | of_site("none", "navigate", "document"), 403),
        ("POST", "/look", JSON | of_site("cross-site"), 403),
        ("POST", "/look", FORM | of_site("nonsense"), 403),
        ("POST", "/look", FORM | NO_METADATA, 403),
        ("POST", "/look", FORM | NO_METADATA | {"origin": "null"}, 403),
        ("POST", "/look", FORM | NO_METADATA | {"origin": "http://evil.example"}, 403),
        ("POST", "/look", FORM | NO_METADATA | {"origin": "http://127.0.0.1:9999"}, 403),
        ("POST", "/look", FORM | NO_METADATA | {"origin": "http://[" * 3}, 403),
        ("POST", "/look", {"content-type": "text/plain"} | NO_METADATA, 403),
        ("PUT", "/look", FORM | of_site("cross-site"), 403),
        ("DELETE", "/", NO_METADATA, 403),
        # what is no page, or no form
        ("GET", "/nothing", {}, 404),
        ("GET", "/look", {}, 405),
        ("PUT", "/look", JSON, 405),
        ("TRACE", "/", JSON, 405),
        ("OPTIONS", "/", JSON, 405),
        ("POST", "/look", {"content-type": "multipart/form-data; boundary=x"}, 415),
        ("POST", "/look", {}, 415),
        ("GET", "/static/x/../app.py", {}, 404),
        ("GET", "/static/x/%2e%2e%2fapp.py", {}, 404),
        ("GET", "/static/x/app.py", {}, 404),
    ],
)
def test_what_is_let_through(
    method: str, path: str, headers: Mapping[str, str], status: int
) -> None:
    with Visitor() as visitor:
        assert visitor.ask(method, path, headers=headers, follow=False).status == status


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8765",
        "127.0.0.1.evil.example:8765",
        "localhost.evil.example",
        "evil.example#127.0.0.1",
        "user@127.0.0.1:8765",
        "127.0.0.2:8765",
        "0.0.0.0:8765",
        "2130706433:8765",
        "[::]:8765",
        "127.0.0.1:",
        "127.0.0.1:87658765",
        "127.0.0.1:8765:8765",
        "127.0.0.1:x",
    ],
)
def test_another_host_is_refused_with_the_cookie_too(host: str) -> None:
    with Visitor() as visitor:
        page = visitor.get("/", host=host)
        assert page.status == 421
        assert visitor.post("/look", host=host).status == 421
        assert visitor.get("/?token=" + visitor.ticket(), host=host).status == 421


@pytest.mark.parametrize("name", sorted(HOSTS))
@pytest.mark.parametrize("port", ["", ":8765", ":9999"])
def test_through_a_tunnel_the_port_may_be_another(name: str, port: str) -> None:
    with Visitor(signed_in=False) as visitor:
        page = visitor.get(f"/?token={visitor.ticket()}", host=name + port)
        assert page.status == 200
        (cookie,) = visitor.cookies
        assert cookie == f"quizengine-{port[1:] or 80}"


def test_a_host_falls_into_name_and_port() -> None:
    assert host_and_port("127.0.0.1:8765") == ("127.0.0.1", "8765")
    assert host_and_port("[::1]:80") == ("[::1]", "80")
    assert host_and_port("[::1]") == ("[::1]", "80")
    assert host_and_port("localhost") == ("localhost", "80")


# The door


def test_a_link_works_once_and_gives_a_cookie_that_no_script_reads() -> None:
    with Visitor(signed_in=False) as visitor:
        link = f"/?token={visitor.ticket()}"
        first = visitor.get(link, follow=False)
        assert (first.status, first.headers["location"]) == (303, "/")
        told = first.headers["set-cookie"]
        assert told.startswith("quizengine-8765=")
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(told.split("; "))
        assert visitor.get("/").status == 200
        assert visitor.get(link).status == 200  # the browser is known: it simply goes on
        other = visitor.another()
        page = other.get(link)
        assert page.status == 401
        assert "works once" in page.text
        assert "quizengine serve --link" in page.text
        assert not other.cookies


@pytest.mark.parametrize("path", ["/", "/exam/mls-c01", "/result/x", "/attempt/x/1/1", "/nothing"])
def test_without_the_cookie_nothing_is_told(path: str) -> None:
    with Visitor(signed_in=False) as visitor:
        page = visitor.get(path)
        assert page.status == 401
        assert "mls-c01" not in page.html
        assert visitor.post(path).status == 401


@pytest.mark.parametrize("path", ["/favicon.ico", "/alive?challenge=x", "/static/x/style.css"])
def test_what_tells_nothing_is_open(path: str) -> None:
    with Visitor(signed_in=False) as visitor:
        assert visitor.get(path).status == 200


def test_a_ticket_elsewhere_or_in_a_form_opens_nothing() -> None:
    with Visitor(signed_in=False) as visitor:
        assert visitor.get(f"/exam/mls-c01?token={visitor.ticket()}").status == 401
        assert visitor.post(f"/?token={visitor.ticket()}").status == 401
        assert visitor.ask("HEAD", f"/?token={visitor.ticket()}").status == 401


FORGED = {
    "none": "",
    "short": "0",
    "guessed": "a" * 96,
    "foreign letters": "é" * 40,
    "half a character": "\udcff",
    "a nonce alone": "b" * 32,
    "of another server": ticket("c" * 64),
    "long": "x" * 5_000,
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_ticket_that_was_not_made_here_opens_nothing(forged: str) -> None:
    assert not Door(TICKETS, COOKIES).take(forged)


def test_a_ticket_that_was_changed_opens_nothing() -> None:
    door = Door(TICKETS, COOKIES)
    good = ticket(TICKETS)
    for n in range(0, len(good), 7):
        other = "0" if good[n] != "0" else "1"
        assert not door.take(good[:n] + other + good[n + 1 :])
    assert not door.take(good + "0")
    assert not door.take(good[:-1])
    assert not door.take(good.upper())
    assert door.take(good)


@pytest.mark.parametrize("value", ["", "x", "é", "c" * 64, "\udcff"])
def test_a_cookie_that_was_not_made_here_is_unknown(value: str) -> None:
    assert not Door(TICKETS, COOKIES).is_known(value)


def test_a_browser_stays_signed_in_over_a_new_start_and_links_do_not() -> None:
    link = ticket(TICKETS)
    anew = Door("d" * 64, COOKIES)
    assert anew.is_known(Door(TICKETS, COOKIES).cookie("8765")[1])
    assert not anew.take(link)


def test_only_who_knows_the_secret_can_say_that_it_is_there() -> None:
    with Visitor() as visitor:
        said = visitor.get("/alive?challenge=1234").html
        assert said == Door(TICKETS, COOKIES).alive("1234")
        assert said != Door("d" * 64, COOKIES).alive("1234")


# Headers


def every_kind_of_answer(visitor: Visitor) -> dict[str, Mapping[str, str]]:
    page = visitor.start()
    return {
        "page": page.headers,
        "redirect": visitor.post("/look", follow=False).headers,
        "data": visitor.get(f"{page.window}/clock").headers,
        "style": visitor.get("/static/x/style.css").headers,
        "alive": visitor.get("/alive").headers,
        "400": visitor.ask("POST", "/look", headers=FORM, body=b"\xff" * 10).headers,
        "401": visitor.another().get("/").headers,
        "403": visitor.post("/look", headers=of_site("cross-site")).headers,
        "404": visitor.get("/nothing").headers,
        "405": visitor.get("/look").headers,
        "413": visitor.ask("POST", "/look", headers=FORM, body=b"x" * 40_000).headers,
        "414": visitor.get("/?" + "x" * 3_000).headers,
        "415": visitor.ask("POST", "/look").headers,
        "421": visitor.get("/", host="evil.example").headers,
        "422": visitor.get("/exam/mls-c01?length=99-years").headers,
    }


def test_every_answer_carries_the_headers_errors_too() -> None:
    with Visitor() as visitor:
        for kind, headers in every_kind_of_answer(visitor).items():
            for name, value in ALWAYS.items():
                assert headers.get(name.lower()) == value, kind
            assert headers["cache-control"] == "no-store", kind


def test_a_mistake_of_the_program_has_the_headers_and_tells_no_more_than_its_name() -> None:
    with Visitor() as visitor:
        visitor.desk.store.attempts = None  # type: ignore[method-assign,assignment]
        page = visitor.get("/")
        assert page.status == 500
        assert "TypeError" in page.text
        assert "Traceback" not in page.text
        assert "store" not in page.text
        for name, value in ALWAYS.items():
            assert page.headers[name.lower()] == value


def test_a_mistake_before_the_pages_has_the_headers_too() -> None:
    with Visitor() as visitor:
        visitor.door.is_known = None  # type: ignore[method-assign,assignment]
        page = visitor.get("/")
        assert (page.status, page.text) == (500, "A mistake of the program.")
        for name, value in ALWAYS.items():
            assert page.headers[name.lower()] == value


def test_a_server_whose_files_were_renewed_says_so_where_it_fails() -> None:
    files = ["home.html of the start"]
    with Visitor() as visitor:
        now = visitor.desk.clock.now
        visitor.app = build(visitor.web, visitor.door, now, PLENTY, lambda: list(files))
        visitor.study.history = None  # type: ignore[method-assign,union-attr]
        page = visitor.get("/")
        assert page.status == 500
        assert "A mistake of the program" in page.text
        files[0] = "home.html of an upgrade"
        page = visitor.get("/")
        assert page.status == 500
        assert "quizengine was renewed while it ran" in page.text
        assert "start it again" in page.text


def test_the_stamps_change_with_the_files(tmp_path: Path) -> None:
    (tmp_path / "home.html").write_text("old")
    before = reply.stamps(tmp_path)
    assert reply.stamps(tmp_path) == before
    (tmp_path / "home.html").write_text("newer")
    assert reply.stamps(tmp_path) != before


def test_pages_are_those_of_the_start_of_the_server() -> None:
    loader = reply._templates().loader
    assert isinstance(loader, DictLoader)  # read once: no file is looked at again
    assert set(loader.list_templates()) == {path.name for path in reply._sources()}


def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    rules = dict(rule.partition(" ")[::2] for rule in ALWAYS["Content-Security-Policy"].split("; "))
    assert rules.pop("default-src") == "'none'"
    assert rules.pop("require-trusted-types-for") == "'script'"
    assert set(rules.values()) == {"'self'", "'none'"}
    assert {"script-src", "base-uri", "frame-ancestors", "form-action"} <= rules.keys()


def test_no_page_holds_a_script_a_style_or_a_handler_of_its_own() -> None:
    with Visitor() as visitor:
        page = visitor.start()
        paths = ["/", "/exam/mls-c01", page.path, f"{page.window}/review", f"{page.window}/end"]
        pages = [visitor.get(path) for path in paths]
        pages.append(visitor.post(f"{page.window}/end"))
        pages.append(visitor.get(pages[-1].path + "/1"))
        for each in pages:
            assert each.status == 200
            assert each.html.count("<script") == 1  # the one that is loaded
            assert "<style" not in each.html
            assert " style=" not in each.html
            assert " on" not in [p[:3] for p in each.html.split("<") if p.startswith("body")]
            assert "javascript:" not in each.html


def test_what_is_loaded_may_be_kept_for_ever_under_its_digest_only() -> None:
    with Visitor() as visitor:
        address = (
            visitor.get("/").html.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
        )
        assert "immutable" in visitor.get(address).headers["cache-control"]
        assert visitor.get("/static/old/style.css").headers["cache-control"] == "no-store"


# Limits


def test_a_body_that_is_too_large_is_refused() -> None:
    with Visitor() as visitor:
        most = PLENTY.body
        assert visitor.ask("POST", "/look", headers=FORM, body=b"a=" + b"x" * most).status == 413
        assert (
            visitor.ask("POST", "/look", headers=FORM, body=b"a=" + b"x" * (most - 2)).status < 400
        )


def test_a_form_with_too_many_fields_is_refused() -> None:
    with Visitor() as visitor:
        assert visitor.post("/look", [("a", "1")] * 64).status == 200
        assert visitor.post("/look", [("a", "1")] * 65).status == 400


def test_an_address_that_is_too_long_is_refused() -> None:
    with Visitor() as visitor:
        assert visitor.get("/" + "x" * 1_999).status == 404
        assert visitor.get("/" + "x" * 2_000).status == 414
        assert visitor.get("/?" + "x" * 2_000).status == 414


def test_too_many_requests_are_refused_until_some_time_has_passed() -> None:
    with Visitor(limits=Limits(burst=3, rate=2.0)) as visitor:
        assert [visitor.get("/").status for _ in range(4)] == [200, 200, 200, 429]
        visitor.desk.clock.advance(ms=500)
        assert [visitor.get("/").status for _ in range(2)] == [200, 429]
        assert visitor.get("/").headers["retry-after"] == "1"
        visitor.desk.clock.advance(minutes=60)
        assert [visitor.get("/").status for _ in range(4)] == [200, 200, 200, 429]


def test_no_more_than_so_many_are_under_way_at_once() -> None:
    with Visitor(limits=Limits(at_once=0)) as visitor:
        page = visitor.get("/")
        assert (page.status, page.headers["retry-after"]) == (503, "1")


def test_strangers_use_up_nothing_of_the_learner() -> None:
    with Visitor(limits=Limits(burst=3, rate=0.001)) as visitor:
        stranger = visitor.another()
        for _ in range(20):
            assert stranger.get("/").status == 401
            assert visitor.post("/look", headers=of_site("cross-site")).status == 403
        assert visitor.get("/").status == 200
