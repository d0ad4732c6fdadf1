import base64
import hashlib
import re

import pytest

from dataset_cartography.pages.assets import Inline, app_fragment, app_scripts, app_style

SOURCES = ["embedded", "server"]
D3 = "912111098ea99503a6f4967361d2bbdc9dbf58cf9c678c8e27e5b02d1a07f0c1"


def test_d3_is_the_published_file():
    script = app_scripts("embedded")[0]
    assert script.name == "d3.min.js"
    assert hashlib.sha256(script.text.encode()).hexdigest() == D3


def test_the_hash_allows_these_bytes():
    digest = base64.b64encode(hashlib.sha256("let ä;".encode()).digest()).decode()
    assert Inline("x.js", "let ä;").csp == f"'sha256-{digest}'"


@pytest.mark.parametrize("source", SOURCES)
def test_scripts_can_stand_in_a_page_and_evaluate_nothing(source):
    for script in app_scripts(source):
        assert "</script" not in script.text.lower()
        assert "<!--" not in script.text
    own = "\n".join(script.text for script in app_scripts(source)[1:])
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?:(?!//www\.w3\.org)",
        own,
    )
    assert all(script.text.startswith('"use strict";') for script in app_scripts(source)[1:])


def test_each_source_has_its_own_last_scripts():
    embedded, server = ([script.name for script in app_scripts(source)] for source in SOURCES)
    assert [name for name in embedded if name not in server] == ["blocks.js", "embedded.js"]
    assert [name for name in server if name not in embedded] == ["triage.js", "server.js"]
    assert (embedded[-1], server[-1]) == ("embedded.js", "server.js")


def test_the_style_sheet_stays_inside_the_fragment_and_fetches_nothing():
    style = re.sub(r"/\*.*?\*/", "", app_style().text, flags=re.DOTALL)
    assert "</style" not in style
    assert "url(" not in style
    assert "@import" not in style
    outermost, depth, selector = [], 0, ""
    for character in style:
        if character == "{":
            if depth == 0:
                outermost.append(selector.strip())
            depth, selector = depth + 1, ""
        elif character == "}":
            depth, selector = depth - 1, ""
        else:
            selector += character
    assert all(one.startswith((".explore", "@media")) for one in outermost)


@pytest.mark.parametrize("source", SOURCES)
def test_scripts_name_only_elements_that_exist(source):
    fragment = app_fragment()
    ids = set(re.findall(r'\bid="([^"]+)"', fragment))
    text = "\n".join(script.text for script in app_scripts(source)[1:])
    named = set(re.findall(r'part\("([^"]+)"\)|querySelector\("#([^" ]+)"\)', text))
    assert {first or second for first, second in named} <= ids
    contract = (
        "map search filters count table sort sort-direction previous-page next-page detail download-ids"
    )
    assert (
        set(
            f"{contract} download-table status tool-pan tool-lasso tool-box clear-selection reset-view".split()
        )
        <= ids
    )
    assert len(re.findall(r'\bid="', fragment)) == len(ids)


def test_the_fragment_runs_and_styles_nothing_by_itself():
    assert not re.search(r"<script|<style|\son\w+=|\sstyle=|{{|{%", app_fragment())
