"""The exercises of chapter 3: from perceptron to neuron.

The cases are of PyTorch's default type, so that tensors that an answer makes fit to them: the
chapter sets it to float64.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from dlbook.exercises.grading import Exercise, Mistake
from dlbook.scratch.activations import sigmoid, sigmoid_derivative, softmax, softmax_jacobian
from dlbook.scratch.neuron import SigmoidNeuron
from dlbook.scratch.perceptron import fires, learn


def _whole(generator: torch.Generator, *shape: int) -> Tensor:
    """Draw whole numbers from -2 to 2, stored as floating-point, whose sums are exact."""
    return torch.randint(-2, 3, shape, generator=generator).to(torch.get_default_dtype())


def _units(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, float]]:
    """Draw inputs (n, k), weights (k,) and a threshold that some of the sums hit exactly."""
    for n, k, threshold in ((8, 2, 1.0), (12, 3, -2.0), (10, 4, 0.0)):
        yield _whole(generator, n, k), _whole(generator, k), threshold


def _samples(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Draw inputs (n, k) and labels (n,) of 0 and 1."""
    for n, k in ((6, 2), (10, 3), (15, 2)):
        inputs = torch.randn(n, k, generator=generator)
        yield inputs, (torch.rand(n, generator=generator) < 0.5).to(inputs.dtype)


def _one_pass(inputs: Tensor, labels: Tensor) -> tuple[Tensor, float]:
    learned = learn(inputs, labels, max_passes=1)
    return learned.weights, learned.bias.item()


def _error(y: Tensor, z: Tensor) -> Tensor:
    return y - (z > 0).to(y.dtype)


def _pass_with(
    error: Callable[[Tensor, Tensor], Tensor], inputs: Tensor, labels: Tensor, one: float = 1.0
) -> tuple[Tensor, float]:
    """Make one pass with an error of one's own, a function of label and weighted sum."""
    weights, bias = torch.zeros_like(inputs[0]), torch.tensor(0.0)
    for x, y in zip(inputs, labels, strict=True):
        e = error(y, x @ weights + bias)
        weights, bias = weights + e * x, bias + e * one
    return weights, bias.item()


def _neurons(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor, float]]:
    """Draw inputs (n, k), labels (n,), weights (k,) and a bias."""
    drawn = zip(_samples(generator), (0.5, -1.0, 0.8), strict=True)
    for (inputs, labels), bias in drawn:
        yield inputs, labels, torch.randn(inputs.shape[1], generator=generator), bias


def _gradient(inputs: Tensor, labels: Tensor, weights: Tensor, bias: float) -> tuple[Tensor, float]:
    neuron = SigmoidNeuron(weights, bias)
    error = neuron.output(inputs) - labels
    by_weight, by_bias = neuron.derivatives(inputs)
    return error @ by_weight / len(inputs), (error @ by_bias).item() / len(inputs)


def _gradient_with(
    slope: Callable[[Tensor], Tensor],
    inputs: Tensor,
    labels: Tensor,
    weights: Tensor,
    bias: float,
) -> tuple[Tensor, float]:
    """Compute the gradient with a slope of one's own, a function of z."""
    z = inputs @ weights + bias
    delta = (sigmoid(z) - labels) * slope(z) / len(inputs)
    return delta @ inputs, delta.sum().item()


def _times(factor: float, gradient: tuple[Tensor, float]) -> tuple[Tensor, float]:
    return factor * gradient[0], factor * gradient[1]


def _scores(generator: torch.Generator) -> Iterator[tuple[Tensor]]:
    """Draw scores (C,)."""
    for n_classes in (3, 2, 5):
        yield (torch.randn(n_classes, generator=generator),)


