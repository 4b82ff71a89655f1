"""The ledger, the roles and ``results.json``, in small sites."""

import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from small_site import SmallSite

from dlbook.claims import Claim, claim

PLAIN = 'extensions = ["myst_parser", "book_claims"]'
NOTEBOOK = """
extensions = ["myst_nb", "book_claims"]
nb_execution_mode = "force"
nb_execution_show_tb = True
nb_execution_timeout = 100
"""
# Sphinx reads side by side only where there are more than five pages.
FILLERS = [f"filler{number}" for number in range(4)]
INDEX = "\n".join(["# Index\n\n```{toctree}", "one", "two", "ledger", *FILLERS, "```\n"])
LEDGER = "# Ledger\n\n```{ledger}\n```\n"
TWO = "# Two\n\nIt is {claim}`one.a`, and {claim}`one.recorded`.\n"
REAL = SimpleNamespace(title="MNIST", tier="local")
STANDIN = SimpleNamespace(title="drawn digits", tier="standin")


def shown(key: str, value: float, **options: Any) -> str:
    """Return the HTML of a claim."""
    claims: list[Claim] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "displayhook", claims.append)
        claim(key, value, **options)
    return claims[0]._repr_html_()


def one(value: float, title: str = "One") -> str:
    """Return a page with two claims."""
    live = shown("one.a", value, at_least=0.5, format=".1%", data=STANDIN, sd=0.01, seeds=(0, 1))
    recorded = shown("one.recorded", 0.25, kind="recorded", data=REAL, label="A <label>")
    return f"# {title}\n\n{live}\n\n{recorded}\n"


def results(site: SmallSite) -> dict[str, tuple[str, float]]:
    """Return the page and the value of each claim."""
    entries = json.loads(site.read("results.json"))
    assert [entry["key"] for entry in entries] == sorted(entry["key"] for entry in entries)
    return {entry["key"]: (entry["chapter"], entry["value"]) for entry in entries}


@pytest.fixture
def site(tmp_path: Path) -> SmallSite:
    """A site with claims on two of its pages, built once, two jobs at a time."""
    site = SmallSite(tmp_path, PLAIN)
    site.write("index.md", INDEX)
    site.write("one.md", one(0.75))
    site.write("two.md", TWO + "\n" + shown("two.b", 2.0))
    site.write("ledger.md", LEDGER)
    for name in FILLERS:
        site.write(f"{name}.md", f"# {name}\n")
    site.build("-j", "2")
    return site


def test_values_reach_prose_and_ledger(site: SmallSite) -> None:
    assert results(site) == {
        "one.a": ("one", 0.75), "one.recorded": ("one", 0.25), "two.b": ("two", 2.0)
    }  # fmt: skip
    prose = BeautifulSoup(site.read("two.html"), "html.parser").select(".claim-ref")
    assert [item.text for item in prose] == ["75.0% (stand-in data)", "0.25 (recorded)"]
    link = prose[0].a
    assert link is not None
    assert link["href"] == "ledger.html#claim-one.a"

    ledger = BeautifulSoup(site.read("ledger.html"), "html.parser")
    row = ledger.find("tr", id="claim-one.a")
    assert row is not None
    cells = [cell.text.strip() for cell in row.find_all("td")]
    assert cells[:5] == ["one.a", "75.0% ± 1.0%", "2", "", "at least 50.0%"]
    assert cells[5:11] == ["yes", "", "One", "drawn digits (stand-in)", "live", "0, 1"]
    assert re.search(r"torch \d", cells[11])
    assert row.a is not None
    assert row.a["href"] == "one.html#claim-one.a"
    assert 'id="claim-one.a"' in site.read("one.html")
    assert "A &lt;label&gt;" in site.read("ledger.html")
    assert ledger.find("a", href="results.json")


def test_partial_builds_keep_all_claims(site: SmallSite) -> None:
    first = site.read("results.json")
    (site.html / "results.json").unlink()
    site.build()
    assert site.read("results.json") == first, "a build that writes no page writes the results"

    site.write("one.md", one(0.875))
    site.build()
    assert results(site)["one.a"] == ("one", 0.875)
    assert results(site)["two.b"] == ("two", 2.0), "a page that is not read again stays"
    assert "87.5%" in site.read("two.html"), "a page that shows the claim is written again"
    assert "87.5%" in site.read("ledger.html")

    site.write("one.md", one(0.875, title="Renamed"))
    site.build()
    assert "Renamed" in BeautifulSoup(site.read("ledger.html"), "html.parser").select("td")[7].text


def test_the_ledger_shows_fresh_seeds_of_the_same_tier(site: SmallSite) -> None:
    def column() -> list[str]:
        rows = BeautifulSoup(site.read("ledger.html"), "html.parser").select("tbody tr")
        return [row.select("td")[3].text for row in rows]

    assert column() == ["", "", ""]
    real = {"one.a": [0.1, 0.2], "one.recorded": [0.1, 0.2], "two.b": [1.0, 2.0]}
    site.write("records/claims_real.json", json.dumps({"metrics": real}))
    site.build()
    assert column() == ["", "", ""], "one.a was computed on a stand-in, and so is the site"

    standin = {"one.a": [0.5, 0.625, 0.75], "two.b": [1.0, 3.0], "gone.b": [1.0, 3.0]}
    site.write("records/claims_standin.json", json.dumps({"metrics": standin}))
    site.build()
    assert column() == ["62.5% ± 12.5% (3)", "", "2 ± 1.4 (2)"]


