"""The gallery: what leads where, what is refused, and that no example feels another."""

import json
import random
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from tiny_book import HEADER, INDEX, ROOT, TinyBook

from book_gallery import reset

TOOLS = """\"\"\"Tools. Chapter 2 explains them.\"\"\"


def hammer() -> int:
    \"\"\"Return 1.\"\"\"
    return 1


def saw() -> int:
    \"\"\"Return 2.\"\"\"
    return 2
"""
REFERENCE = "# Tools\n\n```{eval-rst}\n.. automodule:: dlbook.tools\n   :members:\n```\n"
# Sets everything that `reset` puts back, and asks for it first.
SELFISH = """
import random, warnings
import numpy, torch
assert torch.get_default_dtype() == torch.float32, "dtype"
assert torch.get_num_threads() == 1, "threads"
assert torch.is_grad_enabled(), "gradients"
assert plt.rcParams["lines.linewidth"] == 1.5, "style"
assert plt.get_fignums() == [], "figures"
drawn = random.random(), numpy.random.rand(), torch.rand(()).item()
assert [round(number, 3) for number in drawn] == [0.844, 0.549, 0.496], drawn
try:
    warnings.warn("a warning")
except UserWarning:
    warnings.simplefilter("ignore")
torch.set_default_dtype(torch.float64)
torch.set_num_threads(2)
torch.set_grad_enabled(False)
plt.rcParams["lines.linewidth"] = 9
plt.figure()
"""
RUN = """
import hashlib, io, json, runpy, sys
from pathlib import Path
import matplotlib.pyplot as plt
from sphinx_gallery.scrapers import clean_modules
root = Path(sys.argv[1])
sys.path.insert(0, str(root / "docs" / "_ext"))
plt.switch_backend("agg")
sys.argv[0] = "conf"
conf = runpy.run_path(str(root / "docs" / "conf.py"))["sphinx_gallery_conf"]
conf["src_dir"] = sys.argv[2]
found = {}
for path in sys.argv[3:]:
    clean_modules(conf, Path(path).name, "before")
    runpy.run_path(path, run_name="__main__")
    for number in plt.get_fignums():
        picture = io.BytesIO()
        plt.figure(number).savefig(picture, format="png")
        digest = hashlib.sha256(picture.getvalue()).hexdigest()
        found.setdefault(Path(path).stem, []).append(digest)
    plt.close("all")
    clean_modules(conf, Path(path).name, "after")
print("FIGURES", json.dumps(found))
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> TinyBook:
    """A book with two chapters, a page of reference and two examples."""
    book = TinyBook(tmp_path_factory.mktemp("book"))
    book.write("src/dlbook/tools.py", TOOLS)
    book.page("chapters/01-one", "from dlbook.tools import hammer\nprint(hammer())")
    book.page("chapters/02-two", "from dlbook.tools import hammer, saw\nprint(hammer() + saw())")
    book.write("docs/api/tools.md", REFERENCE)
    book.example("hammers", "from dlbook.tools import hammer\nVALUE = hammer()")
    book.example("saws", "from dlbook.tools import saw\nVALUE = saw()")
    book.write("gallery/GALLERY_HEADER.rst", HEADER)
    pages = "chapters/01-one\nchapters/02-two\napi/tools\ngallery/index"
    book.write("docs/index.md", INDEX.format(pages=pages))
    book.build()
    return book


def cards(book: TinyBook, page: str) -> set[str]:
    """List the examples whose cards stand on a page."""
    text = (book.html / f"{page}.html").read_text("utf-8")
    return set(re.findall(r"images/sphx_glr_plot_(\w+)_thumb", text))


def test_chapters_and_reference_lead_to_their_examples(book: TinyBook) -> None:
    assert cards(book, "chapters/01-one") == {"hammers", "saws"}, "`hammer`; both name chapter 1"
    assert cards(book, "chapters/02-two") == {"saws"}, "the first to use `saw`"
    assert cards(book, "api/tools") == {"hammers", "saws"}


def test_examples_and_reference_lead_to_chapters(book: TinyBook) -> None:
    example = (book.html / "gallery" / "plot_saws.html").read_text("utf-8")
    assert re.search(r'href="../chapters/01-one.html"><span[^>]*>Chapter 1</span>', example)
    assert re.search(r'href="../api/tools.html#dlbook.tools.saw"', example), "from its code"
    reference = (book.html / "api" / "tools.html").read_text("utf-8")
    assert re.search(r'href="../chapters/02-two.html"><span[^>]*>Chapter 2</span>', reference)
    entry = reference[reference.index('id="dlbook.tools.saw"') :]
    assert "Used in" in entry
    assert 'href="../gallery/plot_saws.html"' in entry
    assert "_modules/dlbook/tools.html" in entry, "its source"


def test_a_mention_is_a_use(book: TinyBook) -> None:
    book.replace("docs/chapters/01-one.md", "Prose.", "Prose on `saw(1)`, not on `a hammer`.")
    assert book.build() == []
    reference = (book.html / "api" / "tools.html").read_text("utf-8")
    entry = reference[reference.index('id="dlbook.tools.saw"') :]
    assert 'href="../chapters/01-one.html"' in entry


def test_an_example_states_its_run(book: TinyBook) -> None:
    page = (book.html / "gallery" / "plot_saws.html").read_text("utf-8")
    footing = page[page.index('"passport') :]
    data, seeds, device, released = re.findall(r"<dt.*?>(\w+)<.*?<p>(.*?)</p>", footing, re.DOTALL)
    assert data == ("Data", "none")
    assert seeds == ("Seeds", "0 before the first line, then as the code sets them")
    assert device[1].startswith('cpu, one thread a process. <span data-cost="gallery/plot_saws"')
    assert released[1].startswith("python ")
    costs = (book.html / "_static" / "costs.js").read_text("utf-8")
    assert re.search(r'"gallery/plot_saws": \{\s+"megabytes": \d+,\s+"seconds": [\d.]+', costs)


def test_a_new_example_reaches_the_pages_that_it_belongs_to(book: TinyBook) -> None:
    book.example("two", "from dlbook.tools import saw\nVALUE = saw()")
    assert book.build() == ["two"]
    assert cards(book, "chapters/02-two") == {"saws", "two"}
    assert cards(book, "api/tools") == {"hammers", "saws", "two"}
    (book.folder / "gallery" / "plot_two.py").unlink()
    assert book.build() == []
    assert cards(book, "chapters/02-two") == {"saws"}
    assert not (book.folder / "docs" / "gallery" / "plot_two.rst").exists()


def test_no_example_feels_another(tmp_path: Path) -> None:
    book = TinyBook(tmp_path)
    for name in ("first", "second"):
        # The imports of an example come after its log.
        book.example(name, f"import matplotlib.pyplot as plt\n{SELFISH}\nVALUE = 1")
    book.write("gallery/GALLERY_HEADER.rst", HEADER)
    book.write("docs/index.md", INDEX.format(pages="gallery/index"))
    assert book.build("-j", "1") == ["first", "second"]


def test_what_is_refused(tmp_path: Path) -> None:
    book = TinyBook(tmp_path)
    book.write("src/dlbook/tools.py", TOOLS + '\n\nNAIL = 3\n__all__ = ["NAIL", "hammer", "saw"]\n')
    book.write("docs/api/tools.md", REFERENCE)
    book.example("drawn", "from dlbook.tools import saw\nVALUE = saw()")
    book.example("empty", "VALUE = 1")
    book.replace("gallery/plot_empty.py", "plt.plot([VALUE])", "")
    book.replace("gallery/plot_empty.py", " Chapter 1 tells why.", "")
    book.write("gallery/GALLERY_HEADER.rst", HEADER)
    book.write("docs/index.md", INDEX.format(pages="api/tools\ngallery/index"))
    for again in ("", "after the first"):
        book.build(*(["-E"] if again else []), fails=True)
        assert "plot_empty.rst: WARNING: the example drew no figure" in book.output, again
        assert "plot_empty.rst: WARNING: the example names no chapter" in book.output
        assert "dlbook.tools.hammer is in the reference, but no chapter" in book.output
        assert "dlbook.tools.saw is" not in book.output
        assert "dlbook.tools.NAIL is public and not in the reference" in book.output
    book.write("gallery/helper.py", "VALUE = 1")
    book.build(fails=True)
    assert "helper.py: rename it to plot_helper.py" in book.output


def figures(folder: Path, examples: list[Path]) -> dict[str, list[str]]:
    """Run examples in one process, as sphinx-gallery does; hash their figures."""
    command = [sys.executable, "-c", RUN, str(ROOT), str(folder), *map(str, examples)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    found: dict[str, list[str]] = json.loads(run.stdout.rpartition("FIGURES ")[2])
    return found


def test_the_order_of_examples_changes_no_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLBOOK_DATA", "standin")
    (tmp_path / "gallery").mkdir()
    instant = [p for p in sorted(ROOT.glob("gallery/*/plot_*.py")) if '"instant"' in p.read_text()]
    sample = random.sample(instant, 4)
    together = figures(tmp_path, sample)
    assert sorted(together) == sorted(path.stem for path in sample)
    assert figures(tmp_path, sample[::-1]) == together
    alone = sample[-1]
    assert figures(tmp_path, [alone]) == {alone.stem: together[alone.stem]}


def test_an_example_leaves_the_filters_of_the_build(tmp_path: Path) -> None:
    """On two cores the examples run in the process of the build."""
    (tmp_path / "gallery").mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        before = list(warnings.filters)
        reset({"src_dir": tmp_path}, "plot_any.py", "before")
        with pytest.raises(UserWarning, match="careful"):
            warnings.warn("careful", stacklevel=1)
        warnings.simplefilter("ignore")
        reset({"src_dir": tmp_path}, "plot_any.py", "after")
        assert warnings.filters == before
