"""The table of attacks in docs/serve.md, each carried out against a real server."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest

from qa.web import security, server
from qa.web.desk import Desk
from tests.qa.web.conftest import ANSWERED, REPLY
from tests.qa.web.test_api import ARTICLE, STREAM, events_of
from tests.support import ROOT
from tests.support.articles import MakeFolder
from tests.support.web import desk_of, serving, settings_of, status_of

PATIENCE_S = 15
FILES = ("security", "token", "neighbours", "many_clients")
QUESTION = {"question": ANSWERED}


@pytest.mark.parametrize(
    "host", ["attacker.example", "attacker.example:8017", "127.0.0.1.attacker.example", "localhost.", ""]
)
def test_a_name_that_was_rebound_to_this_machine_is_refused(address: str, host: str) -> None:
    assert status_of(address, "GET", "/api/articles", {"Host": host}) == 421
    assert status_of(address, "GET", "/api/articles", {"Host": "LOCALHOST:1"}) == 200


def test_a_second_host_is_refused(address: str) -> None:
    place = urlsplit(address)
    with socket.create_connection((place.hostname, place.port or 0), timeout=20) as connection:
        connection.sendall(b"GET /api/articles HTTP/1.1\r\nHost: localhost\r\nHost: attacker.example\r\n\r\n")
        assert int(connection.recv(100).split()[1]) in (400, 421)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://attacker.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"},
        {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Origin": "https://attacker.example"},
    ],
    ids=["fetch", "another port", "sandboxed form", "no-cors", "an old browser"],
)
@pytest.mark.parametrize("path", ["/api/ask", "/api/sync"])
def test_another_site_cannot_ask_or_change(address: str, headers: dict[str, str], path: str) -> None:
    sent = {"Content-Type": "application/json", **headers}
    assert status_of(address, "POST", path, sent, '{"question": "Who did Rubio call?"}') == 403


def test_a_form_of_another_site_is_no_question_even_without_an_origin(address: str) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert status_of(address, "POST", "/api/ask", {"Content-Type": kind}, '{"question": "Who called?"}') == 422


@pytest.mark.parametrize("dest", ["image", "script", "iframe", "empty", "document"])
def test_another_site_cannot_search_or_list_by_what_it_embeds(address: str, dest: str) -> None:
    mode = "navigate" if dest in ("iframe", "document") else "no-cors"
    embedded = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
    assert status_of(address, "GET", "/api/search?q=Rubio", embedded) == 403


def test_the_server_itself_and_what_is_no_browser_may_ask(address: str) -> None:
    own = {"Origin": address, "Sec-Fetch-Site": "same-origin"}
    assert httpx.post(f"{address}/api/ask", json=QUESTION, headers=own, timeout=30).status_code == 200
    assert httpx.post(f"{address}/api/ask", json=QUESTION, timeout=30).status_code == 200


def test_a_preflight_of_another_site_is_not_allowed(address: str) -> None:
    asks = {"Origin": "https://attacker.example", "Access-Control-Request-Method": "POST"}
    response = httpx.options(f"{address}/api/ask", headers=asks)
    assert response.status_code == 403
    assert not [name for name in response.headers if name.startswith("access-control-")]


TRAVERSALS = [
    "../secret.txt",
    "..%2fsecret.txt",
    "..%252fsecret.txt",
    "%2e%2e/secret.txt",
    "%252e%252e%252fsecret.txt",
    "a.txt/../../secret.txt",
    "..%5csecret.txt",
    "%00",
    "a.txt%00",
    "a.txt%00.html",
    "....//secret.txt",
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "file:%2f%2f%2fetc%2fpasswd",
    "%c0%ae%c0%ae/secret.txt",
]


@pytest.mark.parametrize("path", TRAVERSALS)
@pytest.mark.parametrize("end", ["", "/text"])
def test_no_path_of_a_request_leads_out_of_the_catalog(address: str, seeds: Path, path: str, end: str) -> None:
    for article in (path, path.replace("secret.txt", str(seeds.resolve() / ARTICLE))):
        assert status_of(address, "GET", f"/api/articles/{article}{end}", {}) in (400, 404)


def test_a_file_that_is_no_article_any_more_is_not_read(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = make_folder({"a.txt": "Ada Nowak is the mayor of Tarnow.", ".hidden.txt": "secret"})
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    with desk_of([settings_of(folder, tmp_path / "index")]) as desk, serving(desk) as address:
        for name in (".hidden.txt", "link.txt", "../secret.txt", str(tmp_path / "secret.txt")):
            assert httpx.get(f"{address}/api/articles/{name}/text").status_code == 404


def test_a_body_of_100_mb_is_refused_before_it_is_read(address: str) -> None:
    place = urlsplit(address)
    with socket.create_connection((place.hostname, place.port or 0), timeout=20) as connection:
        connection.sendall(
            b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 104857600\r\n\r\n" + b"x" * 1000
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")
    assert httpx.get(f"{address}/api/articles").status_code == 200


def test_a_body_without_a_length_is_read_to_its_bound_only(address: str) -> None:
    sent = 0

    def pieces() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(1600):
            sent += 65536
            yield b"x" * 65536

    try:
        json = {"Content-Type": "application/json"}
        assert httpx.post(f"{address}/api/ask", content=pieces(), headers=json).status_code == 413
    except httpx.TransportError:
        pass  # the server closes while the client still writes
    assert sent < 20_000_000


def test_a_head_that_dribbles_in_is_not_waited_for(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HEAD_S", 0.3)
    place = urlsplit(address)
    with socket.create_connection((place.hostname, place.port or 0), timeout=20) as connection:
        connection.sendall(b"GET /api/articles HTTP/1.1\r\nHost: localhost\r\n")
        began = time.monotonic()
        with suppress(ConnectionError):
            while time.monotonic() - began < PATIENCE_S:
                connection.sendall(b"X-Slow: 1\r\n")
                time.sleep(0.02)
        assert time.monotonic() - began < PATIENCE_S
    with socket.create_connection((place.hostname, place.port or 0), timeout=20) as connection:
        assert connection.recv(1) == b""


def test_a_body_that_dribbles_in_is_not_waited_for(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "BODY_S", 0.3)
    place = urlsplit(address)
    with socket.create_connection((place.hostname, place.port or 0), timeout=20) as connection:
        connection.sendall(
            b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 50\r\n\r\n{"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 408 ")


def test_a_head_without_end_is_refused(address: str) -> None:
    assert status_of(address, "GET", "/api/articles", {"X-Long": "x" * 100_000}) in (400, 431)


def test_a_flood_is_slowed_down(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "BURST", 20.0)
    monkeypatch.setattr(security, "REQUESTS_PER_S", 1.0)
    with serving(desk, closes=False) as address, httpx.Client(base_url=address) as flood:
        statuses = [flood.get("/api/nothing").status_code for _ in range(60)]
    assert statuses[:20] == [404] * 20
    assert statuses[-10:] == [429] * 10


def test_nothing_of_an_article_gets_into_a_header_or_begins_an_event(make_folder: MakeFolder, tmp_path: Path) -> None:
    evil = "\r\nSet-Cookie: evil=1\r\n\r\nevent: answer\ndata: {}\n\nid: 7\u2028event: done\x85data: x\n\n"
    body = f"<title>Mayor{evil}</title><body><p>Ada Nowak is the mayor of Tarnow.{evil}</p></body>"
    name = "a\nevent: done\n\nb.html"
    folder = make_folder({name: body})
    with desk_of([settings_of(folder, tmp_path / "index")], ["Ada Nowak [1]"] * 3) as desk, serving(desk) as address:
        asked = {"question": "Who is the mayor of Tarnow?"}
        with httpx.stream("POST", f"{address}/api/ask", json=asked, headers=STREAM, timeout=30) as response:
            raw = response.read().decode()
            assert "set-cookie" not in response.headers
        whole = httpx.Response(200, content=raw.encode())
        events = list(events_of(whole))
        listed = httpx.get(f"{address}/api/articles").json()["articles"]
        read = httpx.get(f"{address}/api/articles/{quote(name)}/text")
    assert "Ada Nowak is the mayor" in read.text
    lines = re.split(r"\r\n|\r|\n", raw)
    assert {line.partition(":")[0] for line in lines} <= {"event", "data", ""}
    assert [event for event, _ in events].count("answer") == [event for event, _ in events].count("done") == 1
    assert dict(events)["answer"]["citations"][0]["article"] == listed[0]["article"] == name  # type: ignore[index]


def test_a_question_cannot_begin_an_event_either(client: httpx.Client) -> None:
    asked = {"question": "Who did Rubio call?\n\nevent: answer\ndata: {}"}
    with client.stream("POST", "/api/ask", json=asked, headers=STREAM) as response:
        assert [name for name, _ in events_of(response)].count("answer") == 1


def test_every_response_carries_the_browsers_own_defences(address: str) -> None:
    for path in ("/api/articles", "/api/nothing", f"/api/articles/{ARTICLE}/text", "/"):
        headers = httpx.get(address + path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers


def test_an_article_is_text_and_never_a_page(make_folder: MakeFolder, tmp_path: Path) -> None:
    markup = "<script>alert(1)</script> <a href='javascript:alert(1)'>Ada Nowak</a> is the mayor of Tarnow."
    with desk_of([settings_of(make_folder({"a.txt": markup}), tmp_path / "index")]) as desk, serving(desk) as address:
        response = httpx.get(f"{address}/api/articles/a.txt/text")
    assert response.text == markup
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


def test_no_key_is_told(seeds: Path, own_seed_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "sk-secret-of-the-test"
    monkeypatch.setenv("QA_LLM_KEY", key)
    with desk_of([settings_of(seeds, own_seed_index)], [REPLY]) as desk, serving(desk) as address:
        told = [httpx.get(f"{address}{path}").text for path in ("/api/status", "/api/openapi.json", "/")]
        told.append(httpx.post(f"{address}/api/ask", json=QUESTION, headers=STREAM, timeout=30).text)
    assert not [each for each in told if key in each]


def test_every_attack_of_the_table_is_tried_and_every_defence_is_in_it() -> None:
    table = (ROOT / "docs" / "serve.md").read_text(encoding="utf-8").partition("| attack |")[2].partition("\n\n")[0]
    named = set(re.findall(r"`(test_\w+)`", table))
    tried = "".join((Path(__file__).parent / f"test_{name}.py").read_text() for name in FILES)
    assert all(f"def {name}(" in tried for name in named)
    here = {name for name in globals() if name.startswith("test_")}
    assert here - named == {
        "test_the_server_itself_and_what_is_no_browser_may_ask",
        "test_every_attack_of_the_table_is_tried_and_every_defence_is_in_it",
    }
