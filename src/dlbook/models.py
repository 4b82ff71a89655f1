"""Networks that more than one chapter uses, each small enough to read on one screen.

All of them return logits, the scores before softmax, because PyTorch's cross-entropy applies the
softmax itself. Dense layers come first (chapters 1 and 10), convolutional networks after them
(chapters 9 and 12); `describe` lists the layers of any network with their shapes and their cost.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

import torch
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

    Examples
    --------
    >>> network = MLP(784, 512, 10)
    >>> network(torch.zeros(2, 784)).shape
    torch.Size([2, 10])
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
        _check_rows(inputs, self.widths[0])
        logits: Tensor = self.layers(inputs)
        return logits


class SingleNeuron(nn.Module):
    """One sigmoid neuron that tells one class from all others.

    Parameters
    ----------
    n_inputs
        Number of inputs.

    Attributes
    ----------
    neuron
        The weights and the bias, a `torch.nn.Linear` with one output z.

    Raises
    ------
    TypeError, ValueError
        If `n_inputs` is no whole number of at least 1.

    Notes
    -----
    The output is the row (0, z) for each input, shape (N, 2): class 1 is "this class". The softmax
    of (0, z) is (1 - sigmoid(z), sigmoid(z)), and its cross-entropy is the binary cross-entropy of
    sigmoid(z), so that the neuron trains and evaluates like any other classifier. Chapter 10.
    """

    def __init__(self, n_inputs: int) -> None:
        _checks.at_least_one("n_inputs", n_inputs)
        super().__init__()
        self.neuron = nn.Linear(n_inputs, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the two scores of each input.

        Parameters
        ----------
        inputs
            Floating-point tensor of shape (N, n_inputs).

        Returns
        -------
        Tensor
            Scores (0, z), shape (N, 2).

        Raises
        ------
        TypeError, ValueError
            If `inputs` holds whole numbers or has another shape.
        """
        _check_rows(inputs, self.neuron.in_features)
        z = self.neuron(inputs)
        return torch.cat([torch.zeros_like(z), z], dim=1)


