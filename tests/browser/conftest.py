"""Debian's Chromium, driven by Playwright: a page that reports every error, dialog and request it makes."""

import os
import shutil

import pytest

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium_path():
    """The browser of this machine; CHROMIUM names another one."""
    named = os.environ.get("CHROMIUM")
    path = named or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.fail("The browser tests need Chromium: apt-get install chromium, or CHROMIUM=/path/to/it.")
    return path


@pytest.fixture(scope="session")
def chromium():
    """A running browser; starting one takes a second."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browser_page(chromium, tmp_path):
    """A page of 1280 x 900; that it ran hostile text, met an error or asked another host for anything is a failure.

    A test may leave the address of a server of its own in `page.own_server`.
    """
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.own_server = None
    page.set_default_timeout(20_000)
    faults = []
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on("console", lambda said: faults.append(f"console: {said.text}") if said.type == "error" else None)
    page.on("dialog", lambda dialog: (faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("popup", lambda popup: faults.append(f"popup: {popup.url}"))

    def asked(request):
        own = page.own_server and request.url.startswith(page.own_server)
        if not own and not request.url.startswith(("file://", "data:", "blob:", "about:")):
            faults.append(f"request: {request.url}")

    page.on("request", asked)
    page.faults = faults
    yield page
    context.close()
    assert faults == []
