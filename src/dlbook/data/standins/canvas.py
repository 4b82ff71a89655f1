"""Tools that the stand-ins share: splines, smooth noise, and warping many small pictures at once.

Every stand-in is made in two steps. Pillow draws an atlas of a few hundred pictures from jittered
control points; then each sample takes one of them and is shifted, turned, scaled and bent by a
warp of its own. All chance comes from a NumPy generator, so that the global state of NumPy and
PyTorch stays as it is. The reference page on data shows the results.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn import functional

from dlbook.data.dataset import Split

Array = NDArray[np.float32]
Points = Sequence[tuple[float, float]]


def spline(points: Points | Array, per_segment: int = 4, closed: bool = False) -> Array:
    """Draw a smooth curve through points.

    Parameters
    ----------
    points : sequence of pairs
        At least two points (x, y).
    per_segment : int
        How many points of the curve to compute between two given ones.
    closed : bool
        Whether the curve returns to its first point.

    Returns
    -------
    ndarray
        float32, shape (points on the curve, 2).

    References
    ----------
    E. Catmull and R. Rom, "A class of local interpolating splines", 1974.
    """
    p = np.asarray(points, dtype=np.float32)
    if closed:
        p = np.concatenate([p[-1:], p, p[:2]])
    else:
        p = np.concatenate([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    t = np.linspace(0, 1, per_segment, endpoint=False, dtype=np.float32)[:, None]
    before, start, end, after = (p[i : len(p) - 3 + i, None] for i in range(4))
    curve = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )
    curve = curve.reshape(-1, 2)
    return curve if closed else np.concatenate([curve, p[-2:-1]]).astype(np.float32)


def jittered(rng: np.random.Generator, points: Points | Array, amount: float) -> Array:
    """Move each point by a normal random step of standard deviation `amount`."""
    p = np.asarray(points, dtype=np.float32)
    return p + np.float32(amount) * rng.standard_normal(p.shape, dtype=np.float32)


def stroke(draw: ImageDraw.ImageDraw, points: Array, width: float, fill: int = 255) -> None:
    """Draw a line with round ends and joints through points in pixels."""
    pixels = [(float(x), float(y)) for x, y in points]
    draw.line(pixels, fill=fill, width=max(1, round(width)), joint="curve")
    radius = width / 2
    for x, y in (pixels[0], pixels[-1]):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def atlas_tensor(pictures: Iterable[Image.Image], side: int) -> Tensor:
    """Stack pictures, shrunk to one size, into float32 (N, channels, side, side) in 0 .. 1."""
    arrays = [
        np.asarray(picture.resize((side, side), Image.Resampling.BOX), dtype=np.uint8)
        for picture in pictures
    ]
    stacked = np.stack(arrays)
    if stacked.ndim == 3:
        stacked = stacked[..., None]
    return torch.from_numpy(stacked).permute(0, 3, 1, 2).float().div_(255).contiguous()


def smooth_noise(rng: np.random.Generator, n: int, channels: int, cells: int, side: int) -> Tensor:
    """Draw random fields that vary slowly.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of chance.
    n, channels : int
        How many fields.
    cells : int
        Random values along one side; between them the field is interpolated (bicubic).
    side : int
        Height and width in pixels.

    Returns
    -------
    Tensor
        float32 (n, channels, side, side), about standard normal at the cells.
    """
    coarse = torch.from_numpy(rng.standard_normal((n, channels, cells, cells), dtype=np.float32))
    return functional.interpolate(coarse, size=(side, side), mode="bicubic", align_corners=True)


def grain(rng: np.random.Generator, n: int, side: int) -> Tensor:
    """Draw standard normal noise, the same in all channels: float32 (n, 1, side, side)."""
    return torch.from_numpy(rng.standard_normal((n, 1, side, side), dtype=np.float32))


def uniform(rng: np.random.Generator, low: float, high: float, *shape: int) -> Tensor:
    """Draw a float32 tensor of uniform random numbers."""
    return torch.from_numpy(rng.uniform(low, high, shape).astype(np.float32))


def warp_grids(
    rng: np.random.Generator,
    n: int,
    side: int,
    *,
    shift: float,
    angle: float,
    scale: tuple[float, float],
    shear: float = 0.0,
    bend: float = 0.0,
    flip: bool = False,
) -> Tensor:
    """Draw one random warp per sample.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of chance.
    n, side : int
        How many samples, and their height and width in pixels.
    shift : float
        Largest shift, in units of half a picture.
    angle : float
        Standard deviation of the rotation, in radians.
    scale : tuple of float
        Smallest and largest magnification, drawn for height and width apart within 12 percent.
    shear : float
        Standard deviation of the slant.
    bend : float
        Size of the elastic distortion, in units of half a picture.
    flip : bool
        Mirror half of the samples left to right.

    Returns
    -------
    Tensor
        float32 (n, side, side, 2), for :func:`torch.nn.functional.grid_sample`.
    """
    turn = torch.from_numpy(rng.normal(0, angle, n).astype(np.float32))
    slant = torch.from_numpy(rng.normal(0, shear, n).astype(np.float32))
    size = uniform(rng, *scale, n, 1) * uniform(rng, 0.94, 1.06, n, 2)
    mirror = torch.from_numpy(np.where(rng.random(n) < 0.5 * flip, -1, 1).astype(np.float32))
    cos, sin = turn.cos(), turn.sin()
    matrix = torch.stack(
        [
            torch.stack([cos + slant * sin, -sin + slant * cos], dim=1),
            torch.stack([sin, cos], dim=1),
        ],
        dim=1,
    )
    matrix = matrix / size[:, :, None]
    matrix[:, 0] *= mirror[:, None]
    offset = uniform(rng, -shift, shift, n, 2, 1)
    theta = torch.cat([matrix, -matrix @ offset], dim=2)
    grid = functional.affine_grid(theta, [n, 1, side, side], align_corners=False)
    if bend:
        grid += bend * smooth_noise(rng, n, 2, 4, side).permute(0, 2, 3, 1)
    return grid


def warped(pictures: Tensor, grids: Tensor) -> Tensor:
    """Sample pictures (N, C, H, W) at warp grids (N, side, side, 2); outside is 0."""
    return functional.grid_sample(pictures, grids, mode="bilinear", align_corners=False)


def to_bytes(images: Tensor) -> Tensor:
    """Round float images in 0 .. 1 to uint8."""
    return images.mul(255).add_(0.5).clamp_(0, 255).to(torch.uint8)


def render(
    rng: np.random.Generator, n: int, n_classes: int, paint: Callable[[Tensor], Tensor]
) -> Split:
    """Draw labels, then an image for each, a few hundred at a time.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of chance for the labels.
    n, n_classes : int
        How many images, of how many classes.
    paint : callable
        Given int64 labels (m,), returns float32 images (m, channels, side, side) in 0 .. 1.

    Returns
    -------
    Split
        uint8 images and int64 labels, in random order.
    """
    labels = class_labels(rng, n, n_classes)
    # Small parts stay in the processor's cache: several times faster than all at once.
    images = [to_bytes(paint(part)) for part in torch.split(labels, 250)]
    return Split(torch.cat(images), labels)


def class_labels(rng: np.random.Generator, n: int, n_classes: int) -> Tensor:
    """Draw int64 labels (n,) in random order, each class as often as any other."""
    return torch.from_numpy(rng.permutation(np.arange(n) % n_classes).astype(np.int64))
