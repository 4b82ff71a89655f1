"""Find measured numbers that are typed by hand, and code that the book has twice.

``python docs/_ext/book_lint.py docs/chapters gallery`` prints a line for each problem.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from IPython.core.inputtransformer2 import TransformerManager

LIBRARY = Path(__file__).parents[2] / "src" / "dlbook"
CELL = re.compile(
    r"^(?P<fence>`{3,})\{code-cell\}[^\n]*\n"
    r"(?P<header>---\n.*?^---\n|(?::\S+:[^\n]*\n)*)\n*(?P<code>.*?)^(?P=fence)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
SHOWN = re.compile(r"^( *)(?:alt|caption):.*(?:\n\1 +\S.*)*", re.MULTILINE)
OPTION = re.compile(r"^:(?!alt:|caption:)[\w-]+:[^\n]*$|<!--.*?-->", re.MULTILINE | re.DOTALL)
MATH_BLOCK = re.compile(r"^(`{3,}|:{3,})\{math\}.*?^\1[ \t]*$", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^[ \t]*`{3,}", re.MULTILINE)
SPAN = re.compile(r"(?:\{([\w:-]+)\})?(`+)(?!`)((?:(?!\n\s*\n).)+?)(?<!`)\2(?!`)", re.DOTALL)
MATH = re.compile(
    r"\$\$.+?\$\$|(?<!\\)\$(?:(?!\n\s*\n)[^$])+\$|\\begin\{(\w+\*?)\}.+?\\end\{\1\}", re.DOTALL
)
BLANKED = (None, "source", "fact", "claim", "math")  # roles; None is a plain code span
PERCENT = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?:[ \t]*\\?%(?!\w)|[\s-]*per\s?cent)")
# A loss may well be above 1: only fractions, which accuracies are, are looked for.
DECIMAL = re.compile(r"(?<![\w.])0\.\d+(?!\d|\.\d)")
MEASURES = re.compile(
    r"\b(?:accurac(?:y|ies)|loss(?:es)?|errors?|precision|recall|costs?|scores?)\b", re.IGNORECASE
)
# A setting, and the numbers that it is given: "learning rates of 0.1 and 0.01".
SETTING = re.compile(
    r"\b(?:learning\s+rates?|dropout(?:\s+rate)?|momentum|decay|slope)"
    r"(?:[\s,=]|\b(?:of|is|was|and|or|to|from|between)\b|\d\.\d+)*$",
    re.IGNORECASE,
)
# A sentence ends before no digit and no small letter: "approx. 0.9" is inside of one.
SENTENCE_END = re.compile(r"[.!?][\"')*]*\s+(?=[^a-z0-9\s])|\n\s*\n|\n(?=\s*(?:[-*+#]|\d+\.)\s)")
NEAR = 60
ADVICE = "show it with {claim}, or cite it with {source} or {fact}"
Defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Definition(NamedTuple):
    """A function or a class, and its shape: its code without the names that it could change."""

    path: Path
    line: int
    name: str
    shape: str


def typed_numbers(text: str) -> Iterator[tuple[int, str]]:
    """Find the measured numbers in the prose of a page, each with its line."""
    text = prose(text)
    found = {number.start(): number[0] for number in PERCENT.finditer(text)}
    ends = [0, *(end.end() for end in SENTENCE_END.finditer(text)), len(text)]
    for start, stop in pairwise(ends):
        sentence = text[start:stop]
        words = list(MEASURES.finditer(sentence))
        for number in DECIMAL.finditer(sentence):
            gaps = (max(w.start() - number.end(), number.start() - w.end()) for w in words)
            if min(gaps, default=NEAR) < NEAR and not SETTING.search(sentence[: number.start()]):
                found.setdefault(start + number.start(), number[0])
    for start, shown in sorted(found.items()):
        yield line_of(text, start), f"{' '.join(shown.split())} is typed by hand: {ADVICE}"


def prose(text: str) -> str:
    """Blank out what is code, formula or citation; everything else stays where it is."""
    text = CELL.sub(cell_prose, text)
    text = OPTION.sub(blank, FENCE.sub(blank, MATH_BLOCK.sub(blank, text)))
    text = SPAN.sub(lambda span: blank(span) if span[1] in BLANKED else span[0], text)
    return MATH.sub(blank, text)


def cell_prose(cell: re.Match[str]) -> str:
    """Blank out a code cell, but not its texts for readers."""
    text = blank(cell)
    for shown in SHOWN.finditer(cell.string, *cell.span("header")):
        start, stop = (place - cell.start() for place in shown.span())
        text = text[:start] + shown[0] + text[stop:]
    return text


def blank(match: re.Match[str]) -> str:
    """Replace everything but line ends by spaces."""
    return re.sub(r"[^\n]", " ", match[0])


def line_of(text: str, place: int) -> int:
    """Return the number of the line that a place is in."""
    return text.count("\n", 0, place) + 1


def repeated_definitions(
    pages: Mapping[Path, str], library: Path = LIBRARY
) -> Iterator[tuple[Path, int, str]]:
    """Find what a page or an example defines though the library or an earlier one has it."""
    known = [
        definition._replace(path=module.relative_to(library.parent))
        for module in sorted(library.rglob("*.py"))
        for definition in definitions(module, module.read_text("utf-8"))
    ]
    for path, text in pages.items():
        own = list(definitions(path, text))
        for one in own:
            twins = [other for other in known if other.name == one.name]
            twins += [other for other in known if other.shape and other.shape == one.shape]
            if twins:
                name, place = twins[0].name, f"{twins[0].path}:{twins[0].line}"
                what = "is defined" if name == one.name else f"does the same as `{name}`"
                advice = "import it from the library, or move it there"
                yield path, one.line, f"`{one.name}` {what} in {place} too: {advice}"
        known += own


def definitions(path: Path, text: str) -> Iterator[Definition]:
    """Find the functions and classes at the top level of a page's cells or of a script."""
    cells = [(1, text)]
    if path.suffix == ".md":
        plain = TransformerManager().transform_cell
        cells = [(line_of(text, c.start("code")), plain(c["code"])) for c in CELL.finditer(text)]
    for first, code in cells:
        for node in ast.parse(code, str(path)).body:
            if isinstance(node, Defined):
                shape = "" if is_trivial(node) else shape_of(node)
                yield Definition(path, first + node.lineno - 1, node.name, shape)


