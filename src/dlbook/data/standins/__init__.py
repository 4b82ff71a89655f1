"""Stand-ins: data sets that the library draws itself, for machines with no data and no network.

Each is shaped and typed like the real set it stands for, smaller in count, and hard enough that
linear models, MLPs and CNNs come out in the right order. A page that uses one says so. The
reference page on data shows a sheet of each.
"""

from collections.abc import Callable
from functools import cache

from dlbook.data.dataset import Split
from dlbook.data.standins import clothes, digits, grains, insects, scenes

# The seed of the stand-ins that `load` gives.
SEED = 0
# Raised whenever a recipe draws other bytes than before.
RECIPE = "3"

_RECIPES: dict[str, Callable[[int], tuple[Split, Split]]] = {
    "mnist": digits.draw,
    "fashion_mnist": clothes.draw,
    "cifar10": scenes.draw,
    "seeds": grains.draw,
    "hymenoptera": insects.draw,
}


def draw(name: str, seed: int = SEED) -> tuple[Split, Split]:
    """Draw the stand-in of a data set.

    Parameters
    ----------
    name : str
        One of :data:`dlbook.data.DATASETS`.
    seed : int
        The same seed gives the same bytes, whatever the number of threads.

    Returns
    -------
    tuple of Split
        Training and test part, shaped and typed like the real set.
    """
    # A copy for each caller, who may change it.
    train, test = (Split(*(tensor.clone() for tensor in part)) for part in _drawn(name, seed))
    return train, test


@cache
def _drawn(name: str, seed: int) -> tuple[Split, Split]:
    """Draw once in a process, as the examples of the gallery and the tests load again and again."""
    return _RECIPES[name](seed)
