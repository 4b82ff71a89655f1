"""The exercises of chapter 12: convolutional networks."""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from dlbook.exercises.grading import Exercise, Mistake
from dlbook.scratch.activations import relu
from dlbook.scratch.convolution import correlate

Network = Callable[[Tensor], Tensor]


def _maps(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor, float]]:
    """Draw maps (N, C, H, W), gamma (C,) and beta (C,); some epsilon are large enough to see."""
    for shape, epsilon in (((2, 3, 2, 4), 1e-5), ((4, 2, 3, 5), 0.1), ((1, 4, 3, 2), 0.5)):
        maps = 5 + 3 * torch.randn(shape, generator=generator)
        yield maps, *torch.randn(2, shape[1], generator=generator), epsilon


def _normalized(
    maps: Tensor,
    gamma: Tensor,
    beta: Tensor,
    epsilon: float,
    dims: tuple[int, ...] = (0, 2, 3),
    correction: int = 0,
) -> Tensor:
    variance = maps.var(dims, correction=correction, keepdim=True)
    scaled = (maps - maps.mean(dims, keepdim=True)) / (variance + epsilon).sqrt()
    return gamma[:, None, None] * scaled + beta[:, None, None]


def _divided_by(maps: Tensor, gamma: Tensor, beta: Tensor, divisor: Tensor) -> Tensor:
    """Normalize as it should be, but for the divisor (C,) of each map."""
    scaled = (maps - maps.mean((0, 2, 3), keepdim=True)) / divisor[:, None, None]
    return gamma[:, None, None] * scaled + beta[:, None, None]


