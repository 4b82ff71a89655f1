"""Collect the claims of all pages: the roles, the ledger, and ``results.json``.

A claim is written by `dlbook.claims.claim` into the HTML of a cell's output, so that a page whose
outputs come from the cache still carries it. Here it is copied from the page into Sphinx's
metadata, which Sphinx keeps for pages that are not read again and merges from parallel readers.
All that is said about claims is computed from there, at every build.

In prose, ``{claim}`` shows a claim by its key, ``{source}`` a number that a source states, and
``{fact}`` a number with a citation. ``{ledger}`` is the table of all claims.
"""

import html
import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError
from sphinx.util import logging
from sphinx.util.docutils import ReferenceRole, SphinxDirective, SphinxRole

from book_timed import VALUE, place_for
from dlbook.claims import Claim

LOG = logging.getLogger(__name__)
DATA = re.compile(r'data-claim="([^"]*)"')
MADE = re.compile(rf' {DATA.pattern}(.*?"claim-value">)[^<]*')
LEDGER = "the ledger"
COLUMNS = (
    *("claim", "value", "n", "fresh seeds", "bound", "held", "source", "chapter", "data", "kind"),
    *("seeds", "versions"),
)

# Under each key the page that makes the claim, and the claim.
Claims = dict[str, tuple[str, Claim]]


class claim_value(nodes.Inline, nodes.Element):  # noqa: N801
    """Stands for the value of a claim until all pages have been read."""


class ledger_table(nodes.General, nodes.Element):  # noqa: N801
    """Stands for the ledger until all pages have been read."""


class ClaimRole(SphinxRole):
    """The role ``{claim}`` followed by a key."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Leave a placeholder."""
        node = claim_value(key=self.text.strip())
        self.set_source_info(node)
        return [node], []


class CitedRole(ReferenceRole):
    """The roles ``{source}`` and ``{fact}``: a number as it was published, then a link."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Show the number, with a small mark that leads to the bibliography."""
        if not self.has_explicit_title:
            error = f"{{{self.name}}} needs a number and a label: `97% <b>`, not `{self.text}`"
            warn(error, self.get_location())
        mark = addnodes.pending_xref(
            "",
            nodes.inline("", f"[{self.target}]"),
            refdomain="std",
            reftype="ref",
            reftarget=f"bib-{self.target.lower()}",
            refexplicit=True,
            refwarn=True,
            refdoc=self.env.current_document.docname,
        )
        self.set_source_info(mark)
        number = nodes.inline("", self.title)
        return [nodes.inline("", "", number, mark, classes=["cited", self.name])], []


class Ledger(SphinxDirective):
    """The directive ``{ledger}``."""

    def run(self) -> list[nodes.Node]:
        """Leave a placeholder."""
        return [ledger_table()]


def claims_in(node: nodes.Element) -> list[dict[str, Any]]:
    """List the claims that a part of a page carries, in its order."""
    texts = (raw.astext() for raw in node.findall(nodes.raw) if "html" in raw.get("format", ""))
    return [data for text in texts for data in claims_in_html(text)]


def claims_in_html(text: str) -> list[dict[str, Any]]:
    """List the claims that an output of a cell carries."""
    return [json.loads(html.unescape(data)) for data in DATA.findall(text)]


def doctree_read(app: Sphinx, doctree: nodes.document) -> None:
    """Remember what a page claims, which claims it shows, and what MyST-NB lets pass."""
    shown: list[tuple[str, int | None]] = [
        (node["key"], node.line) for node in doctree.findall(claim_value)
    ]
    if next(doctree.findall(ledger_table), None):
        shown.append((LEDGER, None))
    metadata = app.env.metadata[app.env.current_document.docname]
    metadata["book_claims"] = claims_in(doctree)
    metadata["book_claims_shown"] = shown
    metadata["book_claims_problems"] = list(problems_in(doctree))


def problems_in(doctree: nodes.document) -> Iterator[tuple[str, int | None]]:
    """Find errors that failed no cell, wrong solutions, and claims that do not show; with lines."""
    for block in doctree.findall(nodes.literal_block):
        if "traceback" in block["classes"]:
            yield "an error is printed on the page", block.line
    for cell in doctree.findall(nodes.container):
        if "cell" in cell["classes"]:
            code = "\n".join(block.astext() for block in cell.findall(nodes.literal_block))
            if "claim(" in code and "def " not in code and not claims_in(cell):
                problem = "a claim is made but not shown: is there a semicolon at the cell's end?"
                yield problem, cell.line
    for raw in doctree.findall(nodes.raw):
        if 'class="verdict verdict-wrong"' in raw.astext():
            yield "the solution of an exercise is wrong", raw.line


