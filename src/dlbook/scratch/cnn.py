"""The simplest convolutional network: what each kernel finds at its best place, and a dense layer.

Built from the operations of `dlbook.scratch.convolution`, and trained by any optimizer of
`dlbook.scratch.optim`. Chapter 11 follows an error back through it.
"""

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from dlbook.scratch import _checks, losses
from dlbook.scratch.activations import relu, relu_derivative, softmax
from dlbook.scratch.convolution import correlate, correlate_backward, pool, pool_backward


@dataclass
class CNNTrace:
    """Every intermediate value of a batch of m images on its way forward and back.

    Attributes
    ----------
    images : Tensor
        Shape (m, C, H, W).
    maps, rectified : Tensor
        The feature maps before and after ReLU, shape (m, k, H', W').
    maxima : Tensor
        The maximum of each rectified map, shape (m, k).
    scores, probabilities : Tensor
        Before and after softmax, shape (m, n_classes).
    map_errors : Tensor or None
        The derivative of the cost with respect to `maps`, once `backward` has been called.
    gradients : list of Tensor
        The derivatives in the order of `SimplestCNN.parameters`, by `backward`.
    """

    images: Tensor
    maps: Tensor
    rectified: Tensor
    maxima: Tensor
    scores: Tensor
    probabilities: Tensor
    map_errors: Tensor | None = None
    gradients: list[Tensor] = field(default_factory=list)


class SimplestCNN:
    """A few kernels, ReLU, the maximum of each map, and one dense layer with softmax.

    The maximum says how well a kernel fits at its best place, and forgets where that is. Weights
    are normal with standard deviation 1 / sqrt(inputs of the neuron), biases start at 0.

    Parameters
    ----------
    n_kernels, size : int
        How many kernels, and their height and width in pixels.
    n_classes, channels : int
        Of the answers and of the images.
    seed : int
        Seed of the initial weights.
    dtype : torch.dtype
        Type of all numbers.

    Attributes
    ----------
    kernels, kernel_biases : Tensor
        Shapes (n_kernels, channels, size, size) and (n_kernels,).
    weights, biases : Tensor
        Of the dense layer, shapes (n_classes, n_kernels) and (n_classes,).

    Raises
    ------
    ValueError
        If a number is below 1.

    Examples
    --------
    >>> network = SimplestCNN(n_kernels=4, size=3, n_classes=2)
    >>> trace = network.forward(torch.zeros(5, 1, 8, 8))
    >>> tuple(trace.maps.shape), tuple(trace.maxima.shape), tuple(trace.scores.shape)
    ((5, 4, 6, 6), (5, 4), (5, 2))
    """

    def __init__(
        self,
        n_kernels: int,
        size: int,
        n_classes: int,
        channels: int = 1,
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        sizes = {"n_kernels": n_kernels, "size": size, "n_classes": n_classes, "channels": channels}
        for name, value in sizes.items():
            _checks.whole(name, value)
        _checks.whole("seed", seed, least=0)
        chance = torch.Generator().manual_seed(int(seed))
        shape = n_kernels, channels, size, size
        self.kernels = torch.randn(shape, generator=chance, dtype=dtype)
        self.kernels /= math.sqrt(channels * size**2)
        self.kernel_biases = torch.zeros(n_kernels, dtype=dtype)
        self.weights = torch.randn(n_classes, n_kernels, generator=chance, dtype=dtype)
        self.weights /= math.sqrt(n_kernels)
        self.biases = torch.zeros(n_classes, dtype=dtype)

    @property
    def parameters(self) -> list[Tensor]:
        """All weights and biases: the tensors themselves, for an optimizer to change.

        Kernels, their biases, dense weights, their biases, with the shapes given at the class.
        """
        return [self.kernels, self.kernel_biases, self.weights, self.biases]

    def forward(self, images: Tensor) -> CNNTrace:
        """Compute the probabilities of the classes.

        Parameters
        ----------
        images : Tensor
            Shape (m, channels, H, W), of the network's type; any size that the kernels fit into.

        Returns
        -------
        CNNTrace
            With all values of the way forward.

        Raises
        ------
        ValueError
            If the shape or type is another, or a number is not finite.
        """
        _checks.shape("images", images, ("m", self.kernels.shape[1], "H", "W"), self.kernels)
        maps = correlate(images, self.kernels, self.kernel_biases)
        rectified = relu(maps)
        # One window as large as the map leaves one number of it.
        maxima = pool(rectified, "max", (maps.shape[2], maps.shape[3]), 1).flatten(1)
        scores = maxima @ self.weights.T + self.biases
        return CNNTrace(images, maps, rectified, maxima, scores, softmax(scores))

    def cost(self, trace: CNNTrace, labels: Tensor) -> Tensor:
        """Compute the cross-entropy.

        Parameters
        ----------
        trace : CNNTrace
            What `forward` returned.
        labels : Tensor
            Class numbers from 0, shape (m,), int64.

        Returns
        -------
        Tensor
            The mean over the images in nats, a scalar.

        Raises
        ------
        ValueError
            If there are not m labels, or one is not a class.
        """
        return losses.cross_entropy(trace.scores, labels)

    def backward(self, trace: CNNTrace, labels: Tensor) -> None:
        """Compute the gradients of the cost.

        Parameters
        ----------
        trace : CNNTrace
            What `forward` returned; errors and gradients are put into it.
        labels : Tensor
            Class numbers from 0, shape (m,), int64.

        Raises
        ------
        ValueError
            As `cost`.
        """
        errors, maps = losses.cross_entropy_gradient(trace.scores, labels), trace.maps
        # Through the dense layer back to the maxima, and from each to the one pixel that it was.
        of_maxima = (errors @ self.weights)[:, :, None, None]
        of_rectified = pool_backward(
            trace.rectified, of_maxima, "max", (maps.shape[2], maps.shape[3]), 1
        )
        trace.map_errors = of_rectified * relu_derivative(maps)
        _, of_kernels, of_biases = correlate_backward(trace.images, self.kernels, trace.map_errors)
        trace.gradients = [of_kernels, of_biases, errors.T @ trace.maxima, errors.sum(0)]
