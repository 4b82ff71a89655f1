"""A small table that a page shows as HTML and a terminal as text."""

import html
import re
from collections.abc import Sequence


class Table:
    """A small table of results that a notebook shows as HTML and a terminal as text.

    Parameters
    ----------
    header
        Names of the columns.
    rows
        Texts or numbers, one sequence per row, as long as the header.

    Raises
    ------
    ValueError
        If a row has another length than the header.

    Examples
    --------
    >>> Table(["network", "neurons"], [["linear", 10], ["hidden layer", 522]])
    network       neurons
    linear        10
    hidden layer  522
    """

    def __init__(self, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        for row in rows:
            if len(row) != len(header):
                raise ValueError(f"rows: {row} does not fit the header of {len(header)} columns")
        self.header = list(header)
        self.rows = [[str(cell) for cell in row] for row in rows]

    def __repr__(self) -> str:
        lines = [self.header, *self.rows]
        widths = [max(len(row[column]) for row in lines) for column in range(len(self.header))]
        padded = ([c.ljust(w) for c, w in zip(row, widths, strict=True)] for row in lines)
        return "\n".join("  ".join(row).rstrip() for row in padded)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(cell)}</th>" for cell in self.header)
        body = "".join(
            "<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>"
            for row in self.rows
        )
        return (
            '<div class="pst-scrollable-table-container"><table class="table">'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )


def _cell(text: str) -> str:
    """Write a cell: a number stays on one line with its spread, a long name breaks at its dots."""
    held = html.escape(text).replace(" ± ", "&#160;±&#160;")
    held = re.sub(r"-?[\d.]+e-\d+", r'<span class="held">\g<0></span>', held)
    return re.sub(r"(?<=\w)\.(?=[a-z])", ".<wbr/>", held)