def all_claims(env: BuildEnvironment) -> Iterator[tuple[str, Claim]]:
    """List the claims of all pages with their pages, also of those that were not read again."""
    for docname in sorted(env.metadata):
        for data in env.metadata[docname].get("book_claims", ()):
            yield docname, Claim.from_json(data)


def env_updated(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Check all claims, and have the pages written again whose shown claims have changed.

    This runs in every build, so that a warning does not vanish with the page being up to date.
    """
    strict = os.environ.get("DLBOOK_CLAIMS", "")
    if strict not in ("", "strict"):
        raise ConfigError(f"DLBOOK_CLAIMS is {strict!r}: set it to 'strict' or leave it out")
    claims: Claims = {}
    for docname, claim in all_claims(env):
        key = claim.key
        if key in claims:
            warn(f"claim {key} of page {docname} is made in {claims[key][0]} too", docname)
        if strict and claim.held is False:
            text = f"{claim.value_text} is not {claim.bound_text}"
            warn(f"claim {key} of page {docname} does not hold: {text}", docname)
        claims.setdefault(key, (docname, claim))
    spreads = fresh_seeds(Path(app.srcdir, "records"), claims)
    views: dict[str, list[Any]] = {}
    for docname, metadata in env.metadata.items():
        for problem, line in metadata.get("book_claims_problems", ()):
            warn(problem, (docname, line))
        for key, line in metadata.get("book_claims_shown", ()):
            if key == LEDGER:
                rows = [(item, env.titles[item[0]].astext()) for item in claims.values()]
                view: Any = rows, spreads
            else:
                view = claims.get(key), ledger_page(env)
                if key not in claims:
                    warn(f"no page makes the claim {key}", (docname, line))
            views.setdefault(docname, []).append(view)
    before = getattr(env, "book_claims_views", {})
    env.book_claims_views = views  # type: ignore[attr-defined]
    env.book_claims = claims  # type: ignore[attr-defined]
    env.book_fresh_seeds = spreads  # type: ignore[attr-defined]
    return [docname for docname, view in views.items() if before.get(docname) != view]


def fresh_seeds(records: Path, claims: Claims) -> dict[str, str]:
    """Say of the live claims what `book_seeds` recorded of them, on data of the same tier."""
    live = {key: claim for key, (_, claim) in claims.items() if claim.kind == "live"}
    # A claim that rests on no data goes with the others.
    others = "standin" if any(claim.tier == "standin" for claim in live.values()) else "real"
    tiers = {None: others, "standin": "standin"}
    recorded = {
        path.stem.removeprefix("claims_"): json.loads(path.read_text("utf-8"))["metrics"]
        for path in records.glob("claims_*.json")
    }
    spreads = {}
    for key, claim in live.items():
        if values := recorded.get(tiers.get(claim.tier, "real"), {}).get(key):
            shown = replace(claim, value=fmean(values), sd=stdev(values))
            spreads[key] = f"{shown.value_text} ({len(values)})"
    return spreads


def warn(message: str, location: Any) -> None:
    """Give a warning of the kind ``claims``."""
    LOG.warning(message, location=location, type="claims")


def doctree_resolved(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the values and the table where the placeholders are."""
    claims: Claims = app.env.book_claims  # type: ignore[attr-defined]
    for made in doctree.findall(nodes.raw):
        if app.builder.name == "html" and "data-claim" in made.astext():
            made[0] = nodes.Text(MADE.sub(without_times, made.astext()))
    for value in list(doctree.findall(claim_value)):
        key = value["key"]
        known = key in claims
        value.replace_self(
            prose(app, docname, claims[key][1]) if known else nodes.inline("", f"[{key}?]")
        )
    for place in list(doctree.findall(ledger_table)):
        place.replace_self(table(app, docname, claims))


def without_times(made: re.Match[str]) -> str:
    """Leave a place where a claim that a page makes shows what a clock measured."""
    claim = Claim.from_json(json.loads(html.unescape(made[1])))
    return made[2] + place_for(anchor(claim.key), VALUE) if claim.timed else made[0]


def prose(app: Sphinx, docname: str, claim: Claim) -> nodes.Node:
    """Show a value in a sentence, linked to its row and marked where it is not a live result."""
    ledger = ledger_page(app.env)
    marks = ["recorded"] if claim.kind == "recorded" else []
    marks += ["stand-in data"] if claim.tier == "standin" else []
    number = number_or_place(app, claim, format(claim.value, claim.format))
    shown = link(app, docname, ledger, claim.key, number) if ledger else number
    mark = [nodes.inline("", f" ({', '.join(marks)})", classes=["claim-mark"])] if marks else []
    return nodes.inline("", "", shown, *mark, classes=["claim-ref"])


def number_or_place(app: Sphinx, claim: Claim, text: str) -> nodes.Node:
    """Show a value; if a clock measured it, a page of the site has a place for it."""
    if claim.timed and app.builder.name == "html":
        return nodes.raw("", place_for(anchor(claim.key), VALUE), format="html")
    return nodes.inline("", text)


def table(app: Sphinx, docname: str, claims: Claims) -> nodes.Node:
    """Draw the ledger."""
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in COLUMNS), cols=len(COLUMNS))
    group += nodes.thead("", row(nodes.Text(name) for name in COLUMNS))
    body = nodes.tbody()
    for key, (chapter, claim) in sorted(claims.items()):
        line = row(cells(app, docname, chapter, claim))
        line["ids"] = [anchor(key)]
        body += line
    group += body
    root = "../" * docname.count("/")
    file = nodes.reference("", "results.json", refuri=f"{root}results.json", internal=True)
    note = nodes.paragraph("", "", nodes.Text("The same as data: "), file)
    return nodes.container("", nodes.table("", group, classes=["ledger"]), note)