def is_trivial(node: Defined) -> bool:
    """Say whether two of these may look the same by chance."""
    match body_of(node):
        case [] | [ast.Pass()] | [ast.Expr(ast.Constant())]:
            return True
        case [ast.Return(None | ast.Name() | ast.Constant())]:
            return True
    return False


def body_of(node: Defined) -> list[ast.stmt]:
    """Return the statements after the docstring."""
    return node.body[ast.get_docstring(node) is not None :]


def shape_of(node: Defined) -> str:
    """Write out arguments and body, with numbers for the local names of each function."""
    if isinstance(node, ast.ClassDef):
        named = ((getattr(part, "name", ""), part) for part in body_of(node))
        parts = [n + (shape_of(p) if isinstance(p, Defined) else ast.dump(p)) for n, p in named]
        return f"class {parts}"
    numbers = {node.name: "0"}
    for part in ast.walk(node):
        match part:
            case (
                ast.arg(arg=name)
                | ast.Name(id=name, ctx=ast.Store())
                | ast.FunctionDef(name=name)
                | ast.ExceptHandler(name=str(name))
            ):
                numbers.setdefault(name, str(len(numbers)))
    body = [ast.dump(Numbered(numbers).visit(part)) for part in body_of(node)]
    return f"{ast.dump(Numbered(numbers).visit(node.args))} {body}"


class Numbered(ast.NodeTransformer):
    """Put numbers for local names, and leave out the types that a copy may not have."""

    def __init__(self, numbers: Mapping[str, str]) -> None:
        self.numbers = numbers

    def visit(self, node: ast.AST) -> Any:
        """Rewrite a node after the nodes in it."""
        node = super().visit(node)
        match node:
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                return ast.Assign([target], value)
            case ast.arg():
                node.arg, node.annotation = self.numbers[node.arg], None
            case ast.Name():
                node.id = self.numbers.get(node.id, node.id)
            case ast.FunctionDef():
                node.name, node.returns = self.numbers[node.name], None
            case ast.ExceptHandler(name=str(name)):
                node.name = self.numbers[name]
        return node


def main(folders: Sequence[str]) -> int:
    """Check the pages and the examples in some folders."""
    if missing := [folder for folder in folders if not Path(folder).is_dir()]:
        sys.exit(f"there is no folder {', '.join(missing)}")
    found = [path for folder in folders for path in sorted(Path(folder).rglob("*.*"))]
    pages = {path: path.read_text("utf-8") for path in found if path.suffix in (".md", ".py")}
    if not pages:
        sys.exit(f"there is no page and no example in {', '.join(folders) or 'no folder'}")
    problems = list(repeated_definitions(pages))
    for path, text in pages.items():
        if path.suffix == ".md":
            problems += [(path, line, problem) for line, problem in typed_numbers(text)]
    for path, line, problem in sorted(problems):
        print(f"{path}:{line}: {problem}", file=sys.stderr)
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
