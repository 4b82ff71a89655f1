"""The concept map: which chapter teaches what, and what it needs for that.

A chapter states in its front matter, in lists, what it ``teaches`` and what it ``needs``. Here this
becomes the line of needs at its top and the map of the book, the directive ``{concept-map}``. A
concept that nobody teaches, that two chapters teach or that comes too late is a warning, and so are
chapters that need each other in a circle. The setting ``concepts_assumed`` names what the reader
brings along, ``concepts_assumed_page`` the page that says so.
"""

import json
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import groupby
from typing import Any, NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

LOG = logging.getLogger(__name__)
AIMS, NEEDS = "You will be able to", "You need"
# The sizes of the drawn lines, in CSS pixels: between two lines, to a chapter's dot, of the dot.
GAP, DOT_Y, RADIUS = 14, 14, 5


class needs_line(nodes.General, nodes.Element):  # noqa: N801
    """Stands for the needs of a chapter until all pages have been read."""


class concept_map(nodes.General, nodes.Element):  # noqa: N801
    """Stands for the map until all pages have been read."""


class ConceptMap(SphinxDirective):
    """The directive ``{concept-map}``."""

    def run(self) -> list[nodes.Node]:
        """Leave a placeholder."""
        return [concept_map()]


class Chapter(NamedTuple):
    """What a chapter states of itself, and its heading."""

    docname: str
    title: str
    teaches: list[str]
    needs: list[str]


class Concepts:
    """What is taught where.

    Parameters
    ----------
    chapters : list of Chapter
        In the order of the book.
    assumed : iterable of str
        What the reader brings along.
    """

    def __init__(self, chapters: list[Chapter], assumed: list[str]) -> None:
        self.chapters = {chapter.docname: chapter for chapter in chapters}
        self.order = list(self.chapters)
        self.assumed = assumed
        self.teacher: dict[str, str] = {}
        for chapter in chapters:
            for concept in chapter.teaches:
                self.teacher.setdefault(concept, chapter.docname)
        # Under each chapter the chapters that teach what it needs.
        self.before = {
            chapter.docname: {self.teacher[need] for need in chapter.needs if need in self.teacher}
            for chapter in chapters
        }

    def number(self, docname: str) -> int:
        """Count a chapter, from 1."""
        return self.order.index(docname) + 1

    def problems(self) -> Iterator[tuple[str, str]]:
        """Find what is wrong, each with the chapter that it is wrong in."""
        for docname, chapter in self.chapters.items():
            for concept in chapter.teaches:
                if concept in self.assumed:
                    yield docname, f"'{concept}' is taught here, and assumed of every reader"
                elif (first := self.teacher[concept]) != docname:
                    yield docname, f"'{concept}' is taught here, and in {first} too"
                elif chapter.teaches.count(concept) > 1:
                    yield docname, f"'{concept}' is taught here twice"
            for need in chapter.needs:
                if need in self.assumed:
                    continue
                if need not in self.teacher:
                    yield docname, f"'{need}' is needed here, but no chapter teaches it"
                elif self.number(self.teacher[need]) > self.number(docname):
                    yield docname, f"'{need}' is needed here, but comes later: {self.teacher[need]}"
        try:
            TopologicalSorter(self.before).prepare()
        except CycleError as error:
            circle = error.args[1][::-1]
            yield circle[0], f"chapters need each other in a circle: {', '.join(circle)}"

    def all_before(self, docname: str) -> set[str]:
        """List the earlier chapters that a chapter rests on, be it by way of others."""
        near = {
            other for other in self.before[docname] if self.number(other) < self.number(docname)
        }
        return near.union(*map(self.all_before, near))

    def next_before(self, docname: str) -> set[str]:
        """List the chapters of `before` that no other one of them rests on."""
        found = self.all_before(docname)
        return found.difference(*map(self.all_before, found))

    def grouped_needs(self, docname: str) -> list[tuple[str | None, list[str]]]:
        """List what a chapter needs by the chapter that teaches it; None stands for the reader."""
        needs = self.chapters[docname].needs
        teachers = {need: self.teacher.get(need) for need in needs}
        place = {None: 0} | {docname: n for n, docname in enumerate(self.order, 1)}
        ordered = sorted(needs, key=lambda need: place[teachers[need]])
        return [(teacher, list(group)) for teacher, group in groupby(ordered, teachers.__getitem__)]