def row(contents: Iterator[nodes.Node]) -> nodes.row:
    """Make a row of a table."""
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", cell)) for cell in contents))


def cells(app: Sphinx, docname: str, chapter: str, claim: Claim) -> Iterator[nodes.Node]:
    """Yield the cells of a claim, in the order of `COLUMNS`."""
    key = link(app, docname, chapter, claim.key, nodes.literal("", claim.key))
    label = nodes.inline("", f" {claim.label}", classes=["claim-label"])
    yield nodes.inline("", "", key, label)
    yield nodes.strong("", "", number_or_place(app, claim, claim.value_text))
    yield nodes.Text("" if claim.n is None else str(claim.n))
    yield nodes.Text(app.env.book_fresh_seeds.get(claim.key, ""))  # type: ignore[attr-defined]
    yield nodes.Text(claim.bound_text)
    verdict = {None: "", True: "yes", False: "NO"}[claim.held]
    yield nodes.inline("", verdict, classes=["claim-broken"] if claim.held is False else [])
    yield nodes.Text(claim.source or "")
    yield link(app, docname, chapter, None, nodes.inline("", app.env.titles[chapter].astext()))
    tier = "stand-in" if claim.tier == "standin" else claim.tier
    yield nodes.Text("" if tier is None else f"{claim.data} ({tier})")
    yield nodes.Text(f"{claim.kind}, timed" if claim.timed else claim.kind)
    yield nodes.Text(", ".join(map(str, claim.seeds)))
    yield nodes.Text(", ".join(f"{name} {number}" for name, number in claim.versions.items()))


def link(
    app: Sphinx, source: str, target: str, key: str | None, shown: nodes.Element
) -> nodes.reference:
    """Link to a page, or to the place on it that a claim's key names."""
    address = app.builder.get_relative_uri(source, target) + (f"#{anchor(key)}" if key else "")
    return nodes.reference("", "", shown, refuri=address, internal=True)


def anchor(key: str) -> str:
    """Name the place of a claim, on its page and in the ledger."""
    return f"claim-{key}"


def ledger_page(env: BuildEnvironment) -> str | None:
    """Find the page that shows the ledger."""
    for docname in sorted(env.metadata):
        if (LEDGER, None) in env.metadata[docname].get("book_claims_shown", ()):
            return docname
    return None


def build_finished(app: Sphinx, exception: Exception | None) -> None:
    """Write ``results.json`` at the end of every build, also of one that wrote no page."""
    if exception is None and app.builder.name == "html":
        found = sorted(all_claims(app.env), key=lambda item: (item[1].key, item[0]))
        entries = [entry(claim) | {"chapter": docname} for docname, claim in found]
        text = json.dumps(entries, indent=1, sort_keys=True, ensure_ascii=False)
        Path(app.outdir, "results.json").write_text(f"{text}\n", "utf-8")


def entry(claim: Claim) -> dict[str, Any]:
    """Return a claim as it stands in ``results.json``: without what differs between two builds."""
    volatile = {"value": None, "sd": None} if claim.timed else {}
    return claim.to_json() | volatile


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_node(claim_value)
    app.add_node(ledger_table)
    app.add_role("claim", ClaimRole())
    app.add_role("source", CitedRole())
    app.add_role("fact", CitedRole())
    app.add_directive("ledger", Ledger)
    app.connect("doctree-read", doctree_read)
    app.connect("env-updated", env_updated)
    app.connect("doctree-resolved", doctree_resolved)
    app.connect("build-finished", build_finished)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
