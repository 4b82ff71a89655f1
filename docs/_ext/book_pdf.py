"""Print the built site into one PDF, in the order of its sidebar, with bookmarks.

``python docs/_ext/book_pdf.py SITE OUTPUT`` opens every page in headless Chromium, from the folder;
links between the pages become links inside the file.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import urldefrag

from bs4 import BeautifulSoup
from playwright.sync_api import Browser, PdfMargins, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, NameObject
from tqdm import tqdm

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# Paper shows every picture and what lies folded; a summary that opens nothing has no use there.
UNFOLD = """async () => {
    document.querySelectorAll("article details").forEach(details => { details.open = true })
    for (const image of document.images) {
        image.loading = "eager"
        await image.decode().catch(() => {})
    }
    await document.fonts.ready
}"""
MARGIN: PdfMargins = {"top": "18mm", "bottom": "18mm", "left": "16mm", "right": "16mm"}


def pages_of(site: Path) -> Iterator[Path]:
    """List the landing page and the pages of its sidebar, each once."""
    index = site / "index.html"
    links = BeautifulSoup(index.read_text("utf-8"), "html.parser").select("nav.bd-links a.internal")
    addresses = (urldefrag(str(link["href"])).url for link in links)
    yield from dict.fromkeys([index, *(site / address for address in addresses if address != "#")])


def print_page(browser: Browser, page: Path) -> tuple[str, bytes]:
    """Print a page in the light, with its still figures; return its title too."""
    with browser.new_page(color_scheme="light", device_scale_factor=2) as tab:
        tab.route("**/interactive/*.js", lambda route: route.abort())
        tab.goto(page.as_uri())
        tab.evaluate(UNFOLD)
        title = tab.locator("article h1").first.evaluate(
            "heading => heading.firstChild.textContent"
        )
        return title, tab.pdf(format="A4", margin=MARGIN, print_background=True, tagged=True)


def link_inside(writer: PdfWriter, starts: dict[str, int]) -> None:
    """Let the links to other pages of the site lead to their place in the file."""
    for page in writer.pages:
        for reference in page.get("/Annots", ()):
            annotation = reference.get_object()
            address = urldefrag(str(annotation.get("/A", {}).get("/URI", ""))).url
            if address in starts:
                top = writer.pages[starts[address]].indirect_reference
                annotation[NameObject("/Dest")] = ArrayObject([top, NameObject("/Fit")])
            if address.startswith("file:"):
                # A file of the site that is not printed leads nowhere from here.
                del annotation["/A"]


def main() -> None:
    """Print all pages and join them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--pages", nargs="*", help="parts of the names of pages; by default all")
    options = parser.parse_args()
    program = shutil.which("chromium")
    if program is None:
        sys.exit("chromium is missing: install the system package `chromium`")
    pages = list(pages_of(options.site.resolve()))
    if options.pages:
        pages = [page for page in pages if any(part in page.as_posix() for part in options.pages)]
    writer = PdfWriter()
    starts: dict[str, int] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        for page in tqdm(pages, desc="printing", unit="page"):
            starts[page.as_uri()] = len(writer.pages)
            title, printed = print_page(browser, page)
            writer.append(PdfReader(BytesIO(printed)), outline_item=title, import_outline=False)
        browser.close()
    link_inside(writer, starts)
    writer.add_metadata({"/Title": "Deep learning, computed", "/Author": "The dlbook authors"})
    writer.compress_identical_objects()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    writer.write(options.output)
    size = options.output.stat().st_size / 1e6
    print(f"{options.output}: {len(writer.pages)} pages, {size:.1f} MB")


if __name__ == "__main__":
    main()
