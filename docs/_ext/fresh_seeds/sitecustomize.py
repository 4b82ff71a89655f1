"""Give every generator of random numbers another seed, in a process and in those that it starts.

Python imports a module of this name when it starts, where this folder is on ``PYTHONPATH``; so
`book_seeds` runs the pages, which know nothing of it. ``FRESH_SEED=k`` adds 1000 k to every seed.
Only the data that the library draws keeps its own: it is the same data set in every run.
"""

import os
import random
from collections.abc import Callable
from functools import wraps
from traceback import walk_stack
from typing import Any

import numpy
import torch

SHIFT = 1000 * int(os.environ["FRESH_SEED"])


def fresh(seed: Any) -> Any:
    """Shift a seed, but for what draws a data set; None, which asks for chance, stays."""
    names = (frame.f_globals.get("__name__", "") for frame, _ in walk_stack(None))
    if not isinstance(seed, int | numpy.integer) or any(n.startswith("dlbook.data") for n in names):
        return seed
    return int(seed) + SHIFT


def shifted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function whose first argument is a seed."""

    @wraps(function)
    def call(seed: Any = None, *arguments: Any, **options: Any) -> Any:
        return function(fresh(seed), *arguments, **options)

    return call


class Random(random.Random):
    """Python's own generator."""

    def seed(self, a: Any = None, version: int = 2) -> None:
        """Begin anew."""
        super().seed(fresh(a), version)


class RandomState(numpy.random.RandomState):
    """NumPy's older generator, which scikit-learn makes of its ``random_state``."""

    def __init__(self, seed: Any = None) -> None:
        super().__init__(fresh(seed))

    def seed(self, seed: Any = None) -> None:
        """Begin anew."""
        super().seed(fresh(seed))


class Generator(torch.Generator):
    """PyTorch's generator."""

    def manual_seed(self, seed: int) -> torch.Generator:
        """Begin anew."""
        return super().manual_seed(fresh(seed))


random.seed = shifted(random.seed)
random.Random = Random
numpy.random.seed = shifted(numpy.random.seed)
numpy.random.default_rng = shifted(numpy.random.default_rng)
numpy.random.RandomState = RandomState
torch.manual_seed = shifted(torch.manual_seed)
torch.Generator = Generator
