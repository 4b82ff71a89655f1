"""Every page in a real browser, with the network off, from a server and from a folder."""

from pathlib import Path
from typing import Any

from page_checks import access_problems, weight_problems
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

WIDTHS = (360, 1440)
SCHEMES = ("light", "dark")
SEARCH = ".search-button, .search-button-field, input[type=search]"

# What is wrong with a page, as a list of sentences.
INSPECT = """async () => {
    document.querySelectorAll("details").forEach(details => { details.open = true })
    await document.fonts.ready
    const wrong = []
    const formulas = [...document.querySelectorAll(".math")]
    for (const formula of formulas) {
        const box = formula.querySelector("math")?.getBoundingClientRect()
        if (!box?.width || !box?.height) wrong.push(`not typeset: ${formula.textContent}`)
    }
    const fonts = [...document.fonts].filter(font => font.status === "loaded")
    if (formulas.length && !fonts.some(font => font.family.includes("Book Math")))
        wrong.push("the font for mathematics is not loaded")
    for (const image of document.images) {
        const name = `${image.src} ${image.closest("figure[id]")?.id ?? ""}`
        image.loading = "eager"
        await image.decode().catch(() => wrong.push(`does not load: ${name}`))
        if (!image.hasAttribute("alt")) wrong.push(`no alt text: ${name}`)
    }
    for (const place of document.querySelectorAll("[data-measured]"))
        wrong.push(`not filled: ${place.dataset.measured}`)
    return wrong
}"""
# Where nobody writes an alt text, the file's name stands in its place; what a figure shows takes
# some words. The picture of a card has none: the title beside it says what it shows.
ALT_TEXTS = """() => [...document.querySelectorAll(
    "article img:not(.sphx-glr-thumbcontainer img)")].filter(
    ({ alt }) => alt.trim().split(/\\s+/).length < 4 || /[.](svg|png|jpe?g|gif)$/.test(alt)).map(
    image => `${image.alt} (${image.closest("figure[id]")?.id ?? image.src})`)"""
# Every page that somebody wrote ends with what computed it, every chapter with exercises solved.
FOOT = """chapter => [
    [document.querySelector("article .passport")?.innerText.includes("Built on"), "no passport"],
    [!chapter || document.querySelectorAll(".verdict-right").length >= 3, "too few exercises"],
].flatMap(([holds, problem]) => holds ? [] : [problem])"""
WRITTEN_BY_SPHINX = ("_modules/", "genindex.html", "search.html")
# The links at a page's foot hide what does not fit.
CUT_OFF = """() => [...document.querySelectorAll(".prev-next-area a")].filter(
    link => link.scrollWidth > link.clientWidth).map(link => link.innerText)"""
THEME = "theme => document.documentElement.dataset.theme === theme"


def watch(page: Page, address: str) -> list[str]:
    """Collect the errors of a page and its requests to other places."""
    problems: list[str] = []

    def check(url: str) -> None:
        if not url.startswith((address, "data:", "blob:")):
            problems.append(f"third-party request: {url}")

    page.on("request", lambda request: check(request.url))
    page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
    page.on(
        "console",
        lambda message: (
            problems.append(f"console: {message.text}") if message.type == "error" else None
        ),
    )
    return problems


def layout_problems(page: Page) -> list[str]:
    """Look at a page on a telephone and on a desk, in the light and in the dark."""
    problems = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            try:
                page.wait_for_function(THEME, arg=scheme, timeout=10_000)
            except PlaywrightTimeoutError:
                problems.append(f"the theme does not become {scheme} with the system")
            used = page.evaluate("document.documentElement.scrollWidth")
            if used > width:
                problems.append(f"{used} px wide on a screen of {width} px, {scheme}")
        problems += [f"cut off at {width} px: {link}" for link in page.evaluate(CUT_OFF)]
        searches = page.locator(SEARCH).filter(visible=True).count()
        if searches != 1:
            problems.append(f"{searches} search controls at {width} px")
    return problems


def test_page(browser: Browser, address: str, page_name: str) -> None:
    # A fine screen loads the heavier pictures.
    with browser.new_page(device_scale_factor=2) as page:
        problems = watch(page, address)
        page.goto(f"{address}/{page_name}")
        served = address.startswith("http")
        if served:
            problems += weight_problems(page)
        problems += page.evaluate(INSPECT)
        problems += [f"no telling alt text: {image}" for image in page.evaluate(ALT_TEXTS)]
        if not page_name.startswith(WRITTEN_BY_SPHINX):
            problems += page.evaluate(FOOT, page_name.startswith("chapters/"))
        problems += layout_problems(page)
        if served:
            problems += access_problems(page)
    assert not problems, "\n".join(problems)


def test_pictures_ask_for_fonts_that_readers_have(site: Path) -> None:
    # Signs that Matplotlib's own font lacks, it takes from fonts of TeX: a prime becomes a zero.
    pictures = {file.name: file.read_text("utf-8") for file in (site / "_images").glob("*.svg")}
    assert pictures
    assert [name for name, picture in pictures.items() if "font-family: 'cm" in picture] == []


def test_search_finds_pages(browser: Browser, address: str) -> None:
    with browser.new_page() as page:
        problems = watch(page, address)
        page.goto(f"{address}/search.html?q=bibliography")
        page.locator("#search-results li a").first.wait_for()
        page.wait_for_load_state("networkidle")
    assert not problems, "\n".join(problems)


def test_inspection_can_fail(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(
        '<html data-theme="light"><p style="width: 400px">wide</p><span class="math">x</span>'
        '<img src="https://example.com/none.png"><article><img alt="a.svg"></article>'
        '<p data-measured="a:1"></p><div class="prev-next-area">'
        '<a style="display: block; width: 9px; overflow: hidden">title</a></div>'
        "<script>console.error('spoken'); throw Error('thrown')</script></html>"
    )
    with browser.new_page() as page:
        problems: list[Any] = watch(page, tmp_path.as_uri())
        page.goto(file.as_uri())
        problems += page.evaluate(INSPECT) + page.evaluate(ALT_TEXTS) + layout_problems(page)
    text = "\n".join(problems)
    for expected in (
        "third-party request: https://example.com/none.png",
        "page error: thrown",
        "console: spoken",
        "not typeset: x",
        "font for mathematics is not loaded",
        "does not load: https://example.com/none.png",
        "no alt text: https://example.com/none.png",
        "a.svg",
        "not filled: a:1",
        "the theme does not become dark",
        "on a screen of 360 px",
        "0 search controls",
        "cut off at 360 px: title",
    ):
        assert expected in text
