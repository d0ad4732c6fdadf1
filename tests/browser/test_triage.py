"""Decisions at the keyboard, with a server that answers as the explorer's does, and one that fails."""

import base64
import json

import numpy as np
import pytest

from dataset_cartography.explorer.page import make_page

pytestmark = pytest.mark.slow

ADDRESS = "http://explorer.test/token/"
N = 120
METRICS = ("confidence", "variability", "correctness")


def typed(values):
    return {"dtype": values.dtype.str, "base64": base64.b64encode(values.tobytes()).decode()}


class FakeServer:
    """Answers from memory; `gone` and `wrong` make it fail."""

    def __init__(self):
        self.received, self.decisions, self.done = [], {}, []
        self.gone, self.search, self.labels = False, "ready", ["yes", "no <b>"]
        self.count, self.notes = N, []  # as the page is told
        self.late, self.kept = set(), []  # names that are answered by `answer_late` only
        self.values = np.linspace(0.01, 0.99, N).astype("<f4")

    def route(self, route):
        name = route.request.url.removeprefix(ADDRESS).partition("?")[0]
        if name == "":
            page = make_page("Map")
            route.fulfill(
                body=page.html, content_type="text/html", headers={"Content-Security-Policy": page.policy}
            )
        elif self.gone:
            route.abort()
        elif name in self.late:
            self.kept.append(route)
        else:
            body = route.request.post_data_json
            if name == "api/detail":
                body = int(route.request.url.rpartition("=")[2])
            route.fulfill(json=getattr(self, name.removeprefix("api/"))(body))

    def answer_late(self):
        self.late.clear()
        for route in self.kept:
            self.route(route)
        self.kept.clear()

    def info(self, _):
        return {
            "mode": "explorer",
            "title": "Map",
            "total": self.count,
            "points": N,
            "notes": self.notes,
            "thresholds": {"variability": 0.2, "confidence": 0.5},
            "axes": {"x": "variability", "y": "confidence"},
            "limits": {"x": [0, 0.5], "y": [0, 1]},
            "epochs": [1, 2],
            "epoch_word": "epoch",
            "epochs_word": "epochs",
            "categories": ["easy", "ambiguous", "hard"],
            "counts": {"easy": N, "ambiguous": 0, "hard": 0},
            "colors": {"easy": "#00f", "ambiguous": "#ff0", "hard": "#f00"},
            "correctness_colors": ["#f00", "#00f"],
            "unknown_color": "#555",
            "metrics": [
                {"name": name, "title": name, "integer": False, "boolean": False, "hard_end": "low"}
                for name in METRICS
            ],
            "filters": [],
            "labels": self.labels,
            "prepared": ["text", "filters"],
            "decisions": ["ok", "wrong_label", "ambiguous", "drop", "relabel", "none"],
            "decided": {},
        }

    def status(self, _):
        ready = {"state": "ready", "progress": 1, "message": ""}
        running = {"state": self.search, "progress": 0.4, "message": "building the index"}
        return {"text": ready, "filters": ready, "search": running}

    def view(self, _):
        arrays = {
            "index": np.arange(N, dtype="<i4"),
            "x": self.values / 2,
            "y": self.values,
            "correctness": self.values,
        }
        return {"kind": "points"} | {name: typed(values) for name, values in arrays.items()}

    def facts(self, index):
        return {
            "index": index,
            "id": 2**60 + index,
            "prediction": None,
            "agrees": None,
            "category": "easy",
            "values": dict.fromkeys(METRICS, float(self.values[index])),
            "curve": [0.5, None],
            "decision": self.decisions.get(index),
        }

    def select(self, body):
        asked = body["query"]["decisions"]
        chosen = [
            k for k in range(N) if not asked or (self.decisions.get(k) or {}).get("decision", "none") in asked
        ]
        rows = chosen[body["offset"] : body["offset"] + body["limit"]]
        total = self.count if len(chosen) == N else len(chosen)
        return {"total": total, "rows": [self.facts(k) | {"text": f"Text {k}", "gold": "yes"} for k in rows]}

    def detail(self, index):
        texts = [{"name": "text", "segments": [[f"Text {index}", 0]], "before": False, "after": False}]
        empty = {"question": None, "choices": [], "gold": ["yes"], "more_gold": 0, "notes": [], "columns": {}}
        return self.facts(index) | empty | {"texts": texts}

    def ids(self, _):
        return [2**60 + k for k in range(N)]

    def decide(self, body):
        self.received.append(body)
        index = body.pop("index")
        self.done.append((index, self.decisions.get(index)))
        self.decisions[index] = body
        return {"index": index, "decision": body, "decided": {"ok": 7}}

    def undo(self, _):
        self.received.append("undo")
        if not self.done:
            return {"index": None, "decision": None, "decided": {}}
        index, before = self.done.pop()
        self.decisions[index] = before
        return {"index": index, "decision": before, "decided": {}}


