"""Transfer learning: keep what a network learned from many images, and learn a new last layer.

A pretrained network is a body, which turns an image into a row of features, and a head, which
reads classes from the features. `split` finds the body, `freeze` holds it still, `with_new_head`
puts a head for other classes on it. Where the body is still, its features need to be computed
only once, by `dlbook.features`. The chapter "Transfer learning" does all of it with ants and bees.
"""

import contextlib
import copy
import difflib
import io
import math
import os
import pickle
import re
import urllib.parse
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torchvision
from torch import Tensor, nn
from torchvision.models import EfficientNet, ResNet, SqueezeNet

from dlbook import _checks
from dlbook.data.dataset import DataError
from dlbook.data.fetching import CONNECT_SECONDS, READ_SECONDS, network_problem
from dlbook.data.verification import read_bytes, sha256
from dlbook.efficientnet import LITE0_SHA256, EfficientNetLite0, load_lite0, prepare_lite0

LITE0 = "efficientnet_lite0"

Preprocess = Callable[[Tensor], Tensor]
"""From images, uint8 (N, 3, H, W), to what a network was trained on, float32 (N, 3, H', W')."""


class Backbone(NamedTuple):
    """What is left of a network without its head.

    Attributes
    ----------
    features
        The body with its pooling: images (N, 3, H, W) to features (N, n_features).
    n_features
        Width of the features, the number of inputs of the head.
    preprocess
        How to prepare 8-bit images for it, if that is known.
    """

    features: nn.Module
    n_features: int
    preprocess: Preprocess | None = None


class Pretrained(NamedTuple):
    """A network with weights learned from ImageNet, and all that belongs to the weights.

    Attributes
    ----------
    name
        The name that `pretrained` was given.
    model
        The whole network, in evaluation mode: prepared images to 1000 logits.
    preprocess
        How to prepare 8-bit images for these weights.
    classes
        Names of the 1000 classes; output ``k`` of the network is ``classes[k]``.
    sha256
        Hexadecimal SHA-256 of the weight file.
    """

    name: str
    model: nn.Module
    preprocess: Preprocess
    classes: tuple[str, ...]
    sha256: str

    @property
    def backbone(self) -> Backbone:
        """The network without its head; see `split`."""
        return split(self.model, self.preprocess)


def pretrained(name: str = LITE0, *, progress: bool = True) -> Pretrained:
    """Load a network with weights learned from ImageNet.

    Parameters
    ----------
    name
        ``"efficientnet_lite0"``, which needs no network, or the name of one of torchvision's
        classification models, such as ``"efficientnet_b0"``; its best published weights are
        fetched once, into the folder where torchvision looks for them.
    progress
        Show a progress bar while fetching.

    Returns
    -------
    Pretrained
        Model, preprocessing and class names. The global random state is as it was before.

    Raises
    ------
    ValueError
        If there is no such model.
    DataError
        If the weights are neither here nor can be fetched, or are not the published ones; the
        message names the file and says what to do.

    Notes
    -----
    torchvision publishes the first eight digits of the SHA-256 of each file, as a part of its
    name: enough against damage, and checked every time.
    """
    if name == LITE0:
        # ImageNet's classes have the same order for every network.
        classes = torchvision.models.EfficientNet_B0_Weights.DEFAULT.meta["categories"]
        return Pretrained(name, load_lite0(), prepare_lite0, tuple(classes), LITE0_SHA256)
    names = torchvision.models.list_models(module=torchvision.models)
    if name not in names:
        similar = difflib.get_close_matches(str(name), [LITE0, *names]) or [LITE0, *names[:2]]
        raise ValueError(
            f"name: unknown model {name!r}; there are, among others, {', '.join(similar)}. List "
            "all: torchvision.models.list_models(module=torchvision.models)"
        )
    weights = torchvision.models.get_model_weights(name).DEFAULT
    found = _fetch_weights(name, weights.url, progress)
    with torch.random.fork_rng(devices=[]):
        model = torchvision.models.get_model(name, weights=weights)
    categories = tuple(weights.meta["categories"])
    return Pretrained(name, model.eval(), weights.transforms(), categories, found)


def _fetch_weights(name: str, url: str, progress: bool) -> str:
    """Make sure that the weight file lies where torchvision looks, sound; return its SHA-256."""
    file = Path(urllib.parse.urlparse(url).path).name
    path = Path(torch.hub.get_dir()) / "checkpoints" / file
    if not path.exists():
        problem = network_problem()
        if problem is not None:
            raise DataError(
                f"{name}: cannot fetch {file}: network {problem}. Connect and try again, or put "
                f"{url} into {path.parent}, or use {LITE0!r}, whose weights are a package."
            )
        _download(url, path, progress)
    return _check_weights(path, path)


