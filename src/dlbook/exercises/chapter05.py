"""The exercises of chapter 5: layers."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import torch
from torch import Tensor

from dlbook.exercises.grading import Exercise, Mistake
from dlbook.scratch.activations import linear, sigmoid, softmax
from dlbook.scratch.network import Network

Activation = Callable[[Tensor], Tensor]


def _layers(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Draw activations (m, k), weights (j, k) and biases (j,)."""
    for m, k, j in ((2, 3, 4), (4, 3, 3), (3, 5, 2)):
        sizes = ((m, k), (j, k), (j,))
        yield tuple(torch.randn(size, generator=generator) for size in sizes)  # type: ignore[misc]


def _layer(activations: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
    return sigmoid(activations @ weights.T + biases)


def _count(widths: list[int]) -> int:
    return sum(parameter.numel() for parameter in Network(*widths).parameters)


def _count_weights(widths: list[int]) -> int:
    return sum(k * j for k, j in pairwise(widths))


def _networks(generator: torch.Generator) -> Iterator[tuple[Tensor, list[Tensor], list[Tensor]]]:
    """Draw inputs (m, k), weights and biases; the last case is the worked forward pass."""
    for m, *widths in ((4, 3, 2), (2, 4, 3, 5), (3, 2, 4, 4, 3)):
        weights = [torch.randn(j, k, generator=generator) for k, j in pairwise(widths)]
        biases = [torch.randn(j, generator=generator) for j in widths[1:]]
        yield torch.randn(m, widths[0], generator=generator), weights, biases
    weights = [torch.full((3, 3), 0.05), torch.full((3, 3), 0.025), torch.ones(2, 3)]
    biases = [torch.tensor([0.01, 0.02, 0.03][:j]) for j in (3, 3, 2)]
    yield torch.tensor([[1.5, 2.5, 3.0]]), weights, biases


def _forward(inputs: Tensor, weights: list[Tensor], biases: list[Tensor]) -> Tensor:
    network = Network(inputs.shape[1], *map(len, biases), output="softmax")
    network.weights, network.biases = weights, biases
    return network.forward(inputs).outputs


def _forward_with(
    hidden: Activation,
    output: Activation,
    inputs: Tensor,
    weights: list[Tensor],
    biases: list[Tensor],
) -> Tensor:
    """Make a forward pass with functions of one's own."""
    a = inputs
    for number, (w, b) in enumerate(zip(weights, biases, strict=True), start=1):
        a = (output if number == len(weights) else hidden)(a @ w.T + b)
    return a


def _two_layers(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Draw weights (j, k), biases (j,), then weights (i, j) and biases (i,) of the next layer."""
    for k, j, i in ((3, 4, 2), (3, 2, 3), (3, 3, 3)):
        sizes = ((j, k), (j,), (i, j), (i,))
        yield tuple(torch.randn(size, generator=generator) for size in sizes)  # type: ignore[misc]


def _merged(w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> tuple[Tensor, Tensor]:
    return w2 @ w1, w2 @ b1 + b2


EXERCISES = {
    "5.8": Exercise(
        task="It takes the activations (m, k) that come in, the weights (j, k) and the biases "
        "(j,) of a layer of sigmoid neurons; it returns the activations (m, j) that go out.",
        solution=_layer,
        cases=_layers,
        mistakes=(
            Mistake(
                "The weights are not turned over. A row of the activations is a sample and a row "
                "of the weights is a neuron: row has to meet row.",
                lambda activations, weights, biases: sigmoid(activations @ weights + biases),
            ),
            Mistake(
                "It is right for samples in columns. In this book each row is a sample, in what "
                "comes in and in what goes out.",
                lambda activations, weights, biases: _layer(activations, weights, biases).T,
            ),
            Mistake(
                "The biases are missing.",
                lambda activations, weights, biases: sigmoid(activations @ weights.T),
            ),
            Mistake(
                "The weighted inputs came out; the activation function is missing.",
                lambda activations, weights, biases: activations @ weights.T + biases,
            ),
            Mistake(
                "The biases come too late: they belong to the weighted input, inside the sigmoid.",
                lambda activations, weights, biases: sigmoid(activations @ weights.T) + biases,
            ),
        ),
    ),
    "5.9": Exercise(
        task="It takes a list of widths, from the inputs to the outputs, such as [784, 15, 10]; "
        "it returns the number of parameters of that network of dense layers, a whole number.",
        solution=_count,
        cases=lambda _: (([784, 15, 10],), ([3, 3, 3, 2],), ([5, 1],), ([2, 7, 4, 1, 3],)),
        mistakes=(
            Mistake(
                "These are the weights alone. Each neuron has a bias too.",
                _count_weights,
            ),
            Mistake(
                "You gave biases to the inputs. Layer 0 computes nothing and has none.",
                lambda widths: _count_weights(widths) + sum(widths),
            ),
            Mistake(
                "You counted a bias for each input of a layer; it is one for each neuron.",
                lambda widths: _count_weights(widths) + sum(widths[:-1]),
            ),
            Mistake(
                "You counted one bias in each layer; it is one for each neuron.",
                lambda widths: _count_weights(widths) + len(widths) - 1,
            ),
        ),
    ),
    "5.10": Exercise(
        task="It takes inputs (m, k), a list of weights and a list of biases, one of each for "
        "every layer; it returns the outputs of the network, whose hidden layers are sigmoid and "
        "whose last layer is softmax.",
        solution=_forward,
        cases=_networks,
        mistakes=(
            Mistake(
                "The last layer applies the sigmoid, and softmax to that. Its output function "
                "takes the place of the sigmoid.",
                lambda *case: _forward_with(sigmoid, lambda z: softmax(sigmoid(z)), *case),
            ),
            Mistake(
                "The last layer uses the sigmoid too. Its outputs should sum to 1 for each sample.",
                lambda *case: _forward_with(sigmoid, sigmoid, *case),
            ),
            Mistake(
                "The outputs sum to 1 over the samples. Each sample is a row, and its "
                "probabilities sum to 1 along it.",
                lambda *case: _forward_with(sigmoid, lambda z: softmax(z, dim=0), *case),
            ),
            Mistake(
                "The weighted inputs of the last layer came out; softmax is missing.",
                lambda *case: _forward_with(sigmoid, linear, *case),
            ),
            Mistake(
                "The hidden layers use softmax too. It is the output function alone.",
                lambda *case: _forward_with(softmax, softmax, *case),
            ),
            Mistake(
                "The hidden layers have no activation function, so that all layers together are "
                "one.",
                lambda *case: _forward_with(linear, softmax, *case),
            ),
        ),
    ),
    "5.11": Exercise(
        task="It takes the weights (j, k) and biases (j,) of a linear layer, then the weights "
        "(i, j) and biases (i,) of the linear layer after it; it returns the weights (i, k) and "
        "the biases (i,) of the one layer that does the same.",
        solution=_merged,
        cases=_two_layers,
        mistakes=(
            Mistake(
                "The product is the wrong way round. The layer that works first stands next to "
                "the inputs, at the right.",
                lambda w1, b1, w2, b2: (w1 @ w2, w2 @ b1 + b2),
            ),
            Mistake(
                "The weights are transposed: a row of them is a neuron of the second layer.",
                lambda w1, b1, w2, b2: ((w2 @ w1).T, w2 @ b1 + b2),
            ),
            Mistake(
                "The biases of the first layer are lost. They go through the second layer like "
                "everything else.",
                lambda w1, b1, w2, b2: (w2 @ w1, b2),
            ),
            Mistake(
                "The biases of the second layer are missing.",
                lambda w1, b1, w2, b2: (w2 @ w1, w2 @ b1),
            ),
            Mistake(
                "The biases of the first layer do not just add to the others: they go through "
                "the weights of the second layer, like everything that the first puts out.",
                lambda w1, b1, w2, b2: (w2 @ w1, b1 + b2),
            ),
        ),
    ),
}
