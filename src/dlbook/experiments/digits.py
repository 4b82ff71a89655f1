"""Digits of chapter 9: two hidden layers of 64, one hidden layer of many widths, a tuned one."""

from functools import cache, partial

import torch

from dlbook.data import load
from dlbook.experiments.recipes import Recipe, Samples, flat_mlp, record_recipes
from dlbook.images import randomly_shifted
from dlbook.records import Record
from dlbook.training import one_cycle

WIDTHS = (16, 32, 64, 128, 256, 512)
"""Widths of the one hidden layer."""

RECIPES = {
    "two_hidden": Recipe(
        "784-64-64-10, ReLU; Adam at 1e-3",
        build=lambda: flat_mlp(784, 64, 64, 10),
        optimizer=torch.optim.Adam,
        epochs=5,
        batch_size=32,
    ),
    "tuned": Recipe(
        "784-512-512-10, ReLU, dropout 0.2; AdamW with weight decay 1e-2, one cycle to 3e-3; every "
        "image shifted by up to one pixel",
        build=lambda: flat_mlp(784, 512, 512, 10, dropout=0.2),
        optimizer=partial(torch.optim.AdamW, weight_decay=1e-2),
        schedule=one_cycle(3e-3),
        augment=randomly_shifted,
        epochs=10,
        batch_size=128,
    ),
} | {
    f"hidden_{width}": Recipe(
        f"784-{width}-10, ReLU; Adam at 1e-3",
        build=partial(flat_mlp, 784, width, 10),
        optimizer=torch.optim.Adam,
        epochs=5,
        batch_size=100,
    )
    for width in WIDTHS
}
"""The recipes by name."""


@cache
def samples() -> Samples:
    """Load the digits, pixels from 0 to 1.

    Returns
    -------
    tuple
        Training and test samples, inputs of shape (N, 1, 28, 28).
    """
    data = load("mnist")
    train, test = ((split.inputs.float() / 255, split.labels) for split in (data.train, data.test))
    return train, test


def digits(epochs: int | None = None) -> Record:
    """Train every recipe with three seeds.

    Parameters
    ----------
    epochs : int, optional
        Train all of them for so many epochs, for a trial.

    Returns
    -------
    Record
        As `record_recipes` returns it.
    """
    data = load("mnist")
    return record_recipes("digits", RECIPES, samples, data.classes, data.provenance, epochs=epochs)