class SimpleCNN(nn.Module):
    """INPUT-[CONV-RELU-POOL]-FC: the convolutional network in its plainest form.

    Parameters
    ----------
    n_channels, side
        Channels and side of the square input images, in pixels.
    n_classes
        Number of classes.
    widths
        Number of kernels, 3 x 3, of each convolution. Each is followed by ReLU and by max pooling
        over 2 x 2, which halves the side.

    Attributes
    ----------
    features, classifier
        The convolutional part, and the dense layer that reads its maps.
    n_channels, side
        As they were given.

    Raises
    ------
    TypeError, ValueError
        If a number is no whole number of at least 1, or the pooling leaves no pixel.

    Notes
    -----
    The output is logits, shape (N, n_classes). Chapter 9 sets it beside dense layers.
    """

    def __init__(
        self, n_channels: int, side: int, n_classes: int = 10, widths: Sequence[int] = (16, 32)
    ) -> None:
        _checks.counts("widths", widths)
        _check_sizes(n_channels, side, n_classes, widths, smallest_side=2 ** len(widths))
        super().__init__()
        self.n_channels, self.side = n_channels, side
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise([n_channels, *widths]):
            layers += [nn.Conv2d(n_in, n_out, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(widths[-1] * (side // 2 ** len(widths)) ** 2, n_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits of a batch.

        Parameters
        ----------
        images
            Floating-point tensor of shape (N, n_channels, side, side).

        Returns
        -------
        Tensor
            Logits, shape (N, n_classes).

        Raises
        ------
        TypeError, ValueError
            If `images` has another shape, or holds whole numbers.
        """
        _check_square(images, self.n_channels, self.side)
        logits: Tensor = self.classifier(self.features(images).flatten(1))
        return logits


class LeNet(nn.Module):
    """Two 5 x 5 convolutions with pooling, then three dense layers, after LeNet-5.

    Parameters
    ----------
    n_channels, side
        Channels and side of the square input images, in pixels; a side of at least 16.
    n_classes
        Number of classes.
    widths
        Numbers of kernels of the two convolutions.

    Attributes
    ----------
    features, classifier
        The convolutional part, and the dense layers of 120, 84 and `n_classes` neurons.
    n_channels, side
        As they were given.

    Raises
    ------
    TypeError, ValueError
        If a number is no whole number of at least 1, there are not two widths, or the images are
        too small.

    Notes
    -----
    LeNet-5 has 6 and 16 kernels, sigmoid-like activations and trained subsampling; here they are
    ReLU and max pooling, as is usual today. Chapter 12.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-based learning applied to document
    recognition, Proceedings of the IEEE 86 (1998).
    """

    def __init__(
        self, n_channels: int, side: int, n_classes: int = 10, widths: Sequence[int] = (16, 32)
    ) -> None:
        _check_sizes(n_channels, side, n_classes, widths, smallest_side=16)
        if len(widths) != 2:
            raise ValueError(f"widths must name two convolutions, found {widths}")
        super().__init__()
        self.n_channels, self.side = n_channels, side
        first, second = widths
        self.features = nn.Sequential(
            nn.Conv2d(n_channels, first, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(first, second, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        # A kernel of 5 takes 4 from the side, pooling halves it.
        n_inputs = second * (((side - 4) // 2 - 4) // 2) ** 2
        self.classifier = MLP(n_inputs, 120, 84, n_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits of a batch.

        Parameters
        ----------
        images
            Floating-point tensor of shape (N, n_channels, side, side).

        Returns
        -------
        Tensor
            Logits, shape (N, n_classes).

        Raises
        ------
        TypeError, ValueError
            If `images` has another shape, or holds whole numbers.
        """
        _check_square(images, self.n_channels, self.side)
        logits: Tensor = self.classifier(self.features(images).flatten(1))
        return logits


class Residual(nn.Module):
    """Add to the input what a block of layers makes of it.

    Parameters
    ----------
    *layers
        The block; its output has the shape of its input.

    Notes
    -----
    If the block returns zero, the whole is the identity: depth does no harm at the start, and
    gradients pass the sum undiminished. Chapter 12.

    References
    ----------
    K. He, X. Zhang, S. Ren, J. Sun, Deep residual learning for image recognition, CVPR 2016.
    """

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, maps: Tensor) -> Tensor:
        """Add the block to its input.

        Parameters
        ----------
        maps
            Floating-point tensor of a shape that the block takes and returns.

        Returns
        -------
        Tensor
            The sum, in the shape of `maps`.
        """
        total: Tensor = maps + self.layers(maps)
        return total


class ResidualCNN(nn.Module):
    """3 x 3 convolutions with batch normalization, two residual blocks, global max pooling.

    Parameters
    ----------
    n_channels
        Channels of the input images; their size is free, from 8 pixels a side.
    n_classes
        Number of classes.
    widths
        Numbers of feature maps at a half, a quarter and an eighth of the input's side.
    normalize
        With batch normalization after every convolution; without it, convolutions have a bias.
    residual
        Add the input of the second convolutions of a width to their output; without it, they
        are a plain stack.

    Attributes
    ----------
    features, classifier
        The convolutional part with its pooling, and the dense layer.
    n_channels
        As it was given.

    Raises
    ------
    TypeError, ValueError
        If a number is no whole number of at least 1, or there are not three widths.

    Notes
    -----
    The widths (16, 32, 64) give 116,890 parameters on color images, (32, 64, 128) 464,170.
    The output is logits, shape (N, n_classes). Chapter 12 builds it up one step at a time.

    Examples
    --------
    >>> network = ResidualCNN(n_classes=2)
    >>> network(torch.zeros(2, 3, 16, 24)).shape
    torch.Size([2, 2])
    """

    def __init__(
        self,
        n_channels: int = 3,
        n_classes: int = 10,
        widths: Sequence[int] = (16, 32, 64),
        *,
        normalize: bool = True,
        residual: bool = True,
    ) -> None:
        _check_sizes(n_channels, 8, n_classes, widths, smallest_side=8)
        if len(widths) != 3:
            raise ValueError(f"widths must name three numbers of maps, found {widths}")
        super().__init__()
        self.n_channels = n_channels
        first, second, third = widths

        def convolution(n_in: int, n_out: int, *, pool: bool = False) -> nn.Sequential:
            layers: list[nn.Module] = [nn.Conv2d(n_in, n_out, 3, padding=1, bias=not normalize)]
            # Pooling first leaves a quarter of the work to normalization and ReLU.
            layers += [nn.MaxPool2d(2)] if pool else []
            layers += [nn.BatchNorm2d(n_out)] if normalize else []
            return nn.Sequential(*layers, nn.ReLU())

        block = Residual if residual else nn.Sequential
        self.features = nn.Sequential(
            convolution(n_channels, first, pool=True),
            convolution(first, second, pool=True),
            block(convolution(second, second), convolution(second, second)),
            convolution(second, third, pool=True),
            block(convolution(third, third), convolution(third, third)),
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
        )
        self.classifier = nn.Linear(third, n_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits of a batch.

        Parameters
        ----------
        images
            Floating-point tensor of shape (N, n_channels, height, width).

        Returns
        -------
        Tensor
            Logits, shape (N, n_classes).

        Raises
        ------
        TypeError, ValueError
            If `images` has another shape, or holds whole numbers.
        """
        _checks.image_batch("images", images, n_channels=self.n_channels, smallest_side=8)
        logits: Tensor = self.classifier(self.features(images))
        return logits


def _check_rows(inputs: Tensor, n_inputs: int) -> None:
    """Raise unless `inputs` is a batch (N, n_inputs) of floating-point numbers."""
    _checks.tensor("inputs", inputs)
    if not inputs.is_floating_point():
        raise ValueError(
            f"inputs must hold floating-point numbers, found {inputs.dtype}; "
            "scale 8-bit images: inputs.float() / 255"
        )
    if inputs.ndim != 2 or inputs.shape[1] != n_inputs:
        raise ValueError(
            f"inputs must have shape (N, {n_inputs}), found {tuple(inputs.shape)}; "
            "flatten images with inputs.flatten(1)"
        )


def _check_sizes(
    n_channels: int, side: int, n_classes: int, widths: Sequence[int], *, smallest_side: int
) -> None:
    """Raise unless a convolutional network can be built of these sizes."""
    _checks.at_least_one("n_channels", n_channels)
    _checks.at_least_one("side", side)
    _checks.at_least_one("n_classes", n_classes)
    _checks.counts("widths", widths)
    if not widths:
        raise ValueError("widths must name at least one number of kernels, found none")
    if side < smallest_side:
        raise ValueError(f"side must be at least {smallest_side} here, found {side}")


def _check_square(images: Tensor, n_channels: int, side: int) -> None:
    """Raise unless `images` is a batch (N, n_channels, side, side) of floating-point numbers."""
    _checks.image_batch("images", images, n_channels=n_channels)
    if images.shape[2:] != (side, side):
        raise ValueError(
            f"images must have shape (N, {n_channels}, {side}, {side}), found {tuple(images.shape)}"
            "; the dense layers were built for this size"
        )


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

    Examples
    --------
    >>> count_parameters(MLP(784, 512, 10))
    407050
    """
    _checks.module("model", model)
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

    Examples
    --------
    >>> network = MLP(4, 3, 2)
    >>> with mode(network, training=False):
    ...     network.training
    False
    >>> network.training
    True
    """
    before = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, was_training in before:
            module.training = was_training


@dataclass(frozen=True)
class Layer:
    """One line of a `Description`.

    Attributes
    ----------
    name, kind
        Path of the layer inside the network, and its class.
    output_shape
        Shape of its output for one input, the batch left out.
    n_parameters
        Numbers in its weights and biases, frozen ones included.
    multiply_adds
        Multiplications, each with its addition, for one input. Only dense layers and convolutions
        are counted: the others take little time.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    n_parameters: int
    multiply_adds: int


@dataclass(frozen=True)
class Description:
    """What `describe` found; printing it gives a table.

    Attributes
    ----------
    layers
        In the order in which an input passes them.
    n_parameters
        All numbers in the network, frozen ones included.
    """

    layers: tuple[Layer, ...]
    n_parameters: int

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of one input through the whole network."""
        return sum(layer.multiply_adds for layer in self.layers)

    def __str__(self) -> str:
        """Return the layers as a table."""
        rows = [("layer", "output", "parameters", "multiply-adds")]
        for layer in self.layers:
            shape = " x ".join(map(str, layer.output_shape))
            counts = (f"{layer.n_parameters:,}", f"{layer.multiply_adds:,}")
            rows.append((layer.kind, shape, *counts))
        rows.append(("total", "", f"{self.n_parameters:,}", f"{self.multiply_adds:,}"))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            f"{row[0]:<{widths[0]}}  " + "  ".join(map(str.rjust, row[1:], widths[1:]))
            for row in rows
        )


def describe(model: nn.Module, input_shape: Sequence[int]) -> Description:
    """List the layers of a network with their output shapes, parameters and multiply-adds.

    Parameters
    ----------
    model
        Any network whose layers are modules.
    input_shape
        Shape of one input, the batch left out: ``(1, 28, 28)`` for a digit.

    Returns
    -------
    Description
        Print it, or read its `layers`.

    Raises
    ------
    TypeError, ValueError
        If `input_shape` does not hold whole numbers of at least 1, or `model` refuses an input of
        this shape.

    Notes
    -----
    One input of zeros goes through the network in evaluation mode; each layer that holds no other
    layer reports itself. A layer that is used twice is listed twice, its parameters once.

    Examples
    --------
    >>> print(describe(MLP(4, 3, 2), input_shape=(4,)))
    layer   output  parameters  multiply-adds
    Linear       3          15             12
    ReLU         3           0              0
    Linear       2           8              6
    total                   23             18
    """
    _checks.module("model", model)
    _checks.counts("input_shape", input_shape)
    layers: list[Layer] = []
    names = {module: name for name, module in model.named_modules()}

    def note(layer: nn.Module, inputs: object, output: Tensor) -> None:
        seen = any(names[layer] == other.name for other in layers)
        per_output = 0
        if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d):
            per_output = layer.weight[0].numel()
        own = 0 if seen else sum(p.numel() for p in layer.parameters())
        shape = tuple(output.shape[1:])
        cost = per_output * output[0].numel()
        layers.append(Layer(names[layer], type(layer).__name__, shape, own, cost))

    leaves = [module for module in model.modules() if not list(module.children())]
    hooks = [leaf.register_forward_hook(note) for leaf in leaves]
    parameter = next(model.parameters(), torch.zeros(()))
    try:
        with mode(model, training=False), torch.no_grad():
            model(torch.zeros(1, *input_shape, dtype=parameter.dtype, device=parameter.device))
    except (RuntimeError, ValueError) as error:
        raise ValueError(
            f"input_shape: the model refuses an input of shape {tuple(input_shape)}: {error}"
        ) from error
    finally:
        for hook in hooks:
            hook.remove()
    return Description(tuple(layers), sum(p.numel() for p in model.parameters()))