def _blocks(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Draw maps (N, C, H, W) and two layers of kernels (C, C, 3, 3)."""
    # Without padding 5 x 5 becomes 1 x 1, which can be added: so that mistake shows by its values.
    for shape in ((2, 3, 5, 5), (1, 2, 6, 5), (3, 4, 5, 8)):
        kernels = torch.randn(2, shape[1], shape[1], 3, 3, generator=generator) / 3
        yield torch.randn(shape, generator=generator), *kernels


def _residual_block(maps: Tensor, first: Tensor, second: Tensor) -> Tensor:
    return maps + relu(correlate(relu(correlate(maps, first, padding=1)), second, padding=1))


def _layer_and_input(maps: Tensor, kernels: Tensor) -> Tensor:
    return maps + relu(correlate(maps, kernels, padding=1))


def _scores(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, float]]:
    """Draw logits (N, C) and labels (N,), with a share to spread."""
    for n, n_classes, share in ((4, 3, 0.1), (3, 5, 0.2), (6, 4, 0.3)):
        labels = torch.randint(n_classes, (n,), generator=generator)
        yield 2 * torch.randn(n, n_classes, generator=generator), labels, share


def _smoothed_loss(logits: Tensor, labels: Tensor, share: float) -> Tensor:
    return functional.cross_entropy(logits, labels, label_smoothing=share)


def _weighted(
    logits: Tensor, labels: Tensor, of_truth: float, of_each: float, dim: int = 1
) -> Tensor:
    """Weigh the logarithm of the true class, and that of every class."""
    log_p = logits.log_softmax(dim)
    return -(of_truth * log_p.gather(1, labels[:, None])[:, 0] + of_each * log_p.sum(1)).mean()


def _bent(weights: Tensor) -> Network:
    """Make a network that does not answer the mean of two images by the mean of two answers."""
    return lambda images: 3 * (images.flatten(1) @ weights).sin()


def _networks(generator: torch.Generator) -> Iterator[tuple[Network, Tensor]]:
    """Give networks without training mode, and images (N, C, H, W) for them."""
    for shape, n_classes in (((2, 3, 4, 5), 4), ((5, 1, 6, 3), 3), ((3, 2, 4, 4), 5)):
        images = torch.randn(shape, generator=generator)
        weights = torch.randn(images[0].numel(), n_classes, generator=generator)
        yield _bent(weights), images


def _with_mirror(network: Network, images: Tensor, dim: int = 3) -> Tensor:
    return (network(images).softmax(1) + network(images.flip(dim)).softmax(1)) / 2


EXERCISES = {
    "12.8": Exercise(
        task="It takes maps (N, C, H, W), gamma (C,), beta (C,) and the number epsilon; it returns "
        "the maps (N, C, H, W) after batch normalization in training mode.",
        solution=_normalized,
        cases=_maps,
        mistakes=(
            Mistake(
                "The variance is the mean of the squared distances; yours divides by one less "
                "than the number of values.",
                partial(_normalized, correction=1),
            ),
            Mistake(
                "Each image was normalized by its own numbers. The mean and the variance of a map "
                "are taken over all images of the batch.",
                partial(_normalized, dims=(2, 3)),
            ),
            Mistake(
                "Each place was normalized by its own numbers. The mean and the variance are taken "
                "over all places of the map too.",
                partial(_normalized, dims=(0,)),
            ),
            Mistake(
                "One mean and one variance served for all maps; each map has its own.",
                partial(_normalized, dims=(0, 1, 2, 3)),
            ),
            Mistake(
                "Epsilon is added to the variance, before the root is taken.",
                lambda maps, gamma, beta, epsilon: _divided_by(
                    maps, gamma, beta, maps.std((0, 2, 3), correction=0) + epsilon
                ),
            ),
            Mistake(
                "You divided by the variance; its root is what has the unit of the maps.",
                lambda maps, gamma, beta, epsilon: _divided_by(
                    maps, gamma, beta, maps.var((0, 2, 3), correction=0) + epsilon
                ),
            ),
            Mistake(
                "The maps have mean 0 and variance 1, but gamma and beta are still to come.",
                lambda maps, gamma, beta, epsilon: _normalized(
                    maps, torch.ones_like(gamma), torch.zeros_like(beta), epsilon
                ),
            ),
        ),
    ),
    "12.9": Exercise(
        task="It takes maps (N, C, H, W) and the kernels (C, C, 3, 3) of two convolutions; it "
        "returns the output (N, C, H, W) of the residual block.",
        solution=_residual_block,
        cases=_blocks,
        mistakes=(
            Mistake(
                "This is what the two layers make of their input. The input itself is not added.",
                lambda maps, first, second: _residual_block(maps, first, second) - maps,
            ),
            Mistake(
                "Your last ReLU comes after the sum, as in the paper. Here it stands inside, and "
                "the maps pass by it as they are.",
                lambda maps, first, second: relu(
                    maps + correlate(relu(correlate(maps, first, padding=1)), second, padding=1)
                ),
            ),
            Mistake(
                "The second convolution has no ReLU; both of them have one.",
                lambda maps, first, second: (
                    maps + correlate(relu(correlate(maps, first, padding=1)), second, padding=1)
                ),
            ),
            Mistake(
                "There is no ReLU between the two convolutions: without it they are a single one.",
                lambda maps, first, second: (
                    maps + relu(correlate(correlate(maps, first, padding=1), second, padding=1))
                ),
            ),
            Mistake(
                "You added the input after each convolution; one sum leads around both.",
                lambda maps, first, second: _layer_and_input(_layer_and_input(maps, first), second),
            ),
            Mistake(
                "Without padding the maps shrink, and what is to be added no longer has the size "
                "of the input.",
                lambda maps, first, second: (
                    maps + relu(correlate(relu(correlate(maps, first)), second))
                ),
            ),
        ),
    ),
    "12.10": Exercise(
        task="It takes logits (N, C), labels (N,) and the share alpha of the target that is spread "
        "over all classes; it returns the mean loss of the batch, a tensor without dimensions.",
        solution=_smoothed_loss,
        cases=_scores,
        mistakes=(
            Mistake(
                "You spread the share over the other classes. It is spread over all of them, the "
                "true one too.",
                lambda logits, labels, share: _weighted(
                    logits,
                    labels,
                    1 - share - share / (logits.shape[1] - 1),
                    share / (logits.shape[1] - 1),
                ),
            ),
            Mistake(
                "The targets of a sample do not sum to 1: the true class, too, gets its part of "
                "the share back.",
                lambda logits, labels, share: _weighted(
                    logits, labels, 1 - share - share / logits.shape[1], share / logits.shape[1]
                ),
            ),
            Mistake(
                "The targets of a sample sum to more than 1: what is spread is taken from the true "
                "class.",
                lambda logits, labels, share: _weighted(
                    logits, labels, 1.0, share / logits.shape[1]
                ),
            ),
            Mistake(
                "Every class got the whole share; it is divided among the classes.",
                lambda logits, labels, share: _weighted(logits, labels, 1 - share, share),
            ),
            Mistake(
                "This is the sum over the samples; the loss of a batch is the mean.",
                lambda logits, labels, share: len(labels) * _smoothed_loss(logits, labels, share),
            ),
            Mistake(
                "The softmax runs over the wrong dimension: dimension 1 holds the classes.",
                lambda logits, labels, share: _weighted(
                    logits, labels, 1 - share, share / logits.shape[1], dim=0
                ),
            ),
            Mistake(
                "This is the cross-entropy without any smoothing.",
                lambda logits, labels, share: functional.cross_entropy(logits, labels),
            ),
        ),
    ),
    "12.11": Exercise(
        task="It takes a network, which makes logits (N, C) of images, and images (N, channels, H, "
        "W); it returns the probabilities (N, C), the mean over an image and its mirror image.",
        solution=_with_mirror,
        cases=_networks,
        mistakes=(
            Mistake(
                "You turned the images upside down; a mirror exchanges left and right.",
                lambda network, images: _with_mirror(network, images, dim=2),
            ),
            Mistake(
                "You took the mean of the logits. The mean is taken of probabilities, so softmax "
                "comes first.",
                lambda network, images: ((network(images) + network(images.flip(3))) / 2).softmax(
                    1
                ),
            ),
            Mistake(
                "You mixed an image with its mirror image, and asked for the mixture. Ask twice.",
                lambda network, images: network((images + images.flip(3)) / 2).softmax(1),
            ),
            Mistake(
                "These are logits; softmax makes probabilities of them.",
                lambda network, images: (network(images) + network(images.flip(3))) / 2,
            ),
            Mistake(
                "The softmax runs over the wrong dimension: dimension 1 holds the classes.",
                lambda network, images: (
                    (network(images).softmax(0) + network(images.flip(3)).softmax(0)) / 2
                ),
            ),
            Mistake(
                "These are the probabilities of the mirror image alone.",
                lambda network, images: network(images.flip(3)).softmax(1),
            ),
        ),
    ),
}
