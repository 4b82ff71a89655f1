"""Networks that more than one chapter uses.

A multilayer perceptron (MLP) is dense layers with an activation function between them. It returns
logits, the scores before softmax, because PyTorch's cross-entropy applies the softmax itself.
Chapter 1, "A first network", tells the idea.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

from torch import Tensor, nn

from dlbook import _checks


class MLP(nn.Module):
    """Dense layers of the given widths, an activation function after each but the last.

    Parameters
    ----------
    *widths
        Numbers of neurons, from the inputs to the outputs: ``MLP(784, 512, 10)`` has 784 inputs,
        one hidden layer of 512 neurons and 10 outputs. ``MLP(784, 10)`` is a linear model.
    activation
        A function that builds the activation, `torch.nn.Identity` for none.
    dropout
        Probability with which each hidden activation is set to zero while training.

    Attributes
    ----------
    widths
        The numbers of neurons.
    layers
        The layers in their order, a `torch.nn.Sequential`: a slice of it is part of the network.

    Raises
    ------
    TypeError, ValueError
        If fewer than two widths are given, a width is no whole number of at least 1, or `dropout`
        is not in [0, 1).

    Notes
    -----
    The output has no activation: it is a row of logits for each input, shape (N, widths[-1]).
    """

    def __init__(
        self,
        *widths: int,
        activation: Callable[[], nn.Module] = nn.ReLU,
        dropout: float = 0.0,
    ) -> None:
        if len(widths) < 2:
            raise ValueError(f"widths must name inputs and outputs, found {widths}")
        for width in widths:
            _checks.at_least_one("widths", width)
        _checks.fraction("dropout", dropout, zero=True)
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise(widths[:-1]):
            layers += [nn.Linear(n_in, n_out), activation()]
            if dropout:
                layers.append(nn.Dropout(dropout))
        super().__init__()
        self.widths = widths
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-2], widths[-1]))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the logits of a batch.

        Parameters
        ----------
        inputs
            Floating-point tensor of shape (N, widths[0]).

        Returns
        -------
        Tensor
            Logits, shape (N, widths[-1]).

        Raises
        ------
        TypeError, ValueError
            If `inputs` holds whole numbers or has another shape.
        """
        if not inputs.is_floating_point():
            raise TypeError(
                f"inputs must hold floating-point numbers, found {inputs.dtype}; "
                "scale 8-bit images: inputs.float() / 255"
            )
        if inputs.ndim != 2 or inputs.shape[1] != self.widths[0]:
            raise ValueError(
                f"inputs must have shape (N, {self.widths[0]}), found {tuple(inputs.shape)}; "
                "flatten images with inputs.flatten(1)"
            )
        logits: Tensor = self.layers(inputs)
        return logits


def count_parameters(model: nn.Module) -> int:
    """Count the numbers that training adjusts: the sizes of the trainable tensors.

    Parameters
    ----------
    model
        Any network.

    Returns
    -------
    int
        Frozen parameters are not counted.
    """
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


@contextmanager
def mode(model: nn.Module, *, training: bool) -> Iterator[None]:
    """Put `model` in training or evaluation mode; give each of its modules its own mode back after.

    Parameters
    ----------
    model
        The network. Dropout and batch normalization behave differently in the two modes.
    training
        True for training mode.

    Yields
    ------
    None
        While the block of the ``with`` statement runs.
    """
    before = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, was_training in before:
            module.training = was_training
