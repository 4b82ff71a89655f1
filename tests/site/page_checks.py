"""What a page weighs when it is first opened, and what axe finds on it."""

from contextlib import suppress
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

MEGABYTE = 1_000_000
LIMIT = 2.5 * MEGABYTE
SERIOUS = ("serious", "critical")

# The bytes of the page and of each file that it has loaded.
FILES = """() => [...performance.getEntriesByType("navigation"),
    ...performance.getEntriesByType("resource")].map(file => [file.name, file.encodedBodySize])"""
# A page has thousands of tokens of code, parts of formulas and cells of tables that look alike to
# axe, which takes milliseconds for each of them: of each kind only the first stay.
THIN = """() => {
    const still = "<style>* { transition: none !important }</style>"
    document.head.insertAdjacentHTML("beforeend", still)
    const seen = new Map()
    for (const part of document.querySelectorAll(".highlight span, dt.sig span, code > .pre")) {
        if (part.id || part.tabIndex >= 0 || part.querySelector("a")) continue
        const parent = part.parentElement
        const kind = [part.className, parent.className, parent.parentElement.className,
            part.closest("[class*=highlight-], dt, p, li")?.className].join("|")
        seen.set(kind, (seen.get(kind) ?? 0) + 1)
        if (seen.get(kind) > 2) part.replaceWith(...part.childNodes)
    }
    document.querySelectorAll("math").forEach((formula, n) => {
        if (n > 4) formula.replaceChildren()
    })
    document.querySelectorAll("tbody > tr:nth-child(n + 25)").forEach(row => row.remove())
    document.body.normalize()
}"""
# Serious and critical findings, each with the rule, the place and the figure or section around it.
AXE = """async options => {
    const { violations } = await axe.run(
        { resultTypes: ["violations"], preload: false, ...options })
    return violations.flatMap(({ id, impact, nodes }) => nodes.map(node => {
        const place = document.querySelector(node.target.flat().at(-1))
        const around = place?.closest("figure[id], section[id]")?.id ?? ""
        return { rule: id, impact, around, html: node.html.slice(0, 150),
                 why: node.failureSummary.replace(/\\s+/g, " ").slice(0, 250) }
    }))
}"""
TO_THEME = "theme => { document.documentElement.dataset.theme = theme }"
# `region` is of moderate impact, and slow.
ALL_RULES: dict[str, Any] = {"rules": {"region": {"enabled": False}}}
COLOR_RULES = {"runOnly": ["color-contrast", "link-in-text-block"]}
SCROLL_RULES = {"runOnly": ["scrollable-region-focusable"]}
# The theme makes what scrolls reachable by keyboard a moment after the width changes.
SETTLED = """() => [
    ...document.querySelectorAll("pre, .equation, .pst-scrollable-table-container")
].every(part => part.scrollWidth <= part.clientWidth || part.tabIndex === 0)"""


def weight_problems(page: Page) -> list[str]:
    """Weigh a page just opened, with fonts and with the pictures in sight."""
    page.wait_for_load_state("networkidle")
    files = dict(page.evaluate(FILES))
    if (total := sum(files.values())) <= LIMIT:
        return []
    largest = sorted(files, key=files.__getitem__, reverse=True)[:5]
    named = ", ".join(f"{name.rpartition('/')[2]} {files[name] / MEGABYTE:.2f}" for name in largest)
    return [f"{total / MEGABYTE:.2f} MB on first load, at most {LIMIT / MEGABYTE}: {named}"]


def access_problems(page: Page) -> list[str]:
    """Run axe in the dark, in the light and on a telephone; this changes the page."""
    page.evaluate(THIN)
    page.evaluate(AXE_SCRIPT)
    runs = (("dark", 1440, ALL_RULES), ("light", 1440, COLOR_RULES), ("light", 360, SCROLL_RULES))
    problems = []
    for theme, width, rules in runs:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(TO_THEME, theme)
        with suppress(PlaywrightTimeoutError):
            page.wait_for_function(SETTLED, timeout=2000)
        for found in page.evaluate(AXE, rules):
            if found["impact"] in SERIOUS:
                where = "axe, {}, {} px, in '{around}': {rule} ({impact}): {html}: {why}"
                problems.append(where.format(theme, width, **found))
    return problems
