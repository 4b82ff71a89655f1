"""Convolutional networks of chapter 12: LeNet's kind, then one improvement at a time."""

from dataclasses import replace
from functools import partial

import torch
from torch import nn

from dlbook.data import load
from dlbook.experiments.photographs import samples
from dlbook.experiments.recipes import Recipe, record_recipes
from dlbook.images import flipped_and_shifted
from dlbook.models import LeNet, ResidualCNN
from dlbook.records import Record
from dlbook.training import one_cycle

LENET = Recipe(
    "16 and 32 kernels of 5 x 5, dense layers of 120, 84 and 10; AdamW, one cycle to 3e-3",
    build=lambda: LeNet(3, 32).to(memory_format=torch.channels_last),
    optimizer=torch.optim.AdamW,
    schedule=one_cycle(3e-3),
    epochs=6,
    batch_size=128,
)


def residual_cnn_of(*widths: int, normalize: bool = True, residual: bool = True) -> nn.Module:
    """Build a `ResidualCNN` for photographs, its weights in channels-last order.

    Parameters
    ----------
    *widths, normalize, residual
        As `ResidualCNN` takes them.

    Returns
    -------
    nn.Module
        The network.
    """
    model = ResidualCNN(3, 10, widths, normalize=normalize, residual=residual)
    return model.to(memory_format=torch.channels_last)


_SMALL = partial(residual_cnn_of, 16, 32, 64)

PLAIN = Recipe(
    "seven convolutions of 3 x 3 with ReLU, widths 16, 32, 64; Adam at 1e-3",
    build=partial(_SMALL, normalize=False, residual=False),
    optimizer=torch.optim.Adam,
    epochs=3,
    batch_size=128,
)
NORMALIZED = replace(
    PLAIN, words="batch normalization after each of them", build=partial(_SMALL, residual=False)
)
RESIDUAL = replace(NORMALIZED, words="two residual blocks", build=_SMALL)
SCHEDULED = replace(
    RESIDUAL,
    words="AdamW with weight decay 0.05, one cycle to 1e-2",
    optimizer=partial(torch.optim.AdamW, weight_decay=0.05),
    schedule=one_cycle(1e-2),
)
SMOOTHED = replace(
    SCHEDULED,
    words="label smoothing 0.1",
    loss=nn.CrossEntropyLoss(label_smoothing=0.1),
)
AUGMENTED = replace(
    SMOOTHED, words="images mirrored and shifted by up to four pixels", augment=flipped_and_shifted
)

STEPS = {
    "plain": PLAIN,
    "normalized": NORMALIZED,
    "residual": RESIDUAL,
    "scheduled": SCHEDULED,
    "smoothed": SMOOTHED,
    "augmented": AUGMENTED,
}
"""Each recipe has everything that the one before it has, and what its words say."""

RECIPES = (
    {"lenet": LENET}
    | STEPS
    | {
        "augmented_6": replace(AUGMENTED, words="all of it, six epochs", epochs=6),
    }
)
"""All recipes by name."""


def cnn_steps(epochs: int | None = None) -> Record:
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
        "cnn_steps", RECIPES, samples, data.classes, data.provenance, epochs=epochs
    )