def test_removed_page_takes_its_claims_along(site: SmallSite) -> None:
    (site.folder / "two.md").unlink()
    site.write("index.md", INDEX.replace("two\n", ""))
    site.build("-j", "2")
    assert "two.b" not in results(site)
    assert "two.b" not in site.read("ledger.html")


def test_unknown_and_double_keys_warn_at_every_build(site: SmallSite) -> None:
    site.write("two.md", TWO + "\n{claim}`no.such`\n\n" + shown("one.a", 1.0))
    for _ in range(2):
        site.build(
            warnings={
                "two.md:5: WARNING: no page makes the claim no.such": 1,
                "claim one.a of page two is made in one too": 1,
            }
        )
    assert "[no.such?]" in site.read("two.html")
    site.write("two.md", TWO)
    site.build()


def test_strict_build_fails_at_every_build(site: SmallSite) -> None:
    site.build(DLBOOK_CLAIMS="strict")
    site.write("one.md", one(0.4))
    site.build()
    assert "at least 50.0%: NOT HELD" in site.read("one.html")
    assert ">NO<" in site.read("ledger.html")
    message = "claim one.a of page one does not hold: 40.0% ± 1.0% is not at least 50.0%"
    for _ in range(2):
        site.build(DLBOOK_CLAIMS="strict", warnings={message: 1})
    site.build("-E", "-j", "2", DLBOOK_CLAIMS="strict", warnings={message: 1})


def test_strictness_is_spelled_right(site: SmallSite) -> None:
    with pytest.raises(AssertionError, match="DLBOOK_CLAIMS is 'Strict'"):
        site.build(DLBOOK_CLAIMS="Strict")


def test_sources_and_facts_lead_to_the_bibliography(tmp_path: Path) -> None:
    site = SmallSite(tmp_path, PLAIN)
    site.write(
        "index.md",
        "# Index\n\nThey got {source}`97% <b>` of {fact}`10,000 <lecun1998>`.\n\n"
        "(bib-b)=\nA module.\n\n(bib-lecun1998)=\nA paper.\n",
    )
    site.build()
    cited = BeautifulSoup(site.read("index.html"), "html.parser").select(".cited")
    assert [item.text for item in cited] == ["97%[b]", "10,000[lecun1998]"]
    assert [item.a["href"] for item in cited if item.a] == ["#bib-b", "#bib-lecun1998"]

    site.write("index.md", "# Index\n\n{source}`97% <x>` and {source}`b`\n")
    site.build(warnings={"bib-x": 1, "needs a number and a label": 1, "bib-b": 1})


def test_claims_of_cells(tmp_path: Path) -> None:
    site = SmallSite(tmp_path, NOTEBOOK)
    cell = "```{code-cell} python\n%s\n```\n\n"
    begin = "---\nfile_format: mystnb\n---\n# Page\n\n"
    load = cell % "from dlbook.claims import claim"
    made = cell % 'for i in range(2):\n    claim(f"cell.a{i}", i)\nclaim("cell.b", 2)'
    hidden = cell % ':tags: [hide-cell]\nclaim("cell.hidden", 3)'
    site.write("index.md", begin + load + made + hidden)
    site.build()
    assert list(results(site)) == ["cell.a0", "cell.a1", "cell.b", "cell.hidden"]

    quiet = cell % 'claim("cell.quiet", 4);'
    site.write("index.md", begin + load + quiet)
    for _ in range(2):
        site.build(warnings={"index.md:12: WARNING: a claim is made but not shown": 1})

    site.write("index.md", "# Page\n\n" + made)
    site.build(warnings={"index.md:3: WARNING: Found an unexpected `code-cell`": 1})


def test_error_that_fails_no_cell(tmp_path: Path) -> None:
    site = SmallSite(tmp_path, NOTEBOOK)
    site.write(
        "index.md",
        "---\nfile_format: mystnb\n---\n# Page\n\n```{code-cell} python\n%matplotlib inline\n"
        "%config InlineBackend.print_figure_kwargs = {'no_such': 1}\n"
        "import matplotlib.pyplot as plt\nplt.plot([1])\n```\n",
    )
    site.build(warnings={"an error is printed on the page": 1})


def test_a_wrong_solution_of_an_exercise(tmp_path: Path) -> None:
    site = SmallSite(tmp_path, NOTEBOOK)
    page = (
        "---\nfile_format: mystnb\n---\n# Page\n\n```{code-cell} python\n"
        "from dlbook.exercises import check\n"
        'check("6.10", lambda errors, activations: (errors.T @ activations, errors.%s(0)))\n```\n'
    )
    site.write("index.md", page % "sum")
    site.build()
    site.write("index.md", page % "mean")
    site.build(warnings={"the solution of an exercise is wrong": 1})
