"""The exercises of chapter 13: transfer learning."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from dlbook.exercises.grading import Exercise, Mistake
from dlbook.models import count_parameters
from dlbook.transfer import Classifier, freeze


def _maps(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Draw maps (N, C, H, W), weights (K, C) and biases (K,)."""
    # The first weights are square, so that a transpose does not fail but shows by its values.
    for shape, n_classes in (((2, 3, 4, 5), 3), ((5, 4, 3, 2), 2), ((1, 2, 3, 3), 5)):
        weights = torch.randn(n_classes, shape[1], generator=generator)
        maps = torch.randn(shape, generator=generator)
        yield maps, weights, torch.randn(n_classes, generator=generator)


def _logits(maps: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
    return functional.linear(maps.mean((2, 3)), weights, biases)


def _photographs(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Draw 8-bit images (N, 3, H, W), and the mean and standard deviation of each channel."""
    # Three columns, once: there, numbers that meet the columns do not fail.
    for n, height, width in ((2, 4, 3), (1, 2, 5), (3, 3, 4)):
        images = torch.randint(256, (n, 3, height, width), generator=generator)
        mean, sd = (low + 0.1 * torch.rand(3, generator=generator) for low in (0.4, 0.2))
        yield images.to(torch.uint8), mean, sd


def _prepared(images: Tensor, mean: Tensor, sd: Tensor, largest: float = 255) -> Tensor:
    return (images.float() / largest - mean[:, None, None]) / sd[:, None, None]


def _classifiers(generator: torch.Generator) -> Iterator[tuple[Classifier, Tensor]]:
    """Build small classifiers, in training mode as they begin, and draw images for them."""
    for shape, n_features, n_classes in (((2, 3, 4, 5), 4, 2), ((5, 3, 6, 4), 2, 3)):
        body = nn.Sequential(
            nn.Conv2d(3, n_features, 3, bias=False),
            nn.BatchNorm2d(n_features),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
        model = Classifier(body, n_features, n_classes)
        for values in model.state_dict().values():  # running means included
            if values.is_floating_point():
                values.uniform_(0.5, 1.5, generator=generator)
        yield model, torch.randn(shape, generator=generator)


def _frozen(model: Classifier, images: Tensor) -> tuple[int, Tensor]:
    freeze(model.body)
    return count_parameters(model), model.body(images)


def _in_training_mode(model: Classifier, images: Tensor) -> Tensor:
    features: Tensor = model.body.train()(images)
    return features


def _in_evaluation_mode(model: Classifier, images: Tensor) -> Tensor:
    features: Tensor = model.body.eval()(images)
    return features


def _scores(generator: torch.Generator) -> Iterator[tuple[Tensor, list[int]]]:
    """Draw logits (N, classes), and choose columns; they are in no order."""
    for shape, columns in (((4, 6), [3, 1]), ((5, 7), [6, 0, 2]), ((2, 9), [8, 7])):
        yield 2 * torch.randn(shape, generator=generator), columns


def _among(logits: Tensor, columns: list[int]) -> Tensor:
    return logits[:, columns].softmax(1)


EXERCISES = {
    "13.8": Exercise(
        task="It takes the maps (N, C, H, W) that come out of the features, and the weights (K, C) "
        "and biases (K,) of a head; it returns the logits (N, K).",
        solution=_logits,
        cases=_maps,
        mistakes=(
            Mistake(
                "You took the maximum of each map; avgpool takes the mean.",
                lambda maps, weights, biases: _logits(
                    maps.amax((2, 3), keepdim=True), weights, biases
                ),
            ),
            Mistake(
                "You added up the places of each map; avgpool takes their mean, so that the size "
                "of the image does not matter.",
                lambda maps, weights, biases: functional.linear(maps.sum((2, 3)), weights, biases),
            ),
            Mistake(
                "The biases are missing: one for each class.",
                lambda maps, weights, biases: _logits(maps, weights, torch.zeros_like(biases)),
            ),
            Mistake(
                "The weights have a row for each class, and the samples are rows as well: one of "
                "the two must be transposed.",
                lambda maps, weights, biases: maps.mean((2, 3)) @ weights + biases,
            ),
            Mistake(
                "These are probabilities. Logits are what softmax gets.",
                lambda *case: _logits(*case).softmax(1),
            ),
        ),
    ),
    "13.9": Exercise(
        task="It takes 8-bit images (N, 3, H, W), and the mean (3,) and the standard deviation "
        "(3,) of the channels for pixels from 0 to 1; it returns the prepared images (N, 3, H, W).",
        solution=_prepared,
        cases=_photographs,
        mistakes=(
            Mistake(
                "Mean and standard deviation are those of pixels from 0 to 1; yours still go to "
                "255.",
                lambda images, mean, sd: _prepared(images, mean, sd, largest=1),
            ),
            Mistake(
                "The largest pixel of 8 bits is 255; you divided by another number.",
                lambda images, mean, sd: _prepared(images, mean, sd, largest=256),
            ),
            Mistake(
                "The mean is subtracted first; you divided by the standard deviation before.",
                lambda images, mean, sd: images / 255 / sd[:, None, None] - mean[:, None, None],
            ),
            Mistake(
                "The mean is subtracted, the standard deviation is still to come.",
                lambda images, mean, sd: _prepared(images, mean, torch.ones_like(sd)),
            ),
            Mistake(
                "The three numbers met the columns. Shape them (3, 1, 1), and they meet the "
                "channels.",
                lambda images, mean, sd: (images / 255 - mean) / sd,
            ),
            Mistake(
                "You standardized the images by their own numbers. The weights want those of the "
                "images on which they were trained.",
                lambda images, mean, sd: _prepared(
                    images,
                    (images / 255).mean((0, 2, 3)),
                    (images / 255).std((0, 2, 3)),
                ),
            ),
        ),
    ),
    "13.10": Exercise(
        task="It takes a classifier with the parts `body` and `head`, in training mode, and "
        "prepared images (N, 3, H, W); it returns the number of its trainable parameters after "
        "the body is frozen, and the features (N, n) that the frozen body makes of the images.",
        solution=_frozen,
        cases=_classifiers,
        mistakes=(
            Mistake(
                "The parameters stand still, but batch normalization still uses the numbers of "
                "the batch, and moves its running means. Which mode ends that?",
                lambda model, images: (
                    count_parameters(model.head),
                    _in_training_mode(model, images),
                ),
            ),
            Mistake(
                "The mode is right, but the parameters of the body are among those that you "
                "counted. They must not ask for a gradient, and only those that do are trainable.",
                lambda model, images: (
                    count_parameters(model),
                    _in_evaluation_mode(model, images),
                ),
            ),
            Mistake(
                "The body learns on: its parameters ask for a gradient, and it is in training "
                "mode.",
                lambda model, images: (
                    count_parameters(model),
                    _in_training_mode(model, images),
                ),
            ),
            Mistake(
                "Nothing is left to learn. Freeze the body only, not the head.",
                lambda model, images: (0, _in_evaluation_mode(model, images)),
            ),
            Mistake(
                "You counted the tensors. Each of them holds many parameters.",
                lambda model, images: (
                    len(list(model.head.parameters())),
                    _in_evaluation_mode(model, images),
                ),
            ),
        ),
    ),
    "13.11": Exercise(
        task="It takes logits (N, classes) and a list of k columns; it returns the probabilities "
        "(N, k) of these classes, in the order of the list, if no other class is allowed.",
        solution=_among,
        cases=_scores,
        mistakes=(
            Mistake(
                "The probabilities of a row do not sum to 1: the other classes have kept their "
                "share.",
                lambda logits, columns: logits.softmax(1)[:, columns],
            ),
            Mistake(
                "The classes come out in the order of their numbers. The first column of the "
                "result belongs to the first class of the list.",
                lambda logits, columns: _among(logits, sorted(columns)),
            ),
            Mistake(
                "The softmax runs over the samples; a sample has its probabilities in a row.",
                lambda logits, columns: logits[:, columns].softmax(0),
            ),
            Mistake(
                "These are the logits of the classes; softmax makes probabilities of them.",
                lambda logits, columns: logits[:, columns],
            ),
            Mistake(
                "This is the answer, one class for each sample. Asked for are the probabilities.",
                lambda logits, columns: logits[:, columns].argmax(1),
            ),
        ),
    ),
}
