"""Load the book's data sets, wherever they are: a folder, the cache, the network, or drawn.

:func:`load` asks four tiers in turn. A local folder (``DLBOOK_DATA_DIR``) comes first, then what
was fetched before, then the network; where none of them has the set, the library draws a
stand-in from a seed and says so. Every file is verified before it is used. Chapter 1 explains
what comes back; ``python -m dlbook.data`` shows which tier would answer.
"""

from dlbook.data.dataset import DataError, Dataset, Provenance, Split
from dlbook.data.fetching import fetch
from dlbook.data.tiers import DATASETS, load, resolve

__all__ = [
    "DATASETS",
    "DataError",
    "Dataset",
    "Provenance",
    "Split",
    "fetch",
    "load",
    "resolve",
]
