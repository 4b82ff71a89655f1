"""Clothes of chapter 9: a linear model, a hidden layer, and a small convolutional network."""

from functools import cache, partial

import torch

from dlbook.data import load
from dlbook.experiments.recipes import Recipe, Samples, flat_mlp, record_recipes
from dlbook.models import SimpleCNN
from dlbook.records import Record
from dlbook.training import one_cycle

RECIPES = {
    "linear": Recipe(
        "784-10; Adam, one cycle to 1e-2",
        build=lambda: flat_mlp(784, 10),
        optimizer=torch.optim.Adam,
        schedule=one_cycle(1e-2),
        epochs=5,
        batch_size=128,
    ),
    "mlp": Recipe(
        "784-256-10, ReLU, dropout 0.2; AdamW with weight decay 1e-2, one cycle to 3e-3",
        build=lambda: flat_mlp(784, 256, 10, dropout=0.2),
        optimizer=partial(torch.optim.AdamW, weight_decay=1e-2),
        schedule=one_cycle(3e-3),
        epochs=8,
        batch_size=128,
    ),
    "cnn": Recipe(
        "16 and 32 kernels of 3 x 3, each with ReLU and max pooling over 2 x 2, one dense layer; "
        "AdamW with weight decay 1e-2, one cycle to 5e-3",
        build=lambda: SimpleCNN(1, 28).to(memory_format=torch.channels_last),
        optimizer=partial(torch.optim.AdamW, weight_decay=1e-2),
        schedule=one_cycle(5e-3),
        epochs=6,
        batch_size=128,
    ),
}
"""The recipes by name."""


@cache
def samples() -> Samples:
    """Load the clothes, pixels from 0 to 1.

    Returns
    -------
    tuple
        Training and test samples, inputs of shape (N, 1, 28, 28).
    """
    data = load("fashion_mnist")
    train, test = ((split.inputs.float() / 255, split.labels) for split in (data.train, data.test))
    return train, test


def clothes(epochs: int | None = None) -> Record:
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
    data = load("fashion_mnist")
    return record_recipes("clothes", RECIPES, samples, data.classes, data.provenance, epochs=epochs)
