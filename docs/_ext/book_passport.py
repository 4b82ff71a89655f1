"""The passport at the foot of a page: what it was computed from, and how to run it again.

Of a chapter and of an example it names the data, the seeds, the device and the versions; of a
chapter also its downloads. What differs between two builds of the same pages, their seconds and
megabytes and the day, stands in a file of its own, ``costs.js``, which a script puts in its place.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.errors import ConfigError

from book_concepts import ranges
from book_freshness import Book
from dlbook.digest import versions

# The scripts and the downloads are files of the site, which an e-book has not.
ON_THE_SITE = "html and not epub"
SCRIPTS = """<script defer src="{0}_static/costs.js"></script>
<script defer src="{0}_static/passport.js"></script>
"""
# A branch that holds the built site: Colab opens a notebook from there.
REPOSITORY = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+)/tree/([\w./-]+)")


def passport(
    app: Sphinx,
    docname: str,
    *,
    loaded: Iterable[str],
    recorded: Iterable[str] = (),
    seeds: str,
    device: str,
) -> nodes.container:
    """State what computed a page or an example.

    Parameters
    ----------
    app : sphinx.application.Sphinx
        The build.
    docname : str
        The page.
    loaded : iterable of str
        The names of its data sets.
    recorded : iterable of str
        What to say of the data of the recorded runs that it shows.
    seeds, device : str
        What to say of them.

    Returns
    -------
    docutils.nodes.container
        A list of fields, with places for the measured values.
    """
    book: Book = app.book
    found = map(book.provenance, loaded)
    data = [f"{f.title} ({f.tier}, {f.digest[:8]})".replace("standin", "stand-in") for f in found]
    cost = f'<span data-cost="{docname}" hidden></span>'
    fields = nodes.field_list()
    fields += field("Data", nodes.Text("; ".join([*data, *recorded]) or "none"))
    fields += field("Seeds", nodes.Text(seeds))
    fields += field("Device", nodes.Text(f"{device}. "), on_the_site(raw(cost)))
    released = ", ".join(versions()).replace("==", " ")
    date = raw("<span data-built hidden></span>")
    fields += field("Versions", nodes.Text(f"{released}. "), on_the_site(date))
    scripts = on_the_site(raw(SCRIPTS.format("../" * docname.count("/"))))
    return nodes.container("", fields, scripts, classes=["passport"])


def field(name: str, *content: nodes.Node) -> nodes.field:
    """Make a field of a list."""
    body = nodes.field_body("", nodes.paragraph("", "", *content))
    return nodes.field("", nodes.field_name("", name), body)


def raw(text: str) -> nodes.raw:
    """Put HTML into a page."""
    return nodes.raw("", text, format="html")


def on_the_site(*content: nodes.Node) -> addnodes.only:
    """Keep something out of the book's other forms."""
    return addnodes.only("", *content, expr=ON_THE_SITE)


def seeds_of(claims: Iterable[dict[str, Any]]) -> str:
    """Say which seeds the claims of a page state: its own, and those of recorded runs."""
    stated = {
        kind: sorted({seed for claim in claims if claim["kind"] == kind for seed in claim["seeds"]})
        for kind in ("live", "recorded")
    }
    words = {"live": "", "recorded": "of recorded runs "}
    return "; ".join(words[kind] + ranges(seeds) for kind, seeds in stated.items() if seeds)


def run_links(app: Sphinx, docname: str) -> nodes.field:
    """Link to what runs a page: its downloads, and Colab where the site's repository is known."""
    name = docname.rpartition("/")[2]
    links = {"notebook": f"{name}.ipynb", "script": f"{name}.py"}
    if address := app.config.book_repository:
        branch = REPOSITORY.fullmatch(address)
        if branch is None:
            form = "https://github.com/OWNER/NAME/tree/BRANCH, a branch with the built site"
            raise ConfigError(f"book_repository is {address!r}: it must be {form}")
        at = f"{branch[1]}/blob/{branch[2]}/{docname}.ipynb"
        links["in Google Colab"] = f"https://colab.research.google.com/github/{at}"
    content: list[nodes.Node] = []
    for words, link in links.items():
        content += [nodes.Text(", ")] if content else []
        content.append(nodes.reference("", words, refuri=link, internal="://" not in link))
    return field("Run this page", *content)


def doctree_read(app: Sphinx, doctree: nodes.document) -> None:
    """Close a page with its passport; one that runs nothing, with the day of the build."""
    docname = app.env.current_document.docname
    section = next(doctree.findall(nodes.section), None)
    has_one = any("passport" in node["classes"] for node in doctree.findall(nodes.container))
    if section is None or has_one:
        return
    book: Book = app.book
    if docname not in book.pages:
        text = '<p class="passport" data-built="with versions" hidden></p>\n'
        section += on_the_site(raw(text + SCRIPTS.format("../" * docname.count("/"))))
        return
    seeds = seeds_of(app.env.metadata[docname]["book_claims"]) or "none stated"
    end = passport(app, docname, loaded=book.loaded[docname], seeds=seeds, device="cpu")
    end[0] += on_the_site(run_links(app, docname))
    section += end


def write_costs(app: Sphinx, error: Exception | None) -> None:
    """Write what pages cost, into a file that all of them load."""
    if error is not None or app.builder.name != "html":
        return
    built = {"date": datetime.now(UTC).date().isoformat(), "versions": versions()}
    script = (
        f"const COSTS = {json.dumps(app.book.costs, indent=1, sort_keys=True)};\n"
        f"const BUILT = {json.dumps(built)};\n"
    )
    Path(app.outdir, "_static", "costs.js").write_text(script, "utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension; other extensions finish a page, and count its costs, before."""
    app.add_config_value("book_repository", "", "env")
    app.connect("doctree-read", doctree_read, priority=600)
    app.connect("build-finished", write_costs, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