EXERCISES = {
    "3.8": Exercise(
        task="It takes inputs (n, k), weights (k,) and a threshold; it returns 1 for each row of "
        "the inputs for which the unit fires, and 0 for the others, floating-point, shape (n,).",
        solution=lambda inputs, weights, threshold: fires(inputs, weights, -threshold),
        cases=_units,
        mistakes=(
            Mistake(
                "You took the threshold for a bias: they differ in sign. The larger the threshold, "
                "the harder it is to make the unit fire.",
                fires,
            ),
            Mistake(
                "The unit fires above the threshold. A sum that equals it is not enough.",
                lambda inputs, weights, threshold: (inputs @ weights >= threshold).to(inputs.dtype),
            ),
            Mistake(
                "The weighted sums came out. The unit only says whether a sum lies above the "
                "threshold.",
                lambda inputs, weights, threshold: inputs @ weights,
            ),
            Mistake(
                "The weighted sums came out, less the threshold. The unit only says whether that "
                "is above 0.",
                lambda inputs, weights, threshold: inputs @ weights - threshold,
            ),
        ),
    ),
    "3.9": Exercise(
        task="It takes inputs (n, k) and labels (n,) of 0 and 1; it returns the weights (k,) and "
        "the bias, a number, after one pass of Rosenblatt's rule from a start at 0.",
        solution=_one_pass,
        cases=_samples,
        mistakes=(
            Mistake(
                "You found all mistakes with the weights of the start. The rule looks at one "
                "sample after another, each with the weights as they are by then.",
                lambda inputs, labels: (labels @ inputs, labels.sum().item()),
            ),
            Mistake(
                "A sum of exactly 0 does not fire. It matters at the start, where all sums are 0.",
                lambda inputs, labels: _pass_with(
                    lambda y, z: y - (z >= 0).to(y.dtype), inputs, labels
                ),
            ),
            Mistake(
                "You add after a miss, but do not subtract when the unit fires and should not.",
                lambda inputs, labels: _pass_with(
                    lambda y, z: _error(y, z).clamp(min=0), inputs, labels
                ),
            ),
            Mistake(
                "Something changes although the output is right: for those samples the error is "
                "0, and with it the update.",
                lambda inputs, labels: _pass_with(lambda y, z: 2 * y - 1, inputs, labels),
            ),
            Mistake(
                "You go the wrong way: after a miss the sum has to grow, so the input is added.",
                lambda inputs, labels: _pass_with(lambda y, z: -_error(y, z), inputs, labels),
            ),
            Mistake(
                "The bias stays 0. Treat it as the weight of one more input that is always 1.",
                lambda inputs, labels: _pass_with(_error, inputs, labels, one=0.0),
            ),
        ),
    ),
    "3.10": Exercise(
        task="It takes inputs (n, k), labels (n,), and the weights (k,) and the bias of a sigmoid "
        "neuron; it returns the gradient of the quadratic cost: a tensor (k,) for the weights, "
        "and a number for the bias.",
        solution=_gradient,
        cases=_neurons,
        mistakes=(
            Mistake(
                "The slope of the sigmoid is missing: a change of z reaches the output by way of "
                "it.",
                lambda *case: _gradient_with(torch.ones_like, *case),
            ),
            Mistake(
                "The slope is taken at the output a; its place is z. (If you write it with a, it "
                "is a times 1 - a.)",
                lambda *case: _gradient_with(lambda z: sigmoid_derivative(sigmoid(z)), *case),
            ),
            Mistake(
                "You added the samples up; the cost is a mean.",
                lambda *case: _times(len(case[0]), _gradient(*case)),
            ),
            Mistake(
                "It is twice too large. The half in the cost cancels the 2 that comes from the "
                "square.",
                lambda *case: _times(2, _gradient(*case)),
            ),
            Mistake(
                "Every sign is turned around: the error is output less label. The minus of the "
                "update is no part of the gradient.",
                lambda *case: _times(-1, _gradient(*case)),
            ),
            Mistake(
                "The bias is missing in z.",
                lambda inputs, labels, weights, bias: _gradient(inputs, labels, weights, 0.0),
            ),
        ),
    ),
    "3.11": Exercise(
        task="It takes scores (C,); it returns the Jacobian of softmax (C, C): row j, column k "
        "says how probability j changes with score k.",
        solution=softmax_jacobian,
        cases=_scores,
        mistakes=(
            Mistake(
                "Only the diagonal is filled, as if each probability depended on its own score "
                "alone. Raise one score, and the other probabilities fall.",
                lambda scores: softmax_jacobian(scores).diagonal().diag(),
            ),
            Mistake(
                "Off the diagonal it is right, on it something is missing: a probability grows "
                "with its own score.",
                lambda scores: -torch.outer(softmax(scores), softmax(scores)),
            ),
            Mistake(
                "Off the diagonal the sign is wrong: what one class gains, the others lose, so "
                "that each column sums to 0.",
                lambda scores: softmax_jacobian(scores).abs(),
            ),
            Mistake(
                "You multiplied the scores; the formula multiplies their softmax.",
                lambda scores: scores.diag() - torch.outer(scores, scores),
            ),
        ),
    ),
}