@pytest.fixture
def explorer(browser_page):
    server = FakeServer()
    browser_page.own_server = ADDRESS
    browser_page.route("**/*", server.route)
    browser_page.goto(ADDRESS)
    browser_page.wait_for_selector('body[data-ready="true"]')
    browser_page.wait_for_selector("#triage:visible")
    settle(browser_page)
    return browser_page, server


def settle(page):
    page.wait_for_selector('body[data-busy="false"]')


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)
        settle(page)


def opened(page):
    return int(page.get_attribute("#detail", "data-index"))


def chip(page, index):
    found = page.locator(f'#table tr[data-index="{index}"] .chip')
    return found.inner_text() if found.count() else None


def test_keys_decide_go_on_and_undo(explorer):
    page, server = explorer
    press(page, "j", "o", "w", "a", "d")
    assert server.received == [{"decision": name} for name in ("ok", "wrong_label", "ambiguous", "drop")]
    assert [chip(page, k) for k in range(5)] == ["ok", "wrong label", "ambiguous", "drop", None]
    assert opened(page) == 4
    press(page, "k", "u")
    page.wait_for_selector('#table tr[data-index="3"]:not(:has(.chip))')
    settle(page)
    assert (opened(page), server.decisions[3]) == (3, None)
    page.uncheck("#advance")
    press(page, "o", "w")
    assert (opened(page), server.decisions[3]) == (3, {"decision": "wrong_label"})
    assert page.inner_text("#unsaved") == "All decisions are saved"
    assert "undecided" in page.inner_text('#filters [data-filter="decision"]')
    assert page.locator('#filters [data-value="ok"]').evaluate(
        "box => box.parentElement.innerText"
    ).split() == ["ok", "7"]


def test_a_new_label_is_chosen_or_written(explorer):
    page, server = explorer
    press(page, "j")
    page.keyboard.press("r")
    page.locator("#labels button").nth(1).click()
    settle(page)
    page.keyboard.press("r")
    page.fill("#new-label", "other")
    page.keyboard.press("Enter")
    settle(page)
    page.keyboard.press("r")
    page.keyboard.press("Escape")
    settle(page)
    assert server.received == [{"decision": "relabel", "relabel": name} for name in ("no <b>", "other")]
    assert (chip(page, 0), chip(page, 1), chip(page, 2)) == ("relabel: no <b>", "relabel: other", None)


def test_keys_go_on_over_pages(explorer):
    page, server = explorer
    press(page, *["j"] * 50, "o", "o")
    assert (opened(page), page.inner_text("#page")) == (51, "51–100")
    assert sorted(server.decisions) == [49, 50]


def type_at_once(page, keys):
    """Press keys faster than anything can be answered."""
    press = "key => document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))"
    page.evaluate(f"keys => keys.forEach({press})", list(keys))


def test_keys_wait_for_the_page_that_is_turned(explorer):
    page, server = explorer
    type_at_once(page, "j" + "owad" * 26)
    page.wait_for_selector("#unsaved:not(.waiting)")
    settle(page)
    assert server.decisions == {
        k: {"decision": ("ok", "wrong_label", "ambiguous", "drop")[k % 4]} for k in range(104)
    }
    assert (opened(page), page.inner_text("#page")) == (104, "101–120")


def test_keys_after_an_undo_mean_the_example_that_it_opens(explorer):
    page, server = explorer
    press(page, "j")
    server.late.add("api/undo")
    type_at_once(page, "owua")
    page.wait_for_timeout(300)
    assert server.received == [{"decision": "ok"}, {"decision": "wrong_label"}]
    server.answer_late()
    page.wait_for_selector("#unsaved:not(.waiting)")
    settle(page)
    assert server.decisions == {0: {"decision": "ok"}, 1: {"decision": "ambiguous"}}
    assert opened(page) == 2


def test_deciding_through_the_undecided_ones_leaves_none_out(explorer):
    page, server = explorer
    page.check('#filters [data-value="none"]')
    settle(page)
    type_at_once(page, "j" + "o" * 110)
    page.wait_for_selector("#unsaved:not(.waiting)")
    settle(page)
    assert sorted(server.decisions) == list(range(110))
    assert page.get_attribute("#count", "data-total") == "20"


