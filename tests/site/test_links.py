"""Every internal link leads to a file of the site, and to an anchor that is on it."""

from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

# Links that leave the site are the business of `nox -s linkcheck`; data is no address.
OUTSIDE = ("http", "https", "mailto", "data")


@cache
def parse(file: Path) -> tuple[frozenset[str], tuple[str, ...]]:
    """List the anchors of a page and the addresses that it uses."""
    page = BeautifulSoup(file.read_text("utf-8"), "html.parser")
    anchors = {str(tag["id"]) for tag in page.select("[id]")}
    anchors |= {str(tag["name"]) for tag in page.select("a[name]")}
    addresses = [
        str(tag[attribute])
        for attribute in ("href", "src")
        for tag in page.select(f"[{attribute}]")
    ]
    return frozenset(anchors), tuple(addresses)


def dead_links(file: Path) -> list[str]:
    """List the addresses on a page that lead nowhere."""
    dead = []
    for address in parse(file)[1]:
        scheme, host, path, _, anchor = urlsplit(address)
        if scheme in OUTSIDE:
            continue
        target = file.parent / unquote(path) if path else file
        # An address from the root of a server leads nowhere in a folder; so does a folder.
        found = not (scheme or host or path.startswith("/")) and target.is_file()
        # An empty anchor is the top of a page, by definition.
        if found and anchor and target.suffix == ".html":
            found = unquote(anchor) in parse(target)[0]
        if not found:
            dead.append(address)
    return dead


def test_no_dead_links(site: Path, page_name: str) -> None:
    assert dead_links((site / page_name).resolve()) == []


def test_dead_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "other.html").write_text('<p id="here">')
    page = tmp_path / "page.html"
    dead = ["none.html", "other.html#there", "#nowhere", "/other.html", "//host/x.js", "."]
    alive = ["other.html", "other.html#here", "#", "https://example.com"]
    page.write_text("".join(f'<a href="{address}">' for address in dead + alive))
    assert dead_links(page) == dead
