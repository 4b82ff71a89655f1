"""Compare two builds of the book, byte for byte.

``python tests/site/reproduce.py SITE SITE`` names every file that differs, with the first place
that does. What the builds measured stands in two files, which are left out.
"""

import sys
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

VOLATILE = {"_static/costs.js", "_static/measured.js"}
BEFORE, SHOWN = 40, 160  # bytes


def differences(first: Path, second: Path) -> Iterator[str]:
    """Name what differs between two sites."""
    files = [path.relative_to(site) for site in (first, second) for path in site.rglob("*")]
    for name in sorted({path.as_posix() for path in files} - VOLATILE):
        present = [site / name for site in (first, second) if (site / name).is_file()]
        if len(present) == 1:
            yield f"{present[0]} has no counterpart"
        elif present and (place := first_difference(*present)):
            yield f"{name}, {place}"


def first_difference(one: Path, other: Path) -> str:
    """Show the first line that differs, from shortly before it does; nothing if none does."""
    lines = (path.read_bytes().splitlines(keepends=True) for path in (one, other))
    for number, pair in enumerate(zip_longest(*lines, fillvalue=b""), 1):
        if pair[0] != pair[1]:
            same = next(n for n, (a, b) in enumerate(zip_longest(*pair)) if a != b)
            start = max(same - BEFORE, 0)
            shown = [f"line {number}:", *(repr(line[start : start + SHOWN]) for line in pair)]
            return "\n  ".join(shown)
    return ""


def main() -> None:
    """Compare two sites; fail if they differ."""
    first, second = map(Path, sys.argv[1:])
    found = list(differences(first, second))
    print("\n".join(found) or f"the sites are the same but for {' and '.join(sorted(VOLATILE))}")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
