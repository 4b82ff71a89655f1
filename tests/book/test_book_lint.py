"""The lint of the book's text finds typed numbers and repeated code, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest
from myst_nb.core.read import read_myst_markdown_notebook

import book_lint
from book_lint import CELL, repeated_definitions, typed_numbers

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "docs/chapters").glob("*.md"))
HEAD = "---\nfile_format: mystnb\n---\n\n# A title\n\n"
PAGE = HEAD + "{prose}\n\n```{{code-cell}} python\n{code}\n```\n"
HEADED = """---
tags: [hide-input]
mystnb:
  image:
    alt: Accuracy of two runs, between about
      0.9 and 1.
  figure:
    caption: "Right: {claim}`a.b` here, {source}`98% <e>` there, 12% are lost."
    name: fig-loss-0.5
---
run(0.5)  # a loss of 0.4, or 40%
"""
TWICE = """
@decorated
def mean_of(values, *, start=0):
    '''Return the mean.'''
    total = start
    for value in values:
        total += value
    return total / len(values)
"""
AGAIN = """x = 1
def average(numbers: list[float], *, first: float = 0) -> float:
    summed: float = first
    for number in numbers:
        summed += number
    return summed / len(numbers)
"""


def page(prose: str = "Prose.", code: str = "pass") -> str:
    """Return a chapter; the prose begins in line 7."""
    return PAGE.format(prose=prose, code=code)


def repeated(tmp_path: Path, library: str, **pages: str) -> list[tuple[str, int, str]]:
    """Return the problems of chapters with this code, next to a library with that one."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "module.py").write_text(library, "utf-8")
    texts = {Path(f"{name}.md"): page(code=code) for name, code in pages.items()}
    problems = repeated_definitions(texts, tmp_path / "lib")
    return [(path.stem, line, problem) for path, line, problem in problems]


@pytest.mark.parametrize(
    ("prose", "shown"),
    [
        ("It gets 97% right.", "97%"),
        ("It gets 97 % right.", "97 %"),
        ("It gets **97.5 percent** right.", "97.5 percent"),
        ("It gets 97\nper cent right.", "97 per cent"),
        ("It reaches an accuracy of 0.93.", "0.93"),
        ("The accuracy\nis 0.93, at learning rate 0.1.", "0.93"),
        ("The loss fell (approx. 0.93).", "0.93"),
        ("A learning rate of 0.1 and a loss of 0.93.", "0.93"),
        ("It costs $a$, then 97%, then $b$.", "97%"),
        (":::{note}\nIt gets 97% right.\n:::", "97%"),
        ("```{note}\nIt gets 97% right, by `f`.\n```", "97%"),
        ("See {ref}`the 97% <there>`.", "97%"),
    ],
)
def test_typed_number_is_found(prose: str, shown: str) -> None:
    ((line, problem),) = typed_numbers(page(f"First.\n\n{prose}"))
    assert line == 9 + prose[: prose.index(shown[:2])].count("\n")
    assert problem.startswith(f"{shown} is typed by hand: show it with {{claim}}")


@pytest.mark.parametrize(
    "prose",
    [
        "It gets {source}`97% <e>` right, an accuracy of {fact}`0.93\nor 0.94 <e>`.",
        "Its accuracy is {claim}`first.0.93`.",
        "Its accuracy is `0.93`, or ``97% of ` ``.",
        r"Its loss is $0.93$, or {math}`97\%`.",
        "The loss is\n\n$$\n0.93 = 97\\%\n$$ (loss)\n",
        "The loss is\n\n```{math}\n0.93 = 97\\%\n```\n",
        "The loss is\n\n\\begin{align*}\n0.93 = 97\\%\n\\end{align*}\n",
        "With learning rate 0.1 the loss falls.",
        "With learning rates 0.1, 0.01\nand 0.001 the accuracy rises.",
        "With dropout 0.2 the error falls.",
        "It reads 9 out of 10 digits right.",
        "We look at the accuracy. The interval has the ends 0.25 and 0.75.",
        "- the accuracy\n- the interval up to 0.25",
        "Keras has $\\alpha$ 0.9.",
        "The accuracy of this network, which we train as we trained all others, at 0.25 of it.",
        "The loss in PyTorch 0.4.1, see [there](https://example.org/loss%20of%20it/1%20).",
    ],
)
def test_other_numbers_are_not_found(prose: str) -> None:
    assert list(typed_numbers(page(prose))) == []


def test_code_is_passed_over_but_its_texts_for_readers_are_not() -> None:
    text = page("Prose.", HEADED)
    found = [(line, problem.split(" is ")[0]) for line, problem in typed_numbers(text)]
    lines = text.splitlines()
    assert found == [
        (lines.index("      0.9 and 1.") + 1, "0.9"),
        (next(k for k, line in enumerate(lines, 1) if "12%" in line), "12%"),
    ]


