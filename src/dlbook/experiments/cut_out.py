"""The network of `large_maps`, trained on images with a square cut out, tested on six views."""

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from dlbook.data import load
from dlbook.evaluation import probabilities
from dlbook.experiments.large_maps import LARGE_MAPS
from dlbook.experiments.photographs import samples
from dlbook.experiments.recipes import record_recipes
from dlbook.experiments.residual_cnn import mirrored
from dlbook.images import flipped_and_shifted
from dlbook.records import Record


def squares_cut_out(images: Tensor, generator: torch.Generator, side: int = 8) -> Tensor:
    """Put a square of zeros into each image, at a place of its own.

    Parameters
    ----------
    images
        Shape (N, C, H, W), standardized, so that zero is the mean of a channel.
    generator
        Draws the places. A square may reach over the border: its middle may be any pixel.
    side
        Side of the squares, in pixels.

    Returns
    -------
    Tensor
        Same shape and dtype.

    References
    ----------
    T. DeVries and G. W. Taylor, Improved Regularization of Convolutional Neural Networks with
    Cutout, 2017, arXiv:1708.04552.
    """
    n, _, height, width = images.shape
    first_row = torch.randint(height, (n, 1), generator=generator) - side // 2
    first_column = torch.randint(width, (n, 1), generator=generator) - side // 2
    rows, columns = torch.arange(height) - first_row, torch.arange(width) - first_column
    in_rows, in_columns = (rows >= 0) & (rows < side), (columns >= 0) & (columns < side)
    square = in_rows[:, None, :, None] & in_columns[:, None, None, :]
    return images.masked_fill(square.to(images.device), 0)


def varied(images: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror half of the images, shift each by up to four pixels, cut a square out of each.

    Parameters
    ----------
    images
        Shape (N, C, H, W), standardized.
    generator
        Draws which, how far and where.

    Returns
    -------
    Tensor
        Same shape and dtype.
    """
    return squares_cut_out(flipped_and_shifted(images, generator), generator)


def views(images: Tensor) -> list[Tensor]:
    """List six views of images: as they are and shifted by a pixel to two sides, each mirrored too.

    Parameters
    ----------
    images
        Shape (N, C, H, W).

    Returns
    -------
    list of Tensor
        Six of the same shape. What enters at a border is the mirror image of what lies inside.
    """
    height, width = images.shape[2:]
    padded = functional.pad(images, (1,) * 4, mode="reflect")
    shifted = [padded[:, :, at : at + height, at : at + width] for at in (0, 1, 2)]
    return [*shifted, *(view.flip(3) for view in shifted)]


def measure(model: nn.Module, test: tuple[Tensor, Tensor]) -> dict[str, float]:
    """Measure the accuracy of the mean of predictions for two views of an image, and for six.

    Parameters
    ----------
    model : nn.Module
        Classifier of images (N, C, H, W).
    test : tuple of Tensor
        Images, shape (N, C, H, W), and labels, shape (N,).

    Returns
    -------
    dict of str to float
        "mirrored_accuracy" and "views_accuracy".
    """
    images, labels = test
    sums = torch.stack([probabilities(model, view) for view in views(images)]).sum(0)
    right = float((sums.argmax(1) == labels).double().mean())
    return {**mirrored(model, test), "views_accuracy": right}


CUT_OUT = replace(
    LARGE_MAPS,
    words="the network with large maps; images mirrored, shifted by up to four pixels, and a "
    "square of 8 x 8 pixels cut out of each; all else as before",
    augment=varied,
)


def cut_out(epochs: int | None = None) -> Record:
    """Train the network with two seeds.

    Parameters
    ----------
    epochs : int, optional
        Train for so many epochs, for a trial.

    Returns
    -------
    Record
        As `record_recipes` returns it, of the recipe "cut_out", with the metrics of `measure`.
    """
    data = load("cifar10")
    return record_recipes(
        "cut_out",
        {"cut_out": CUT_OUT},
        samples,
        data.classes,
        data.provenance,
        seeds=(0, 1),
        epochs=epochs,
        measure=measure,
    )
