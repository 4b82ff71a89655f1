"""Networks that more than one chapter uses.

A multilayer perceptron (MLP) is dense layers with an activation function between them. It returns
logits, the scores before softmax, because PyTorch's cross-entropy applies the softmax itself.
Chapter 1, "A first network", tells the idea.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from torch import Tensor, nn

from dlbook import _checks


class MLP(nn.Sequential):
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
        for n_in, n_out in zip(widths[:-2], widths[1:-1], strict=True):
            layers += [nn.Linear(n_in, n_out), activation()]
            if dropout:
                layers.append(nn.Dropout(dropout))
        super().__init__(*layers, nn.Linear(widths[-2], widths[-1]))
        self.widths = widths

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
        outputs: Tensor = super().forward(inputs)
        return outputs


def count_parameters(model: nn.Module) -> int:
    """Return how many numbers training adjusts in `model`: the sizes of its trainable tensors."""
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
    """
    before = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, was_training in before:
            module.training = was_training
