"""The exercises of chapter 9: digits and clothes."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from dlbook.evaluation import calibration, confusion_counts, worst_mistakes
from dlbook.exercises.grading import Exercise, Mistake
from dlbook.models import describe


def _scored(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Draw logits (n, c) and labels (n,); every class occurs, and is named at least once."""
    for n, c in ((12, 3), (40, 4), (60, 10)):
        labels = torch.cat([torch.arange(c), torch.randint(c, (n - c,), generator=generator)])
        scores = torch.randn(n, c, generator=generator)
        scores[range(c), range(c)] += 5  # the first of each class is read right
        yield scores, labels


def _confusion(scores: Tensor, labels: Tensor) -> Tensor:
    return confusion_counts(labels, scores.argmax(1), scores.shape[1]).float()


def _per_class(scores: Tensor, labels: Tensor) -> Tensor:
    confusion = _confusion(scores, labels)
    return confusion.diagonal() / confusion.sum(1)


def _per_answer(scores: Tensor, labels: Tensor) -> Tensor:
    confusion = _confusion(scores, labels)
    return confusion.diagonal() / confusion.sum(0)


def _convolutions(generator: torch.Generator) -> Iterator[tuple[int, int, int, int, int]]:
    """Give channels in and out, the side of the kernel, and height and width of the picture."""
    yield from ((1, 16, 3, 28, 28), (16, 32, 3, 14, 14), (3, 8, 5, 20, 12))


