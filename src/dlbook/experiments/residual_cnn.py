"""The largest convolutional network of chapter 12, trained longer than a page may take."""

from dataclasses import replace
from functools import partial

from torch import Tensor, nn

from dlbook.data import load
from dlbook.evaluation import probabilities
from dlbook.experiments.cnn_steps import AUGMENTED, residual_cnn_of
from dlbook.experiments.photographs import samples
from dlbook.experiments.recipes import record_recipes
from dlbook.records import Record

WIDE = replace(
    AUGMENTED,
    words="widths 32, 64, 128 with all improvements: batch normalization, residual blocks, AdamW "
    "with weight decay 0.05, one cycle to 1e-2, label smoothing 0.1, mirrored and shifted images",
    build=partial(residual_cnn_of, 32, 64, 128),
    epochs=24,
)


def mirrored(model: nn.Module, test: tuple[Tensor, Tensor]) -> dict[str, float]:
    """Measure the accuracy of the mean of two predictions, for an image and for its mirror image.

    Parameters
    ----------
    model : nn.Module
        Classifier of images (N, C, H, W).
    test : tuple of Tensor
        Images, shape (N, C, H, W), and labels, shape (N,).

    Returns
    -------
    dict of str to float
        "mirrored_accuracy".
    """
    images, labels = test
    both = probabilities(model, images) + probabilities(model, images.flip(3))
    return {"mirrored_accuracy": float((both.argmax(1) == labels).double().mean())}


def residual_cnn(epochs: int | None = None) -> Record:
    """Train the network with two seeds.

    Parameters
    ----------
    epochs : int, optional
        Train for so many epochs, for a trial.

    Returns
    -------
    Record
        As `record_recipes` returns it, of the recipe "wide", with the metric of `mirrored`.
    """
    data = load("cifar10")
    return record_recipes(
        "residual_cnn",
        {"wide": WIDE},
        samples,
        data.classes,
        data.provenance,
        seeds=(0, 1),
        epochs=epochs,
        measure=mirrored,
    )