def concepts_of(app: Sphinx, env: BuildEnvironment) -> Concepts:
    """Read the front matter of all chapters, also of those that were not read again."""
    chapters = []
    for docname, metadata in sorted(env.metadata.items()):
        if "teaches" in metadata or "needs" in metadata:
            title = env.titles[docname].astext()
            lists = (json.loads(metadata.get(key, "[]")) for key in ("teaches", "needs"))
            chapters.append(Chapter(docname, title, *lists))
    return Concepts(chapters, app.config.concepts_assumed)


def doctree_read(app: Sphinx, doctree: nodes.document) -> None:
    """Leave a placeholder in the list at the top of a chapter, before what is said by hand."""
    docname = app.env.current_document.docname
    metadata = app.env.metadata[docname]
    metadata["concept_map"] = next(doctree.findall(concept_map), None) is not None
    if "needs" not in metadata:
        return
    items = {item[0].astext(): item for item in doctree.findall(nodes.definition_list_item)}
    place = nodes.paragraph("", "", needs_line())
    if NEEDS in items:
        items[NEEDS][-1].insert(0, place)
    elif AIMS in items:
        item = nodes.definition_list_item("", nodes.term("", NEEDS), nodes.definition("", place))
        aims = items[AIMS].parent
        aims.insert(aims.index(items[AIMS]) + 1, item)
    else:
        warn(f"the needs have no place: no list on the page has an entry '{AIMS}'", docname)


