"""The exercises of chapter 1: a first network."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from dlbook.evaluation import Evaluation, confusion_counts
from dlbook.exercises.grading import Exercise, Mistake


def _images(generator: torch.Generator) -> Iterator[tuple[Tensor]]:
    """Draw 8-bit images (n, 1, height, width), none of them with a pixel of 255."""
    for shape in ((3, 1, 2, 4), (2, 1, 5, 3), (4, 1, 3, 3)):
        yield (torch.randint(200, shape, generator=generator, dtype=torch.uint8),)


def _prepare(images: Tensor) -> Tensor:
    return images.flatten(1).float() / 255


def _runs(_: torch.Generator) -> Iterator[tuple[int, int, int]]:
    """Give numbers of samples, batch sizes and numbers of epochs."""
    yield from ((60_000, 128, 5), (10, 4, 3), (1000, 32, 2), (64, 16, 4))


def _updates(n_samples: int, batch_size: int, epochs: int) -> int:
    return math.ceil(n_samples / batch_size) * epochs


def _predictions(generator: torch.Generator, n: int, n_classes: int) -> tuple[Tensor, Tensor]:
    """Draw labels (n,), and predictions of which about half are right."""
    labels = torch.randint(n_classes, (n,), generator=generator)
    others = torch.randint(n_classes, (n,), generator=generator)
    return labels, torch.where(torch.rand(n, generator=generator) < 0.5, labels, others)


def _confusions(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, int]]:
    """Draw labels, predictions and a number of classes; the last class may never come up."""
    for n, drawn, n_classes in ((12, 3, 3), (30, 4, 4), (16, 3, 5)):
        yield *_predictions(generator, n, drawn), n_classes


def _pairs(labels: Tensor, predicted: Tensor, n_classes: int) -> Tensor:
    """Mark the pairs of labels and predictions that come up, however often."""
    return (confusion_counts(labels, predicted, n_classes) > 0).long()


def _one_class(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, int]]:
    """Draw labels, predictions and the number of one class."""
    for n, n_classes, c in ((20, 3, 1), (30, 4, 0), (40, 5, 4)):
        yield *_predictions(generator, n, n_classes), c


def _precision_recall(labels: Tensor, predicted: Tensor, c: int) -> tuple[float, float]:
    result = Evaluation(math.nan, confusion_counts(labels, predicted, c + 5))
    return result.precision[c].item(), result.recall[c].item()


def _share(condition: Tensor) -> float:
    return condition.double().mean().item()


EXERCISES = {
    "1.9": Exercise(
        task="It takes gray images (n, 1, height, width) of 8-bit pixels; it returns a row of "
        "floating-point numbers from 0 to 1 for each image, shape (n, height * width).",
        solution=_prepare,
        cases=_images,
        mistakes=(
            Mistake(
                "The pixels are not scaled: they still run up to 255.",
                lambda images: images.flatten(1).float(),
            ),
            Mistake(
                "You divided by the largest pixel of these images. The next images have another, "
                "and would be scaled differently; divide by the largest pixel that there can be.",
                lambda images: images.flatten(1).float() / images.max(),
            ),
            Mistake(
                "Whole numbers were divided without the rest, so that all but the brightest "
                "pixels are 0. Convert to floating point, and use a single slash.",
                lambda images: images.flatten(1) // 255,
            ),
            Mistake(
                "All images came out as one long row. Keep dimension 0, the images, and join the "
                "rest.",
                lambda images: _prepare(images).flatten(),
            ),
        ),
    ),
    "1.10": Exercise(
        task="It takes a number of samples, a batch size and a number of epochs; it returns how "
        "many updates of the weights are made, a whole number.",
        solution=_updates,
        cases=_runs,
        mistakes=(
            Mistake(
                "Where the batch size does not divide the number of samples, a smaller batch is "
                "left at the end of each epoch; it makes an update too.",
                lambda n_samples, batch_size, epochs: n_samples // batch_size * epochs,
            ),
            Mistake(
                "You ran the epochs together before you cut them into batches. Every epoch is cut "
                "by itself, and ends with its own smaller batch.",
                lambda n_samples, batch_size, epochs: math.ceil(n_samples * epochs / batch_size),
            ),
            Mistake(
                "There is no part of an update: round, and think about which way.",
                lambda n_samples, batch_size, epochs: n_samples / batch_size * epochs,
            ),
            Mistake(
                "These are the updates of one epoch.",
                lambda n_samples, batch_size, epochs: _updates(n_samples, batch_size, 1),
            ),
        ),
    ),
    "1.11": Exercise(
        task="It takes true labels (n,), predicted labels (n,) and a number of classes C; it "
        "returns the confusion matrix (C, C) of whole numbers.",
        solution=confusion_counts,
        cases=_confusions,
        mistakes=(
            Mistake(
                "Rows and columns are exchanged: the row is the true class, the column the "
                "predicted one.",
                lambda labels, predicted, n_classes: confusion_counts(predicted, labels, n_classes),
            ),
            Mistake(
                "No count exceeds 1. An assignment such as `counts[labels, predicted] += 1` "
                "writes each cell once, however often its pair comes up; count sample after "
                "sample.",
                _pairs,
            ),
            Mistake(
                "The size comes from the classes that happen to come up. A class without samples "
                "has a row and a column too, of zeros.",
                lambda labels, predicted, n_classes: confusion_counts(
                    labels, predicted, int(torch.cat([labels, predicted]).max()) + 1
                ),
            ),
            Mistake(
                "Only the right predictions are counted; the mistakes belong into the other cells.",
                lambda labels, predicted, n_classes: (
                    confusion_counts(labels, predicted, n_classes).diagonal().diag()
                ),
            ),
        ),
    ),
    "1.12": Exercise(
        task="It takes true labels (n,), predicted labels (n,) and the number of one class; it "
        "returns two numbers, the precision and the recall of that class.",
        solution=_precision_recall,
        cases=_one_class,
        mistakes=(
            Mistake(
                "They are exchanged. Precision looks at what was predicted as the class, recall at "
                "what is of the class.",
                lambda labels, predicted, c: _precision_recall(predicted, labels, c),
            ),
            Mistake(
                "You divided by the number of all samples. Each of the two has a denominator of "
                "its own, with one class only.",
                lambda labels, predicted, c: (_share((labels == c) & (predicted == c)),) * 2,
            ),
            Mistake(
                "You counted the samples that are not of the class and are not taken for it as "
                "right, too; neither of the two looks at them.",
                lambda labels, predicted, c: (_share((labels == c) == (predicted == c)),) * 2,
            ),
            Mistake(
                "This is the accuracy: it asks about all classes at once.",
                lambda labels, predicted, c: (_share(labels == predicted),) * 2,
            ),
        ),
    ),
}
