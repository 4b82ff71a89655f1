"""The best network of chapter 12: as many parameters as `residual_cnn`, spent on larger maps."""

from dataclasses import replace

import torch
from torch import nn

from dlbook.data import load
from dlbook.experiments.photographs import samples
from dlbook.experiments.recipes import record_recipes
from dlbook.experiments.residual_cnn import WIDE, mirrored
from dlbook.records import Record


def large_maps_cnn(n_classes: int = 10) -> nn.Sequential:
    """Build a network of seven convolutions that pools late.

    Parameters
    ----------
    n_classes
        Number of classes.

    Returns
    -------
    nn.Sequential
        Color images (N, 3, H, W), from 9 pixels a side, to logits (N, n_classes). Its weights lie
        in channels-last order.

    Notes
    -----
    The first convolution, 2 x 2 without padding, leaves maps of 31 x 31 of a photograph of 32 x 32
    pixels. Then come three pairs of 3 x 3 convolutions, with pooling after the first of a pair: it
    sees maps of 31, 15 and 7 pixels a side. 498,138 parameters. Chapter 12 compares it with a
    `ResidualCNN` of as many, whose maps are smaller from the first layer on.

    References
    ----------
    K. Jordan, 94% on CIFAR-10 in 3.29 seconds on a single GPU, 2024, arXiv:2404.00498: the
    structure, with narrower layers, ReLU for GELU, and without its patch whitening.
    """
    layers, n_maps = [_convolution(3, 24, side=2)], 24
    for width in (32, 128, 128):
        layers += [_convolution(n_maps, width, pool=True), _convolution(width, width)]
        n_maps = width
    model = nn.Sequential(
        *layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(n_maps, n_classes)
    )
    return model.to(memory_format=torch.channels_last)


def _convolution(n_in: int, n_out: int, *, side: int = 3, pool: bool = False) -> nn.Sequential:
    """Convolve, pool if asked, normalize, apply ReLU; a kernel of side 2 gets no padding."""
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, side, padding=(side - 1) // 2, bias=False),
        nn.MaxPool2d(2) if pool else nn.Identity(),
        nn.BatchNorm2d(n_out),
        nn.ReLU(),
    )


LARGE_MAPS = replace(
    WIDE,
    words="2 x 2 convolution to 24 maps, then pairs of 3 x 3 convolutions of widths 32, 128, 128, "
    "the first of a pair pooled; all else as the larger residual network",
    build=large_maps_cnn,
)


def large_maps(epochs: int | None = None) -> Record:
    """Train the network with two seeds.

    Parameters
    ----------
    epochs : int, optional
        Train for so many epochs, for a trial.

    Returns
    -------
    Record
        As `record_recipes` returns it, of the recipe "large_maps", with the metric of `mirrored`.
    """
    data = load("cifar10")
    return record_recipes(
        "large_maps",
        {"large_maps": LARGE_MAPS},
        samples,
        data.classes,
        data.provenance,
        seeds=(0, 1),
        epochs=epochs,
        measure=mirrored,
    )