def _counts(n_in: int, n_out: int, side: int, height: int, width: int) -> tuple[int, int]:
    layer = nn.Conv2d(n_in, n_out, side, padding=side // 2)
    counts = describe(layer, (n_in, height, width))
    return counts.n_parameters, counts.multiply_adds


def _beliefs(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Draw probabilities (n, c), and labels (n,) that are right less often than they should be."""
    for n, c in ((30, 3), (80, 5), (200, 10)):
        beliefs = (2 * torch.randn(n, c, generator=generator)).softmax(1)
        labels = torch.randint(c, (n,), generator=generator)
        yield beliefs, torch.where(torch.arange(n) % 2 == 0, beliefs.argmax(1), labels)


def _in_bins(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, int]]:
    """Add the number of bins; in the end some are certain and wrong, the next surest right."""
    for (beliefs, labels), n_bins in zip(_beliefs(generator), (4, 10, 15), strict=True):
        if n_bins == 15:
            confidence, guesses = beliefs.max(1)
            labels = torch.where(confidence > 1 - 1 / n_bins, guesses, labels)
            beliefs[:3] = functional.one_hot(labels[:3], beliefs.shape[1]).roll(1, dims=1).float()
        yield beliefs, labels, n_bins


def _error(beliefs: Tensor, labels: Tensor, n_bins: int) -> float:
    return calibration(beliefs, labels, n_bins).error


def _uncertain(beliefs: Tensor, labels: Tensor, n_bins: int) -> float:
    rows = beliefs.max(1).values < 1
    return calibration(beliefs[rows], labels[rows], n_bins).error * float(rows.double().mean())


def _certain_apart(beliefs: Tensor, labels: Tensor, n_bins: int) -> float:
    rows = beliefs.max(1).values == 1
    wrong = beliefs.argmax(1) != labels
    return _uncertain(beliefs, labels, n_bins) + float((rows & wrong).double().mean())


def _unweighted(beliefs: Tensor, labels: Tensor, n_bins: int) -> float:
    bins = calibration(beliefs, labels, n_bins)
    return float((bins.accuracy - bins.confidence)[bins.counts > 0].abs().mean())


def _confidence_missing(beliefs: Tensor, labels: Tensor, n_bins: int) -> float:
    confidence, guesses = beliefs.max(1)
    return float((guesses == labels).float().mean() - confidence.mean())


def _confidence_too_large(beliefs: Tensor, labels: Tensor, n_bins: int) -> float:
    return -_confidence_missing(beliefs, labels, n_bins)


def _belief_in_truth(beliefs: Tensor, labels: Tensor, n_bins: int) -> float:
    given = beliefs.gather(1, labels[:, None]).double()
    bins = (given * n_bins).long().clamp(max=n_bins - 1)
    right = (beliefs.argmax(1) == labels).double()[:, None]
    return sum(
        abs(float((right - given)[bins == number].sum())) / len(labels) for number in range(n_bins)
    )


def _to_find(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, int]]:
    """Add how many mistakes to find; in the end more than there are."""
    for (beliefs, labels), n in zip(_beliefs(generator), (4, 9, 120), strict=True):
        yield beliefs, labels, n


def _worst(beliefs: Tensor, labels: Tensor, n: int) -> Tensor:
    return worst_mistakes(beliefs, labels, n)


def _surest(beliefs: Tensor, labels: Tensor, n: int) -> Tensor:
    confidence, guesses = beliefs.max(1)
    wrong = (guesses != labels).nonzero().flatten()
    return wrong[confidence[wrong].argsort(descending=True)[:n]]


def _among_mistakes(beliefs: Tensor, labels: Tensor, n: int) -> Tensor:
    wrong = beliefs.argmax(1) != labels
    return beliefs[wrong, labels[wrong]].argsort()[:n]


EXERCISES = {
    "9.8": Exercise(
        task="It takes scores (n, c), one row for each image, and labels (n,); it returns the "
        "accuracy of each class, a tensor (c,) of floating-point numbers. Every class occurs.",
        solution=_per_class,
        cases=_scored,
        mistakes=(
            Mistake(
                "That is the precision: of the images that were given this name, how many deserve "
                "it. Divide by the number of images whose label is the class.",
                _per_answer,
            ),
            Mistake(
                "You divided by the number of all images. The accuracy of a class is a share of "
                "the images of that class alone.",
                lambda scores, labels: _confusion(scores, labels).diagonal() / len(labels),
            ),
            Mistake(
                'This asks of each class, yes or no, and counts every right "no" to the other '
                "images too. Look at the images of the class only.",
                lambda scores, labels: torch.stack(
                    [
                        ((scores.argmax(1) == k) == (labels == k)).float().mean()
                        for k in range(scores.shape[1])
                    ]
                ),
            ),
        ),
    ),
    "9.9": Exercise(
        task="It takes five whole numbers: channels in, channels out, side of the square kernels, "
        "height and width of the picture; it returns a pair of whole numbers, the parameters of "
        "the convolution and its multiply-adds for one picture.",
        solution=_counts,
        cases=_convolutions,
        mistakes=(
            Mistake(
                "The biases are missing among the parameters: one for each channel that comes out.",
                lambda n_in, n_out, side, height, width: (
                    n_out * n_in * side**2,
                    n_out * n_in * side**2 * height * width,
                ),
            ),
            Mistake(
                "A kernel is not one table of weights: it has a table for each channel that "
                "comes in.",
                lambda n_in, n_out, side, height, width: (
                    n_out * (side**2 + 1),
                    n_out * side**2 * height * width,
                ),
            ),
            Mistake(
                "A bias is added and multiplied with nothing: it is no multiply-add.",
                lambda n_in, n_out, side, height, width: (
                    n_out * (n_in * side**2 + 1),
                    n_out * (n_in * side**2 + 1) * height * width,
                ),
            ),
            Mistake(
                "You counted every weight once, as in a dense layer. A kernel is used at every "
                "place of the picture.",
                lambda n_in, n_out, side, height, width: (
                    n_out * (n_in * side**2 + 1),
                    n_out * n_in * side**2,
                ),
            ),
        ),
    ),
    "9.10": Exercise(
        task="It takes probabilities (n, c), labels (n,) and the number of bins, which cut 0 to 1 "
        "evenly; it returns the expected calibration error, one number.",
        solution=_error,
        cases=_in_bins,
        mistakes=(
            Mistake(
                "Every bin counted the same. Weight each distance by the share of the images that "
                "lie in the bin.",
                _unweighted,
            ),
            *(
                Mistake(
                    "Distances of opposite sign canceled: what is left is mean confidence against "
                    "accuracy over all images. Take the absolute value in each bin.",
                    function,
                )
                for function in (_confidence_missing, _confidence_too_large)
            ),
            *(
                Mistake(
                    "A confidence of exactly 1 belongs in the last bin, not behind it.", function
                )
                for function in (_uncertain, _certain_apart)
            ),
            Mistake(
                "You used the probability of the label. The confidence is the largest of a row, "
                "the probability of what the network says.",
                _belief_in_truth,
            ),
        ),
    ),
    "9.11": Exercise(
        task="It takes probabilities (n, c), labels (n,) and how many to find at most; it returns "
        "the row numbers of the worst mistakes, a tensor of whole numbers, the worst first.",
        solution=_worst,
        cases=_to_find,
        mistakes=(
            Mistake(
                "These are places in the list of mistakes. Translate them into row numbers of the "
                "whole set.",
                _among_mistakes,
            ),
            Mistake(
                "Some of these images were read right. A label may have a low probability and "
                "still the largest of its row: take the mistakes first.",
                lambda beliefs, labels, n: beliefs[range(len(labels)), labels].argsort()[:n],
            ),
            Mistake(
                "You sorted by the confidence in the wrong answer. The worst mistake is the one "
                "whose label got the least probability.",
                _surest,
            ),
            Mistake(
                "These are the mildest mistakes: the order is turned around.",
                lambda beliefs, labels, n: worst_mistakes(beliefs, labels, len(labels)).flip(0)[:n],
            ),
        ),
    ),
}
