"""The pages of a copy of the project, run with fresh seeds."""

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_book import TinyBook

# Each way to a random number, and what must not change.
DRAWN = """
import os
import random
import subprocess
import sys

import numpy as np
import torch
from sklearn.datasets import make_blobs

from dlbook.claims import claim
from dlbook.data import load

grains = load("seeds")
claim("same.data", grains.train.inputs.sum().item(), at_least=0, data=grains)
claim("same.word", 1, at_most=0)

def drawn():
    yield "torch", torch.manual_seed(0) and torch.rand(1).item()
    yield "generator", torch.rand(1, generator=torch.Generator().manual_seed(0)).item()
    yield "numpy", np.random.default_rng(0).random()
    yield "old_numpy", np.random.seed(0) or np.random.rand()
    yield "sklearn", make_blobs(3, random_state=0)[0].sum()
    yield "python", random.seed(0) or random.random()
    yield "own_python", random.Random(0).random()
    code = "import torch; torch.manual_seed(0); print(torch.rand(1).item())"
    yield "child", float(subprocess.check_output([sys.executable, "-c", code]))

for name, number in drawn():
    claim(f"drawn.{name}", number, at_least={"standin": -1000}, data=grains)
claim("bound.tight", number, at_least=0, at_most=1)
claim("bound.broken", number, at_least=1)
claim("bound.none", number)
claim("bound.recorded", number, kind="recorded")
"""
# The kernel of the second run dies once.
DIES = """
import os
from pathlib import Path
from dlbook.claims import claim

died = Path(os.environ["RUN_LOG"]).with_name("died")
if os.environ.get("FRESH_SEED") == "2" and not died.exists():
    died.touch()
    os._exit(1)
claim("dies.seed", int(os.environ["FRESH_SEED"]), at_least=0)
"""
FAILS = """
import os
from dlbook.claims import claim
from dlbook.exercises import check

check("6.10", lambda errors, activations: (errors.T @ activations, errors.mean(0)))
claim("fails.first", 1 / (int(os.environ["FRESH_SEED"]) - 1), at_least=0)
"""


def fresh_seeds(book: TinyBook, *options: str) -> list[str]:
    """Run the pages with fresh seeds; name those that ran. Every page here has a claim to mend."""
    return book.run("docs/_ext/book_seeds.py", "docs", *options, fails=True)


def record(book: TinyBook) -> dict[str, Any]:
    """Read what was recorded."""
    text = (book.folder / "docs/records/claims_standin.json").read_text("utf-8")
    read: dict[str, Any] = json.loads(text)
    return read


def verdict(book: TinyBook, key: str) -> str:
    """Return the end of a claim's line in the table."""
    (line,) = (line for line in book.output.splitlines() if line.startswith(f"{key} "))
    return line.rpartition("  ")[2]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> TinyBook:
    """A book of one page, run with three fresh seeds."""
    book = TinyBook(tmp_path_factory.mktemp("book"))
    book.page("drawn", DRAWN)
    book.write("docs/silent.md", "# Silent\n\nNo claim.\n")
    assert fresh_seeds(book, "--seeds", "3") == ["drawn"] * 3
    return book


def test_every_generator_has_fresh_seeds_and_data_stays(book: TinyBook) -> None:
    found = record(book)
    assert found["seeds"] == [1, 2, 3]
    different = {key: len(set(values)) for key, values in found["metrics"].items()}
    drawn = {key for key in different if key.startswith("drawn.")}
    assert len(drawn) == 8
    assert all(different[key] == 3 for key in drawn), different
    assert different["same.data"] == different["same.word"] == 1
    assert "bound.recorded" not in different
    assert found["metrics"]["drawn.torch"] == found["metrics"]["drawn.child"]


def test_the_table_flags_what_holds_by_luck(book: TinyBook) -> None:
    assert "drawn.torch" in book.output
    assert verdict(book, "drawn.torch") == ""
    assert verdict(book, "bound.tight") == "TIGHT"
    assert verdict(book, "bound.broken") == "NOT HELD"
    assert "2 more have the same value with all seeds; NOT HELD: ['same.word']" in book.output
    assert "bound.none" not in book.output


def test_what_ran_is_kept_and_comes_out_again(book: TinyBook) -> None:
    first = record(book)
    assert fresh_seeds(book, "--seeds", "3") == []
    assert record(book) == first
    book.replace("docs/drawn.md", "Prose.", "Other prose.")
    assert fresh_seeds(book, "--seeds", "4") == ["drawn"], "the fourth seed, which is new"
    more = record(book)["metrics"]
    assert all(more[key][:3] == values for key, values in first["metrics"].items())

    book.replace("docs/drawn.md", '"bound.none", number', '"bound.none", number + 0')
    assert fresh_seeds(book, "--seeds", "2", "--pages", "drawn") == ["drawn"] * 2
    assert record(book)["metrics"] == more, "some pages alone are not recorded"
    assert fresh_seeds(book, "--seeds", "2") == []
    two = {key: values[:2] for key, values in more.items()}
    assert record(book)["metrics"] == two, "the same seeds, the same values"


def test_a_command_that_was_stopped_goes_on(tmp_path: Path) -> None:
    book = TinyBook(tmp_path)
    book.page("dies", DIES)
    assert fresh_seeds(book, "--seeds", "3") == ["dies"] * 3
    assert "dies, seed 2: it did not come to its end" in book.output
    assert "dies.seed: not every seed came to this claim" in book.output
    assert record(book)["metrics"] == {}
    book.run("docs/_ext/book_seeds.py", "docs", "--seeds", "3")
    assert book.log.read_text("utf-8").split() == ["dies"]
    assert record(book)["metrics"] == {"dies.seed": [1, 2, 3]}


def test_a_failing_cell_and_a_wrong_solution_are_named(tmp_path: Path) -> None:
    book = TinyBook(tmp_path)
    book.page("fails", FAILS)
    fresh_seeds(book, "--seeds", "2")
    assert "fails, seed 1: a cell failed: import os ... ZeroDivisionError" in book.output
    assert "fails, seed 2: a cell failed" not in book.output
    assert "fails, seed 2: the solution of an exercise is wrong: import os" in book.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--seeds", "1"], "--seeds: a spread needs 2 at least"),
        (["--pages", "other"], "--pages: no claims on ['other']; there are drawn"),
    ],
)
def test_options_that_make_no_sense(book: TinyBook, options: list[str], message: str) -> None:
    assert fresh_seeds(book, *options) == []
    assert message in book.output
