"""Make the pictures of report and explorer from the demo's map: `make screenshots`, after `make demo`.

Needs Chromium (CHROMIUM names another one) and Playwright, of the extra "test".
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).with_name("images")
COLORS = 256  # of a picture's palette: a third of the bytes, and no difference to the eye
VERB = [sys.executable, "-c", "from dataset_cartography.cli.datamap import main; raise SystemExit(main())"]
# The lower left corner of the map, in data: the demo's hard examples.
CORNER = ((0.0, 0.0), (0.12, 0.0), (0.14, 0.1), (0.1, 0.22), (0.0, 0.2))


def main() -> None:
    """Take a picture of each page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("demo", type=Path, nargs="?", default=Path("demo_output"), help="the demo's folder")
    cartography = parser.parse_args().demo / "cartography"
    browser_path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")

        report = Path(folder) / "report.html"
        subprocess.run(
            [*VERB, "report", str(cartography), "--method", "quantile", "--output", str(report)], check=True
        )
        page.goto(report.as_uri())
        explore(page)
        page.locator("#search").evaluate("element => element.scrollIntoView()")
        save(page, "report")

        command = [*VERB, "view", str(cartography), "--method", "quantile", "--no_browser"]
        decisions = ["--decisions", str(Path(folder) / "decisions.jsonl")]
        server = subprocess.Popen([*command, *decisions], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            address = next(word for line in server.stdout for word in line.split() if word.startswith("http"))
            page.goto(address)
            page.wait_for_selector("#table td:has-text('?')", timeout=60_000)  # the questions are there
            explore(page)
            for key in "wwoaw":
                page.keyboard.press(key)
                page.wait_for_timeout(300)
            page.locator("#search").evaluate("element => window.scrollTo(0, 0)")
            save(page, "explorer")
        finally:
            server.terminate()
            server.wait()
        browser.close()


def explore(page: Page) -> None:
    """Draw a lasso around the hard examples and open one."""
    page.wait_for_selector('body[data-ready="true"]')
    page.locator("#map").scroll_into_view_if_needed()
    page.click("#tool-lasso")
    place = page.locator("#map").evaluate("element => ({...element.dataset})")
    box = page.locator("#map").bounding_box()
    assert box is not None
    at = {name: float(place[name]) for name in ("x0", "x1", "y0", "y1", "left", "top", "width", "height")}
    for number, (x, y) in enumerate([*CORNER, CORNER[0]]):
        across = (x - at["x0"]) / (at["x1"] - at["x0"])
        up = (y - at["y0"]) / (at["y1"] - at["y0"])
        page.mouse.move(
            box["x"] + at["left"] + across * at["width"] + 1,
            box["y"] + at["top"] + (1 - up) * at["height"] - 1,
            steps=8,
        )
        if not number:
            page.mouse.down()
    page.mouse.up()
    page.wait_for_selector('body[data-busy="false"]')
    page.wait_for_timeout(500)
    page.locator("#table tr[data-index]").first.click()
    page.wait_for_timeout(500)


def save(page: Page, name: str) -> None:
    """Save what is seen, in few colours."""
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(
        COLORS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
    ).save(path, optimize=True)
    print(path)


if __name__ == "__main__":
    main()