def _check_weights(content_path: Path, path: Path) -> str:
    """Return the SHA-256 of a file of tensors; raise unless it begins as the name `path` says."""
    published = re.search(r"-([0-9a-f]{8,64})\.\w+$", path.name)
    content = read_bytes(content_path)
    found = sha256(content)
    if published is None or not found.startswith(published[1]):
        expected = f"one that begins with {published[1]}" if published else "it in the file's name"
        raise DataError(
            f"{path}: altered or truncated: SHA-256 found {found}, expected {expected}. It was "
            "not used. If it is there, delete it; then fetch it again."
        )
    # torchvision runs what stands in the file, and eight digits of a hash can be forged.
    try:
        torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise DataError(
            f"{path}: holds more than tensors. It was not run. If it is there, delete it; then "
            "fetch it again."
        ) from error
    return found


def _download(url: str, path: Path, progress: bool) -> None:
    """Fetch a weight file under a temporary name, and give it its own once it was verified."""
    # Imported where they are needed: pooch loads tqdm's notebook bars, which warn on import
    # where a notebook has no widgets.
    import pooch
    import requests

    http = pooch.HTTPDownloader(
        progressbar=progress, chunk_size=1 << 16, timeout=(CONNECT_SECONDS, READ_SECONDS)
    )
    partial_path = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        http(url, str(partial_path), None)
        _check_weights(partial_path, path)
        partial_path.replace(path)
    # Before OSError, of which it is one.
    except requests.RequestException as error:
        raise DataError(f"{url}: cannot be fetched ({error}). Try again later.") from error
    except OSError as error:
        raise DataError(
            f"{path}: cannot be written ({error}). Set TORCH_HOME to a folder with room that you "
            "may write to."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial_path.unlink()


def split(model: nn.Module, preprocess: Preprocess | None = None) -> Backbone:
    """Find the part of a network that computes features, and how many they are.

    Parameters
    ----------
    model
        `EfficientNetLite0`, a `Classifier`, or an EfficientNet, a ResNet or a SqueezeNet of
        torchvision.
    preprocess
        How to prepare 8-bit images for it; kept in the result.

    Returns
    -------
    Backbone
        Its `features` share their weights with `model`.

    Raises
    ------
    TypeError
        If `model` is of another family.

    Notes
    -----
    A SqueezeNet has no dense layer: its head is a 1 x 1 convolution before the pooling. Its
    features here are the means of the 512 maps that enter this convolution.

    Examples
    --------
    >>> body = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())  # the mean color
    >>> backbone = split(Classifier(body, n_features=3, n_classes=10))
    >>> backbone.n_features, backbone.features(torch.ones(2, 3, 8, 8)).shape
    (3, torch.Size([2, 3]))
    """
    if isinstance(model, Classifier):
        return Backbone(model.body, model.n_features, preprocess)
    if isinstance(model, ResNet):
        # The children of a ResNet stand in the order in which they are used, the head last.
        parts = list(model.named_children())[:-1]
        n_features = model.fc.in_features
    elif isinstance(model, EfficientNetLite0 | EfficientNet):
        parts = [("features", model.features), ("avgpool", model.avgpool)]
        n_features = model.classifier[-1].in_features
    elif isinstance(model, SqueezeNet):
        parts = [("features", model.features), ("avgpool", nn.AdaptiveAvgPool2d(1))]
        n_features = model.classifier[1].in_channels
    else:
        raise TypeError(
            f"model must be an EfficientNet, a ResNet or a SqueezeNet, found "
            f"{type(model).__name__}; for another network build a Backbone from its parts"
        )
    features = nn.Sequential(OrderedDict([*parts, ("flatten", nn.Flatten())]))
    return Backbone(features, n_features, preprocess)


def freeze(module: nn.Module) -> None:
    """Hold a network, or a part of it, still: no training changes it and what it computes.

    Parameters
    ----------
    module
        Its parameters get no gradient, and it stays in evaluation mode, whatever ``train()`` is
        called on what contains it.

    Notes
    -----
    To take away the gradient is not enough. In training mode batch normalization moves its running
    means with every batch, without any gradient, and dropout and stochastic depth still draw.
    `unfreeze` undoes it.

    Examples
    --------
    >>> layer = nn.Linear(2, 1)
    >>> freeze(layer)
    >>> layer.train().training, layer.weight.requires_grad
    (False, False)
    """
    _checks.module("module", module)
    module.requires_grad_(False)
    for part in module.modules():
        # An attribute of the object hides the method of its class. Unlike a bound method or a
        # lambda, a `partial` follows the object into its copies.
        vars(part)["train"] = partial(_stay_in_evaluation, part)
    module.eval()


def _stay_in_evaluation(part: nn.Module, _mode: bool = True, /, **_: bool) -> nn.Module:
    """Take the place of ``part.train``."""
    return nn.Module.train(part, False)


def unfreeze(module: nn.Module) -> None:
    """Let a frozen network, or a part of it, learn again.

    Parameters
    ----------
    module
        All its parameters become trainable, and ``train()`` reaches it from the next call on.

    Notes
    -----
    With few images the running means are often better left as they are: freeze the
    normalization layers again, each by itself.
    """
    _checks.module("module", module)
    module.requires_grad_(True)
    for part in module.modules():
        vars(part).pop("train", None)


class Classifier(nn.Module):
    """A body that computes features and a head that reads classes from them.

    Parameters
    ----------
    body
        Images (N, 3, H, W) to features (N, n_features).
    n_features
        Width of the features.
    n_classes
        Number of classes.
    dropout
        Probability with which each feature is set to zero while training.

    Attributes
    ----------
    body
        As given.
    head
        Dropout and one dense layer with random weights; call `torch.manual_seed` before to
        repeat them.
    n_features, n_classes
        The widths.

    Raises
    ------
    TypeError, ValueError
        If `n_features` or `n_classes` is no whole number of at least 1, or `dropout` is not in
        [0, 1).
    """

    def __init__(
        self, body: nn.Module, n_features: int, n_classes: int, dropout: float = 0.2
    ) -> None:
        _checks.module("body", body)
        _checks.at_least_one("n_features", n_features)
        _checks.at_least_one("n_classes", n_classes)
        _checks.fraction("dropout", dropout, zero=True)
        super().__init__()
        self.n_features, self.n_classes = n_features, n_classes
        self.body = body
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(n_features, n_classes))

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits of a batch.

        Parameters
        ----------
        images
            Prepared images, floating-point, shape (N, 3, H, W).

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
        logits: Tensor = self.head(self.body(images))
        return logits