def env_updated(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Check the map in every build; have the pages written again whose needs read otherwise."""
    concepts = concepts_of(app, env)
    for docname, problem in concepts.problems():
        warn(problem, docname)
    whole = list(concepts.chapters.values())
    views: dict[str, Any] = {
        docname: [(t and concepts.chapters[t][:2], g) for t, g in concepts.grouped_needs(docname)]
        for docname in concepts.chapters
    }
    views |= {docname: whole for docname, data in env.metadata.items() if data.get("concept_map")}
    before = getattr(env, "concept_views", {})
    env.concept_views = views  # type: ignore[attr-defined]
    env.concepts = concepts  # type: ignore[attr-defined]
    return [docname for docname, view in views.items() if before.get(docname) != view]


def warn(message: str, location: str) -> None:
    """Give a warning of the kind ``concepts``."""
    LOG.warning(message, location=location, type="concepts")


def doctree_resolved(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the needs and the map where the placeholders are."""
    concepts: Concepts = app.env.concepts  # type: ignore[attr-defined]
    for place in list(doctree.findall(needs_line)):
        place.replace_self(list(needs(app, docname, concepts, docname)))
    for drawing in list(doctree.findall(concept_map)):
        drawing.replace_self(book_map(app, docname, concepts))


def needs(app: Sphinx, page: str, concepts: Concepts, docname: str) -> Iterator[nodes.Node]:
    """Write what a chapter needs as the end of a sentence, with links to where it is taught."""
    separator = ""
    for teacher, group in concepts.grouped_needs(docname):
        yield nodes.Text(f"{separator}{', '.join(group)} (")
        if teacher:
            words = f"chapter {concepts.number(teacher)}"
            yield link(app, page, teacher, words, concepts.chapters[teacher].title)
        else:
            yield link(app, page, app.config.concepts_assumed_page, "assumed", "")
        yield nodes.Text(")")
        separator = "; "
    yield nodes.Text("." if separator else "Nothing.")


def link(app: Sphinx, page: str, target: str, words: str, title: str) -> nodes.reference:
    """Link from one page to another."""
    address = app.builder.get_relative_uri(page, target)
    tip = {"reftitle": title} if title else {}
    return nodes.reference("", words, refuri=address, internal=True, **tip)


def book_map(app: Sphinx, page: str, concepts: Concepts) -> nodes.bullet_list:
    """List the chapters along the lines that join each to those it rests on."""
    lines = lay_lines(concepts)
    items = nodes.bullet_list(classes=["concept-map"])
    for place, (docname, chapter) in enumerate(concepts.chapters.items()):
        name = link(app, page, docname, f"{place + 1}. {chapter.title}", "")
        teaches = nodes.paragraph("", "Teaches ", *terms(app, page, chapter.teaches))
        needed = nodes.paragraph("", "Needs ", *needs(app, page, concepts, docname))
        if way := sorted(map(concepts.number, concepts.all_before(docname))):
            needed += nodes.Text(f" The way here: {ranges(way)}.")
        drawing = nodes.raw("", draw_row(place, lines), format="html")
        title = nodes.paragraph("", "", nodes.strong("", "", name))
        items += nodes.list_item("", drawing, title, teaches, needed)
    return items


def ranges(numbers: list[int]) -> str:
    """Write increasing numbers, three or more in a row as a range: 1 to 3, 5, 6."""
    words: list[str] = []
    for _, run in groupby(enumerate(numbers), lambda item: item[1] - item[0]):
        row = [str(number) for _, number in run]
        words += [f"{row[0]} to {row[-1]}"] if len(row) > 2 else row
    return ", ".join(words)


def terms(app: Sphinx, page: str, concepts: list[str]) -> Iterator[nodes.Node]:
    """Join concepts with commas; those that the glossary has lead to it."""
    entries = {
        name.lower(): (docname, anchor)
        for (kind, name), (docname, anchor) in app.env.domains["std"].data["objects"].items()
        if kind == "term"
    }
    for place, concept in enumerate(concepts):
        if place:
            yield nodes.Text(", ")
        if entry := entries.get(concept.lower()):
            address = f"{app.builder.get_relative_uri(page, entry[0])}#{entry[1]}"
            term = nodes.inline("", concept, classes=["std", "std-term"])
            yield nodes.reference("", "", term, refuri=address, internal=True)
        else:
            yield nodes.Text(concept)
    yield nodes.Text(".")


class Line(NamedTuple):
    """A drawn line, from one chapter to all that rest on it next; chapters are counted from 0."""

    lane: int
    start: int
    stops: list[int]


def lay_lines(concepts: Concepts) -> list[Line]:
    """Lay lines along the list of chapters, in as few lanes as go.

    Lane 0 is that of the chapters' dots. It joins neighbors; a line to a chapter further down has
    a lane beside it. There is no line where a longer way says the same.
    """
    lines = []
    free_from: list[int] = []
    order = concepts.order
    below = {t: concepts.next_before(name) for t, name in enumerate(order)}
    for start, docname in enumerate(order):
        stops = [t for t, before in below.items() if docname in before]
        if start + 1 in stops:
            lines.append(Line(0, start, [stops.pop(0)]))
        if stops:
            free = [lane for lane, place in enumerate(free_from) if place <= start]
            lane = free[0] if free else len(free_from)
            free_from[lane : lane + 1] = [stops[-1]]
            lines.append(Line(lane + 1, start, stops))
    return lines


def draw_row(place: int, lines: list[Line]) -> str:
    """Draw what stands beside one chapter of the map; its height is that of the text."""
    dot = GAP * (max((line.lane for line in lines), default=0) + 0.5)
    shapes = []
    for line in lines:
        x = dot - GAP * line.lane
        if line.start == place:
            bend = f"M{dot} {DOT_Y}C{dot} {DOT_Y + GAP} {x} {DOT_Y} {x} {DOT_Y + GAP}"
            shapes.append(
                f'<path d="{bend}"/><line x1="{x}" y1="{DOT_Y + GAP}" x2="{x}" y2="100%"/>'
            )
        elif line.start < place < line.stops[-1]:
            shapes.append(f'<line x1="{x}" y1="0" x2="{x}" y2="100%"/>')
        if place in line.stops:
            tip = DOT_Y - RADIUS if line.lane == 0 else dot - RADIUS
            if line.lane == 0:
                path = f"M{x} 0V{tip}m-4-6l4 6l4-6"
            else:
                path = f"M{x} 0V{DOT_Y - 8}q0 8 8 8H{tip}m-6-4l6 4l-6 4"
            shapes.append(f'<path d="{path}"/>')
    shapes.append(f'<circle cx="{dot}" cy="{DOT_Y}" r="{RADIUS}"/>')
    return f'<svg aria-hidden="true" width="{dot + GAP / 2:g}">{"".join(shapes)}</svg>'


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension; Sphinx collects the front matter before `doctree_read`."""
    app.add_config_value("concepts_assumed", [], "env")
    app.add_config_value("concepts_assumed_page", "preface", "env")
    app.add_node(needs_line)
    app.add_node(concept_map)
    app.add_directive("concept-map", ConceptMap)
    app.connect("doctree-read", doctree_read)
    app.connect("env-updated", env_updated)
    app.connect("doctree-resolved", doctree_resolved)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
