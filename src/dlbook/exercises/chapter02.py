"""The exercises of chapter 2: tensors."""

from collections.abc import Iterator

import torch
from torch import Tensor

from dlbook.exercises.grading import Exercise, Mistake
from dlbook.scratch.activations import softmax
from dlbook.scratch.tensors import reduce


def _darkrooms(generator: torch.Generator) -> Iterator[tuple[Tensor, int]]:
    """Draw 8-bit images (1, height, width) and whole numbers to add to their pixels."""
    for shape, amount in (((1, 2, 3), 100), ((1, 4, 2), -80), ((1, 3, 3), 150)):
        yield torch.randint(256, shape, generator=generator, dtype=torch.uint8), amount


def _brightened(image: Tensor, amount: int) -> Tensor:
    return (image.int() + amount).clamp(0, 255).to(torch.uint8)


def _labeled(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, int]]:
    """Draw 8-bit images (n, channels, height, width), labels (n,), and one of the labels."""
    for (n, *sides), label in (((6, 1, 2, 3), 1), ((9, 3, 4, 2), 0), ((7, 1, 3, 3), 2)):
        images = torch.randint(256, (n, *sides), generator=generator, dtype=torch.uint8)
        # Each of three labels comes up at least twice.
        labels = torch.arange(n)[torch.randperm(n, generator=generator)] % 3
        yield images, labels, label


def _mean_image(images: Tensor, labels: Tensor, label: int) -> Tensor:
    chosen = images[labels == label].float()
    return reduce(chosen, ("image", "channel", "row", "column"), over=("image",), how="mean")


def _colored(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Draw images (n, C, H, W) with W = C, with H = C and with n = C; means and deviations (C,)."""
    for shape in ((2, 3, 4, 3), (5, 4, 4, 2), (3, 3, 2, 5)):
        images = torch.rand(shape, generator=generator)
        means, deviations = torch.rand(2, shape[1], generator=generator)
        yield images, means, deviations + 0.5


def _normalized(images: Tensor, means: Tensor, deviations: Tensor) -> Tensor:
    return (images - means.reshape(-1, 1, 1)) / deviations.reshape(-1, 1, 1)


def _scores(generator: torch.Generator) -> Iterator[tuple[Tensor, int]]:
    """Draw tensors of two and three dimensions, and one of these dimensions."""
    for shape, dim in (((2, 3), 1), ((4, 3), 0), ((3, 3), 1), ((2, 3, 4), 1)):
        yield torch.randn(shape, generator=generator), dim


EXERCISES = {
    "2.8": Exercise(
        task="It takes an 8-bit image (1, height, width) and a whole number, which may be "
        "negative; it returns the image with that number added to every pixel, in 8 bits again, "
        "where less than 0 becomes 0 and more than 255 becomes 255.",
        solution=_brightened,
        cases=_darkrooms,
        mistakes=(
            Mistake(
                "Values beyond 0 and 255 wrapped around. Convert to a type with more room before "
                "you add, and stop at both ends before you convert back.",
                lambda image, amount: (image.int() + amount).to(torch.uint8),
            ),
            Mistake(
                "It stops at 255 only. With a negative number, dark pixels fall below 0 and wrap "
                "around.",
                lambda image, amount: (image.int() + amount).clamp(max=255).to(torch.uint8),
            ),
            Mistake(
                "Some pixels lie outside of 0 to 255, where an 8-bit image has no numbers.",
                lambda image, amount: image.int() + amount,
            ),
        ),
    ),
    "2.9": Exercise(
        task="It takes 8-bit images (n, channels, height, width), labels (n,) and one label; it "
        "returns the mean of the images with that label, shape (channels, height, width), "
        "floating-point.",
        solution=_mean_image,
        cases=_labeled,
        mistakes=(
            Mistake(
                "8-bit numbers have no mean in PyTorch; convert them to floating point first.",
                lambda images, labels, label: images[labels == label].mean(dim=0),
            ),
            Mistake(
                "This is the mean of all images. Choose those with the label first: a comparison "
                "of the labels makes a mask.",
                lambda images, labels, label: images.float().mean(dim=0),
            ),
            Mistake(
                "You divided by the number of all images; only those with the label were added up.",
                lambda images, labels, label: images[labels == label].sum(dim=0) / len(images),
            ),
            Mistake(
                "One number came out for each image. `dim` names the dimension that disappears, "
                "and that is the images, not the pixels.",
                lambda images, labels, label: images[labels == label].float().mean(dim=(1, 2, 3)),
            ),
            Mistake(
                "One number came out for all. `dim` names the dimension that disappears; without "
                "it, all do.",
                lambda images, labels, label: images[labels == label].float().mean(),
            ),
        ),
    ),
    "2.10": Exercise(
        task="It takes images (n, channels, height, width), floating-point, and for each channel "
        "a mean and a standard deviation, both (channels,); it returns the images with each "
        "channel less its mean and divided by its standard deviation.",
        solution=_normalized,
        cases=_colored,
        mistakes=(
            Mistake(
                "Shapes are aligned at the right, so that the means meet the width: an error, "
                "or worse, none where the width happens to be the number of channels.",
                lambda images, means, deviations: (images - means) / deviations,
            ),
            Mistake(
                "The means meet the height. Two dimensions stand to the right of the channels, "
                "and each needs a size of 1.",
                lambda images, means, deviations: (
                    (images - means.unsqueeze(1)) / deviations.unsqueeze(1)
                ),
            ),
            Mistake(
                "The means meet the images, not the channels: one dimension of size 1 too many "
                "stands at the right.",
                lambda images, means, deviations: (
                    (images - means.reshape(-1, 1, 1, 1)) / deviations.reshape(-1, 1, 1, 1)
                ),
            ),
            Mistake(
                "The means are gone, but nothing is divided by the standard deviations.",
                lambda images, means, deviations: images - means.reshape(-1, 1, 1),
            ),
            Mistake(
                "Only the means are divided, because a division comes before a subtraction. Put "
                "the difference in parentheses.",
                lambda images, means, deviations: images - (means / deviations).reshape(-1, 1, 1),
            ),
        ),
    ),
    "2.11": Exercise(
        task="It takes a tensor of scores of any shape, and the number of one of its dimensions; "
        "it returns the softmax along that dimension, of the same shape.",
        solution=softmax,
        cases=_scores,
        mistakes=(
            Mistake(
                "The sums lost the dimension that they run along, and so meet the wrong one when "
                "you divide. Keep it, with size 1.",
                lambda scores, dim: scores.exp() / scores.exp().sum(dim),
            ),
            Mistake(
                "All numbers together sum to 1. The sum has to run along one dimension, the one "
                "that is given.",
                lambda scores, dim: scores.exp() / scores.exp().sum(),
            ),
            *(
                Mistake(
                    "You always take the same dimension; take the one that is given.",
                    lambda scores, dim, always=always: softmax(scores, always),
                )
                for always in (0, 1, -1)
            ),
            Mistake(
                "The sums are 1, but some numbers may be negative: raise e to the power of each "
                "score first.",
                lambda scores, dim: scores / scores.sum(dim, keepdim=True),
            ),
        ),
    ),
}