def test_name_of_the_library_is_found(tmp_path: Path) -> None:
    library = "import torch\n\ndef relu(z):\n    return z.clamp(min=0)\n"
    code = "y = 1\ndef relu(x):\n    return x * (x > 0)"
    problems = repeated(tmp_path, library, one=code)
    problem = (
        "`relu` is defined in lib/module.py:3 too: import it from the library, or move it there"
    )
    assert problems == [("one", 11, problem)]


def test_name_of_another_page_is_found_once(tmp_path: Path) -> None:
    codes = {"one": "class Net:\n    a = 1", "two": "class Net:\n    b = 2"}
    ((name, line, problem),) = repeated(tmp_path, "", **codes)
    assert (name, line) == ("two", 10)
    assert "`Net` is defined in one.md:10 too" in problem


def test_renamed_copy_on_another_page_is_found(tmp_path: Path) -> None:
    ((name, line, problem),) = repeated(tmp_path, "", one=TWICE, two=AGAIN)
    assert (name, line) == ("two", 11)
    assert "`average` does the same as `mean_of` in one.md:12 too" in problem


def test_renamed_copy_of_the_library_is_found(tmp_path: Path) -> None:
    library = """class Old:
    '''A doc.'''

    def f(self, x: int) -> int:
        '''A doc.'''
        def inner(y: int) -> int:
            return x + y
        try:
            return inner(x)
        except ValueError as error:
            raise error
"""
    code = """class New:
    def f(this, a):
        def within(b):
            return a + b
        try:
            return within(a)
        except ValueError as problem:
            raise problem
"""
    ((_, _, problem),) = repeated(tmp_path, library, one=code)
    assert "`New` does the same as `Old` in lib/module.py:1 too" in problem


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (TWICE, AGAIN.replace("= 0", "= 1")),
        (TWICE, AGAIN.replace("+=", "-=")),
        (TWICE, AGAIN.replace("/ len(numbers)", "/ len(summed)")),
        ("def f(x):\n    return sin(x)", "def g(x):\n    return cos(x)"),
        ("def f(x):\n    return x", "def g(x):\n    return x"),
        ("def f(x):\n    pass", "def g(x):\n    'A doc.'\n    pass"),
        ("class A(ValueError):\n    pass", "class B(TypeError):\n    pass"),
        ("class A:\n    x: int\n    y: int", "class B:\n    a: int\n    b: int"),
        (
            "class A:\n    k = 1\n    def f(self):\n        return 1",
            "class B:\n    k = 1\n    def f(self):\n        return 2",
        ),
        ("f = lambda x: x + 1", "f = lambda x: x + 1"),
        ("if x:\n    def f():\n        return x + 1", "def f():\n    return x + 1"),
    ],
)
def test_different_definitions_are_not_found(tmp_path: Path, one: str, two: str) -> None:
    assert repeated(tmp_path, "", one=one, two=two) == []


def test_one_page_may_define_a_name_again(tmp_path: Path) -> None:
    assert repeated(tmp_path, "", one=f"%matplotlib inline\n{TWICE}\n{TWICE}") == []


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_cells_are_those_of_myst_nb(path: Path) -> None:
    text = path.read_text("utf-8")
    cells = read_myst_markdown_notebook(text).cells
    codes = [cell.source for cell in cells if cell.cell_type == "code"]
    assert [cell["code"].rstrip("\n") for cell in CELL.finditer(text)] == codes


def test_book_defines_nothing_twice() -> None:
    examples = sorted((ROOT / "gallery").rglob("*.py"))
    assert CHAPTERS
    assert examples
    pages = {path: path.read_text("utf-8") for path in [*CHAPTERS, *examples]}
    assert list(repeated_definitions(pages)) == []


def test_exit_status(tmp_path: Path) -> None:
    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, book_lint.__file__, "chapters", "gallery"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    (tmp_path / "chapters").mkdir()
    assert "there is no folder gallery" in run().stderr
    (tmp_path / "gallery").mkdir()
    assert run().returncode == 1
    chapter = tmp_path / "chapters" / "one.md"
    chapter.write_text(page("It gets {fact}`97% <e>` right.", TWICE), "utf-8")
    done = run()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    chapter.write_text(page("It gets 97% right.", TWICE), "utf-8")
    (tmp_path / "gallery" / "plot_two.py").write_text(f"'''Two: 97%.'''\n{AGAIN}", "utf-8")
    done = run()
    assert done.returncode == 1
    number, definition = done.stderr.splitlines()
    assert number.startswith("chapters/one.md:7: 97% is typed by hand")
    assert definition.startswith("gallery/plot_two.py:3: `average` does the same as `mean_of`")
