"""How soon a page can be read: in headless Chromium, from a local server, on a slowed processor.

``python bench/reading.py SITE`` opens some pages several times, each time with an empty cache. It
prints, and writes into a file, the median of the times to the first text and to a settled page:
loaded, with its fonts, and no task of the page's own scripts longer than 50 ms after that.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from threading import Thread

from playwright.sync_api import Browser, sync_playwright

SLOWER = 4
AIMS = {"first text": 1.0, "settled": 3.0}
QUIET = 300  # a page has settled if this many milliseconds pass without a long task
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
OBSERVE = """window.longTasksEnd = 0
new PerformanceObserver(list => {
    for (const task of list.getEntries())
        longTasksEnd = Math.max(longTasksEnd, task.startTime + task.duration)
}).observe({ type: "longtask", buffered: true })"""
MEASURE = """async quiet => {
    await document.fonts.ready
    const fonts = performance.now()
    while (performance.now() - Math.max(longTasksEnd, fonts) < quiet)
        await new Promise(resolve => setTimeout(resolve, quiet / 4))
    const [page] = performance.getEntriesByType("navigation")
    const [text] = performance.getEntriesByName("first-contentful-paint")
    const ends = performance.getEntriesByType("resource").map(file => file.responseEnd)
    return [text.startTime, Math.max(page.loadEventEnd, longTasksEnd, ...ends)]
}"""


class QuietHandler(SimpleHTTPRequestHandler):
    """Serve files without a word."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve a folder; yield its address."""
    handler = partial(QuietHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def open_page(browser: Browser, address: str) -> tuple[float, float]:
    """Open a page with an empty cache; return the seconds to the first text and to settled."""
    with browser.new_context() as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.add_init_script(OBSERVE)
        page.goto(address)
        text, settled = page.evaluate(MEASURE, QUIET)
    return text / 1000, settled / 1000


def pages_of(site: Path) -> list[str]:
    """List the landing page, every chapter, and of the gallery and of the reference some pages."""
    kinds = ("index.html", "chapters/*.html", "gallery/index.html", "gallery/*/plot_*.html")
    found = [sorted(site.glob(kind)) for kind in (*kinds, "api/*.html", "ledger.html")]
    found[3], found[4] = found[3][:2], found[4][:2]
    return [page.relative_to(site).as_posix() for kind in found for page in kind]


def main() -> None:
    """Measure, print a table, write a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path)
    parser.add_argument("pages", nargs="*", help="pages of the site; by default some of each kind")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--output", type=Path, default=Path("bench-reading.json"))
    options = parser.parse_args()
    program = shutil.which("chromium")
    if program is None:
        sys.exit("chromium is missing: install the system package `chromium`")
    medians: dict[str, dict[str, float]] = {}
    print(f"median of {options.times}, processor slowed {SLOWER} times; aims: {AIMS}")
    print(f"{'page':50}", *(f"{name:>12}" for name in AIMS))
    with served(options.site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        for page in options.pages or pages_of(options.site):
            runs = [open_page(browser, f"{address}/{page}") for _ in range(options.times)]
            medians[page] = dict(zip(AIMS, map(median, zip(*runs, strict=True)), strict=True))
            late = {name: "late" if medians[page][name] > aim else "" for name, aim in AIMS.items()}
            times = (f"{late[name]:>5}{medians[page][name]:5.2f} s" for name in AIMS)
            print(f"{page:50}", *times)
        version = browser.version
        browser.close()
    result = {"chromium": version, "slower": SLOWER, "times": options.times, "aims": AIMS}
    text = json.dumps({**result, "seconds": medians}, indent=1)
    options.output.write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    main()
