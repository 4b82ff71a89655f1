"""Features of images, computed once by a network that stands still, and kept on disk.

A frozen body gives an image the same features in every epoch. Computed once, they make of a deep
network's last layer a linear model that trains in a second. The chapter "Transfer learning" does
it with ants and bees; `dlbook.transfer` finds the body.
"""

import contextlib
import hashlib
import io
import os
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from dlbook import _checks
from dlbook.data.fetching import cache_folder
from dlbook.models import mode
from dlbook.transfer import Backbone, split


def features_of(
    model: nn.Module | Backbone, images: Tensor, batch_size: int = 8, *, progress: bool = True
) -> Tensor:
    """Compute the features of images once, in evaluation mode and without gradients.

    Parameters
    ----------
    model
        A network that `split` knows, or a `Backbone`.
    images
        If the backbone has a `preprocess`, 8-bit images (N, 3, H, W), which are prepared batch by
        batch; otherwise prepared images, floating-point, dtype and device of the model.
    batch_size
        Images computed at once; it changes memory and time, not the result. On a CPU few are
        fastest, because their maps stay in its cache; a GPU wants hundreds.
    progress
        Show a progress bar, if the output is a terminal.

    Returns
    -------
    Tensor
        Features, shape (N, n_features), on the device of the model.

    Raises
    ------
    TypeError, ValueError
        If an argument has a wrong type, dtype, shape or value; the message names it.

    Examples
    --------
    >>> body = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())  # the mean color
    >>> features_of(Backbone(body, n_features=3), torch.ones(2, 3, 8, 8)).tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    backbone = model if isinstance(model, Backbone) else split(model)
    _check_images(backbone, images)
    _checks.at_least_one("batch_size", batch_size)
    rows = []
    with (
        mode(backbone.features, training=False),
        torch.no_grad(),
        tqdm(total=len(images), unit="image", disable=None if progress else True) as bar,
    ):
        for batch in torch.split(images, int(batch_size)):
            rows.append(backbone.features(_prepared(backbone, batch)))
            bar.update(len(batch))
    return torch.cat(rows)


def _check_images(backbone: Backbone, images: Tensor) -> None:
    """Raise unless `backbone` can compute features of these images."""
    eight_bit = backbone.preprocess is not None
    _checks.color_images("images", images, eight_bit=eight_bit)
    if not eight_bit:
        _checks.model_inputs("images", images, backbone.features)


def _prepared(backbone: Backbone, batch: Tensor) -> Tensor:
    """Prepare images, if they are 8-bit, on the device of the network."""
    if backbone.preprocess is not None:
        parameter = next(backbone.features.parameters(), None)
        batch = backbone.preprocess(batch if parameter is None else batch.to(parameter.device))
    # The channels of a pixel side by side: a third to a half faster on a CPU.
    return batch.contiguous(memory_format=torch.channels_last)


def cached_features(
    model: nn.Module | Backbone, images: Tensor, batch_size: int = 8, *, progress: bool = True
) -> Tensor:
    """Read the features of images from the cache, or compute them and keep them there.

    Parameters
    ----------
    model, images, batch_size, progress
        As `features_of` takes them.

    Returns
    -------
    Tensor
        Features, shape (N, n_features), on the device of the model.

    Raises
    ------
    TypeError, ValueError
        As from `features_of`.

    Notes
    -----
    The file is named by a digest of all weights and all images. It is used only if its own
    SHA-256 is right and its first row is what the network gives now, so that neither damage nor
    another preprocessing passes; otherwise it is computed anew and replaced. A folder that
    cannot be written costs a warning and the time of the next computation, nothing else.
    """
    backbone = model if isinstance(model, Backbone) else split(model)
    _check_images(backbone, images)
    first = features_of(backbone, images[:1], progress=False)
    path = cache_folder("features") / f"{_digest(backbone.features, images)}.features"
    kept = _read_features(path)
    if (
        kept is not None
        and kept.shape == (len(images), backbone.n_features)
        and kept.dtype == first.dtype
        # Another batch size or another release of PyTorch changes the last digits only.
        and torch.allclose(kept[:1], first.cpu(), rtol=1e-3, atol=1e-3)
    ):
        return kept.to(first.device)
    features = features_of(backbone, images, batch_size, progress=progress)
    _keep_features(path, features)
    return features


def _digest(features: nn.Module, images: Tensor) -> str:
    """Hash weights and images, with their names, dtypes and shapes."""
    sha = hashlib.sha256()
    for name, value in [*features.state_dict().items(), ("images", images)]:
        sha.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        sha.update(value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return sha.hexdigest()[:32]


def _read_features(path: Path) -> Tensor | None:
    """Read a file of `_keep_features`; None if it is missing or damaged."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    expected, payload = content[:32], content[32:]
    if hashlib.sha256(payload).digest() != expected:
        return None
    return torch.from_numpy(np.load(io.BytesIO(payload), allow_pickle=False))


def _keep_features(path: Path, features: Tensor) -> None:
    """Write features with their SHA-256, under a temporary name until the file is whole."""
    buffer = io.BytesIO()
    np.save(buffer, features.cpu().numpy())
    payload = buffer.getvalue()
    partial_path = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial_path.write_bytes(hashlib.sha256(payload).digest() + payload)
        partial_path.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial_path.unlink()
        warnings.warn(
            f"{path}: the features were not kept ({error}). Set DLBOOK_CACHE_DIR to a folder with "
            "room that you may write to.",
            stacklevel=3,
        )
