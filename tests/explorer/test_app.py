"""The explorer over HTTP: who is let in, what is understood, and what each answer carries."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from dataset_cartography.explorer.app import LONGEST_BODY, make_app
from dataset_cartography.explorer.page import ExplorerPage
from dataset_cartography.explorer.prepared.process import Preparation

TOKEN = "secret"
WINDOW = {"x0": 0, "x1": 0.5, "y0": 0, "y1": 1, "columns": 8, "rows": 4}


@pytest.fixture
def client(explorer, prepared):
    page = ExplorerPage("<!doctype html><title>map</title>", "default-src 'none'")
    preparation = Preparation(prepared[0], lambda _: None)
    app = make_app(explorer, preparation, page, token=TOKEN, hosts=frozenset({"localhost"}))
    return TestClient(app, base_url=f"http://127.0.0.1/{TOKEN}", raise_server_exceptions=False)


def refusal(answer):
    return answer.status_code, answer.json()["error"]


def test_the_page(client):
    answer = client.get("")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == "default-src 'none'"
    assert answer.text == "<!doctype html><title>map</title>"


def test_every_answer_has_the_headers(client):
    for answer in (
        client.get(""),
        client.get("/api/info"),
        client.get("/nothing"),
        client.get("http://evil.example/"),
    ):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", ["", "/", "/api/info", "/wrong/", "/wrong/api/info", f"/{TOKEN}", f"/{TOKEN}x/", "/é/"]
)
def test_without_the_token_nothing_is_there(client, path):
    answer = client.get(f"http://127.0.0.1{path}")
    assert refusal(answer) == (404, "Nothing is here: open the address that `datamap view` printed.")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost:9", 200),
        ("[::1]:8000", 200),
        ("192.168.0.7", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example:80", 403),
        ("localhost.evil.example", 403),
        ("", 403),
        ("[", 403),
    ],
)
def test_other_names_are_not_ours(client, host, status):
    assert client.get("/api/status", headers={"host": host}).status_code == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("http://127.0.0.1", 200),
        ("http://evil.example", 403),
        ("https://127.0.0.1", 403),
        ("null", 403),
    ],
)
def test_only_the_page_itself_may_write(client, origin, status):
    headers = {} if origin is None else {"origin": origin}
    answer = client.post("/api/decide", json={"index": 1, "decision": "ok"}, headers=headers)
    assert answer.status_code == status


def test_only_json_is_understood(client):
    plain = client.post("/api/undo", content="{}", headers={"content-type": "text/plain"})
    assert refusal(plain) == (415, "Only JSON is understood here.")
    headers = {"content-type": "application/json; charset=utf-8"}
    assert client.post("/api/undo", content="{}", headers=headers).status_code == 200
    assert refusal(client.post("/api/undo", content="[]", headers=headers)) == (
        400,
        "The question must be a JSON object.",
    )
    assert client.post("/api/undo", content="{", headers=headers).status_code == 400
    assert client.post("/api/undo", content="[" * 100_000, headers=headers).status_code == 400
    long = client.post("/api/undo", content=" " * (LONGEST_BODY + 1), headers=headers)
    assert refusal(long) == (413, "The question is longer than 2,000,000 bytes.")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/undo", 405),
        ("POST", "/api/info", 405),
        ("DELETE", "/api/info", 405),
        ("GET", "/api/info/", 404),
        ("GET", "/nothing", 404),
        ("GET", "/../../etc/passwd", 404),
    ],
)
def test_what_nobody_answers_is_a_sentence(client, method, path, status):
    headers = {"content-type": "application/json"}
    answer = client.request(method, f"http://127.0.0.1/{TOKEN}{path}", headers=headers)
    assert answer.status_code == status
    if "passwd" not in path:  # the client resolves these dots itself
        assert answer.json() == {"error": f"There is nothing here to {method}: '{path}'."}


def test_who_goes_away_in_the_middle_leaves_no_trace(explorer, prepared, caplog):
    preparation = Preparation(prepared[0], lambda _: None)
    app = make_app(explorer, preparation, ExplorerPage("", ""), token=TOKEN, hosts=frozenset({"localhost"}))
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": f"/{TOKEN}/api/undo",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
    }
    messages = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    sent = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    with ThreadPoolExecutor() as pool:  # browser tests leave a loop running in this thread
        pool.submit(lambda: asyncio.run(app(scope, receive, send))).result()
    assert sent[0]["status"] == 400
    assert caplog.text == ""


def test_a_walk_through_the_explorer(client):
    assert client.get("/api/info").json()["total"] == 30
    assert client.get("/api/status").json() == {
        step: {"state": "ready", "progress": 1.0, "message": ""} for step in ("text", "search", "filters")
    }
    query = {"categories": None, "decisions": None, "filters": {}, "search": "number1", "polygon": None}
    assert client.post("/api/view", json={**WINDOW, "query": query}).json()["kind"] == "points"
    asked = {"query": query, "sort": "confidence", "descending": True}
    ids = client.post("/api/ids", json=asked).json()
    assert len(ids) == 10
    rows = client.post("/api/select", json={**asked, "offset": 2, "limit": 3}).json()["rows"]
    assert [row["id"] for row in rows] == ids[2:5]
    index = rows[0]["index"]
    assert client.get(f"/api/detail?index={index}").json()["id"] == rows[0]["id"]
    told = client.post("/api/decide", json={"index": index, "decision": "relabel", "relabel": "two"}).json()
    assert told["decision"] == {"decision": "relabel", "relabel": "two"}
    assert client.post("/api/select", json={"query": {"decisions": ["relabel"]}}).json()["total"] == 1
    assert client.post("/api/decide", json={"index": index, "decision": None}).json()["decision"] is None
    assert client.post("/api/undo", json={}).json()["decision"] == {"decision": "relabel", "relabel": "two"}


def test_no_ids_and_many_ids_are_json(client, monkeypatch):
    assert client.post("/api/ids", json={"query": {"categories": []}}).json() == []
    monkeypatch.setattr("dataset_cartography.explorer.explorer._IDS_AT_ONCE", 7)
    assert client.post("/api/ids", json={"query": {}}).json() == [f"e{k}" for k in range(30)]


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        ("view", {}, "'x0' must be a number, not null."),
        ("select", {"query": {}, "sort": "beauty"}, "The map has no metric 'beauty'; it has: "),
        ("ids", {"query": {"filters": {"x": [1]}}}, "There is no filter 'x'; there are: label, source."),
        (
            "decide",
            {"index": 30, "decision": "ok"},
            "There is no example 30: the map's 30 are counted from 0.",
        ),
        (
            "decide",
            {"index": 3, "decision": "relabel"},
            "The decision 'relabel' needs the new label, and no other ",
        ),
        (
            "decide",
            {"index": 3, "decision": ["ok"]},
            "A decision is one of ok, wrong_label, ambiguous, drop, relabel",
        ),
    ],
)
def test_what_cannot_be_answered_is_a_sentence(client, name, body, sentence):
    status, error = refusal(client.post(f"/api/{name}", json=body))
    assert status == 400
    assert error.startswith(sentence)


def test_a_full_disk_is_told(client, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    status, error = refusal(client.post("/api/decide", json={"index": 1, "decision": "ok"}))
    assert status == 507
    assert error.startswith("The decision was not saved: ")
    assert client.get("/api/detail?index=1").json()["decision"] is None


def test_a_fault_of_ours_is_told_without_its_details(client, explorer, monkeypatch, caplog):
    monkeypatch.setattr(explorer, "detail", lambda _: 1 / 0)
    answer = client.get("/api/detail?index=1")
    assert refusal(answer) == (500, "The explorer could not answer this: the terminal says more.")
    assert "ZeroDivisionError" in caplog.text


def test_the_page_is_let_run_what_it_holds(client):
    from dataset_cartography.explorer.page import make_page

    page = make_page('</title><script>alert("x")</script>')
    assert "<title>&lt;/title&gt;&lt;script&gt;" in page.html
    assert "connect-src 'self'" in page.policy
    assert "unsafe" not in page.policy
    assert json.dumps(page.policy).isascii()