def with_new_head(model: nn.Module, n_classes: int, dropout: float = 0.2) -> Classifier:
    """Put a new head for other classes on the body of a network.

    Parameters
    ----------
    model
        A network that `split` knows. It is left as it is: the body is copied.
    n_classes
        Number of the new classes.
    dropout
        Probability with which each feature is set to zero while training.

    Returns
    -------
    Classifier
        The copied body, frozen where the model's was, and a head with random weights. After
        ``freeze(classifier.body)`` exactly the head is trainable.

    Raises
    ------
    TypeError, ValueError
        If `model` is of another family, `n_classes` is no whole number of at least 1, or
        `dropout` is not in [0, 1).

    Examples
    --------
    >>> body = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())  # the mean color
    >>> network = with_new_head(Classifier(body, n_features=3, n_classes=10), n_classes=2)
    >>> network(torch.ones(4, 3, 8, 8)).shape
    torch.Size([4, 2])
    """
    features, n_features, _ = split(model)
    return Classifier(copy.deepcopy(features), n_features, n_classes, dropout)


def fine_tune_groups(model: Classifier, head_rate: float, body_rate: float) -> list[dict[str, Any]]:
    """Group parameters for an optimizer: the head learns fast, the body, learned before, slowly.

    Parameters
    ----------
    model
        The classifier; what is frozen in it is left out.
    head_rate, body_rate
        Learning rates, each above 0.

    Returns
    -------
    list of dict
        Two groups, head and body, for example for `torch.optim.Adam`.

    Raises
    ------
    TypeError, ValueError
        If `model` is no `Classifier`, a rate is not a positive number, or a part has nothing to
        train.
    """
    if not isinstance(model, Classifier):
        raise TypeError(f"model must be a Classifier, found {type(model).__name__}")
    groups = []
    for name, part, rate in (("head", model.head, head_rate), ("body", model.body, body_rate)):
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate < math.inf:
            raise ValueError(f"{name}_rate must be a number above 0, found {rate!r}")
        parameters = [p for p in part.parameters() if p.requires_grad]
        if not parameters:
            raise ValueError(
                f"model: its {name} is frozen, nothing in it would be trained; "
                f"call unfreeze(model.{name}) first"
            )
        groups.append({"params": parameters, "lr": rate})
    return groups
