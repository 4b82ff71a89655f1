"""Photographs of chapter 10: a linear model, dense layers, and variations of them."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

import torch
from torch import Tensor
from torch.nn import functional

from dlbook.data import load
from dlbook.experiments.recipes import Recipe, Samples, flat_mlp, record_recipes
from dlbook.images import randomly_flipped, standardized
from dlbook.records import Record
from dlbook.training import one_cycle

N_INPUTS = 3 * 32 * 32


def squared_error(scores: Tensor, labels: Tensor) -> Tensor:
    """Compare the softmax of the scores with one-hot targets by the mean square.

    Parameters
    ----------
    scores : Tensor
        Logits, shape (N, C).
    labels : Tensor
        Class numbers, int64, shape (N,).

    Returns
    -------
    Tensor
        Half the squared distance, a mean over the samples; a scalar.
    """
    targets = functional.one_hot(labels, scores.shape[1])
    return (scores.softmax(1) - targets).square().sum(1).mean() / 2


PLAIN = Recipe(
    "3072-512-256-10, ReLU; Adam at 3e-4",
    build=lambda: flat_mlp(N_INPUTS, 512, 256, 10),
    optimizer=partial(torch.optim.Adam, lr=3e-4),
    epochs=4,
    batch_size=128,
)
"""What the variations start from."""


def _of_widths(*hidden: int) -> Callable[[], torch.nn.Module]:
    return partial(flat_mlp, N_INPUTS, *hidden, 10)


VARIATIONS = {
    "plain": PLAIN,
    "squared_error": replace(PLAIN, words="squared error of the softmax", loss=squared_error),
    "sgd": replace(
        PLAIN, words="gradient descent at 0.02", optimizer=partial(torch.optim.SGD, lr=0.02)
    ),
    "momentum": replace(
        PLAIN,
        words="gradient descent at 0.02 with momentum 0.9",
        optimizer=partial(torch.optim.SGD, lr=0.02, momentum=0.9),
    ),
    "narrow": replace(PLAIN, words="3072-64-32-10", build=_of_widths(64, 32)),
    "wide": replace(PLAIN, words="3072-1024-512-10", build=_of_widths(1024, 512)),
    "shallow": replace(PLAIN, words="3072-512-10", build=_of_widths(512)),
    "deep": replace(PLAIN, words="3072-512-256-256-256-10", build=_of_widths(512, 256, 256, 256)),
}
"""Dense networks that differ from `PLAIN` in one thing: criterion, optimizer, width or depth."""

RECIPES = {
    "linear": Recipe(
        "3072-10; gradient descent with momentum 0.9, one cycle to 1e-2",
        build=lambda: flat_mlp(N_INPUTS, 10),
        optimizer=partial(torch.optim.SGD, momentum=0.9),
        schedule=one_cycle(1e-2),
        epochs=5,
        batch_size=256,
    ),
    "fcn": Recipe(
        "3072-512-256-10, ReLU, dropout 0.1; AdamW with weight decay 0.05, one cycle to 1e-3; half "
        "of the images mirrored",
        build=lambda: flat_mlp(N_INPUTS, 512, 256, 10, dropout=0.1),
        optimizer=partial(torch.optim.AdamW, weight_decay=0.05),
        schedule=one_cycle(1e-3),
        augment=randomly_flipped,
        epochs=8,
        batch_size=128,
    ),
} | VARIATIONS
"""All recipes by name."""


@cache
def samples() -> Samples:
    """Load the photographs, standardized.

    Returns
    -------
    tuple
        Training and test samples, inputs of shape (N, 3, 32, 32).
    """
    data = load("cifar10")
    train, test = standardized(data.train.inputs, data.test.inputs)
    return (train, data.train.labels), (test, data.test.labels)


def photographs(epochs: int | None = None) -> Record:
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
    data = load("cifar10")
    return record_recipes(
        "photographs", RECIPES, samples, data.classes, data.provenance, epochs=epochs
    )