def test_a_page_that_cannot_be_turned_stays(explorer):
    page, server = explorer
    press(page, *["j"] * 50)
    server.gone = True
    type_at_once(page, "jo")
    page.wait_for_selector("#gone:visible")
    settle(page)
    assert (opened(page), page.inner_text("#page")) == (49, "1–50")
    server.gone = False
    page.wait_for_selector("#gone", state="hidden")
    settle(page)
    assert server.received == []
    press(page, "o", "o")
    assert sorted(server.decisions) == [49, 50]
    forgive_lost_requests(page)


def test_what_becomes_ready_shows_itself(browser_page):
    server = FakeServer()
    info = server.info
    fewer = [metric for metric in info(None)["metrics"] if metric["name"] != "correctness"]
    server.info = lambda body: info(body) | {"prepared": [], "metrics": fewer}
    browser_page.own_server = ADDRESS
    browser_page.route("**/*", server.route)
    server.late.add("api/status")
    browser_page.goto(ADDRESS)
    browser_page.wait_for_selector('body[data-ready="true"]')
    assert browser_page.inner_text("#map-notes") == ""
    browser_page.select_option("#sort", "variability")
    server.info, server.notes = info, ["2 examples have no text."]
    server.answer_late()
    browser_page.wait_for_selector("#map-notes p")
    assert browser_page.inner_text("#map-notes") == "2 examples have no text."
    assert browser_page.input_value("#sort") == "variability"
    browser_page.select_option("#sort", "correctness")
    browser_page.select_option('[data-filter="metric"] select', "correctness")
    settle(browser_page)


def test_large_numbers_are_not_covered(browser_page):
    server = FakeServer()
    server.count = 2_000_000
    browser_page.own_server = ADDRESS
    browser_page.route("**/*", server.route)
    browser_page.goto(ADDRESS)
    browser_page.wait_for_selector('body[data-ready="true"]')
    settle(browser_page)
    assert browser_page.inner_text("#count") == "2,000,000 of 2,000,000 examples"
    bottom = browser_page.evaluate(
        "Math.max(...[...document.querySelectorAll('.tablebar > *')].map(one => one.getBoundingClientRect().bottom))"
    )
    assert bottom <= browser_page.evaluate("document.querySelector('.table-box').getBoundingClientRect().top")
    browser_page.click("#next-page")


def forgive_lost_requests(page):
    """The browser itself reports each request that got no answer."""
    page.faults[:] = [fault for fault in page.faults if "net::ERR_FAILED" not in fault]


def test_letters_typed_into_the_search_decide_nothing(explorer):
    page, server = explorer
    press(page, "j")
    page.fill("#search", "")
    page.locator("#search").press_sequentially("wadou")
    settle(page)
    assert server.received == []


def test_what_is_not_saved_is_said_kept_in_order_and_sent_again(explorer):
    page, server = explorer
    press(page, "j", "o")
    server.gone = True
    page.keyboard.press("w")
    page.keyboard.press("d")
    page.wait_for_selector("#gone:visible")
    assert [chip(page, k) for k in range(3)] == ["ok", "wrong label · unsaved", "drop · unsaved"]
    assert page.inner_text("#unsaved") == "2 decisions not saved yet"
    assert "The explorer's server does not answer." in page.inner_text("#gone")
    kept = "2 decisions not saved yet: keep this page open, they are sent as soon as it answers here."
    assert kept in page.inner_text("#gone")
    server.gone = False
    page.wait_for_selector("#gone", state="hidden")
    page.wait_for_selector("#unsaved:not(.waiting)")
    settle(page)
    assert server.received == [{"decision": name} for name in ("ok", "wrong_label", "drop")]
    assert [chip(page, k) for k in range(3)] == ["ok", "wrong label", "drop"]
    forgive_lost_requests(page)


def test_search_opens_when_its_index_is_ready(browser_page):
    server = FakeServer()
    server.search = "running"
    browser_page.own_server = ADDRESS
    browser_page.route("**/*", server.route)
    browser_page.goto(ADDRESS)
    browser_page.wait_for_selector("#progress:visible")
    assert browser_page.inner_text("#progress").strip() == "Search 40% building the index"
    assert browser_page.is_disabled("#search")
    server.search = "ready"
    browser_page.wait_for_selector("#search:enabled")
    assert browser_page.is_hidden("#progress")


def test_ids_keep_all_their_digits(explorer):
    page, _ = explorer
    assert page.get_attribute("#table tr[data-index]", "data-id") == str(2**60)
    with page.expect_download() as waiting:
        page.click("#download-ids")
    assert json.loads(waiting.value.path().read_bytes()) == [2**60 + k for k in range(N)]
