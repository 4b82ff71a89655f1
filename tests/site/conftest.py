"""The built site, a server for it, and a browser."""

import os
import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
SITE = Path(os.environ.get("DLBOOK_SITE", ROOT / "docs" / "_build" / "html")).resolve()
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The network is off: no name but this machine's own leads anywhere.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for `page_name` on every page of the site."""
    if "page_name" in metafunc.fixturenames:
        if not (SITE / "index.html").exists():
            raise pytest.UsageError(f"there is no site in {SITE}: run `nox -s docs` first")
        files = [path.relative_to(SITE) for path in SITE.rglob("*.html")]
        # The theme keeps the template of a menu in _static; it is no page and nothing links to it.
        names = sorted(path.as_posix() for path in files if path.parts[0] != "_static")
        metafunc.parametrize("page_name", names)


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the site."""
    return SITE


class QuietHandler(SimpleHTTPRequestHandler):
    """Serve files without a word."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def server(site: Path) -> Iterator[str]:
    """The address of a local server of the site."""
    handler = partial(QuietHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("chromium is missing: install the system package `chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=["server", "folder"])
def address(request: pytest.FixtureRequest, site: Path) -> str:
    """The address of the site, once served and once as files in a folder."""
    if request.param == "folder":
        return site.as_uri()
    return str(request.getfixturevalue("server"))
