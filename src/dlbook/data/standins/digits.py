"""Drawn digits, the stand-in for MNIST: pen strokes through jittered points, warped and smudged.

Each digit has two or three ways of being written, as people have: a seven with and without a
bar, an open and a closed four. Stray marks and a varying pen make it harder than print, so that
there is something to learn. Chapter 1 trains on them where MNIST is not to be had.
"""

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from dlbook.data.dataset import Split
from dlbook.data.standins import canvas
from dlbook.data.standins.canvas import Points

N_TRAIN, N_TEST = 6_000, 2_000
SIDE = 28
# Different handwritings per digit in one atlas.
HANDS = 60
# Different stray marks.
MARKS = 64
# The atlas is drawn at twice its size and shrunk, for smooth edges.
ATLAS_SIDE, DRAWING_SIDE = 56, 112

LINE, CURVE = "line", "curve"
Stroke = tuple[str, Points]

# Ways to write each digit: strokes through points (x, y) of the unit square, y downward.
STYLES: tuple[tuple[tuple[Stroke, ...], ...], ...] = (
    (
        ((CURVE, [(0.55, 0.05), (0.22, 0.28), (0.2, 0.7), (0.5, 0.95), (0.8, 0.7), (0.78, 0.28),
                  (0.5, 0.06)]),),
        ((CURVE, [(0.6, 0.08), (0.36, 0.15), (0.3, 0.55), (0.45, 0.94), (0.66, 0.6), (0.64, 0.2),
                  (0.5, 0.05)]),),
    ),
    (
        ((LINE, [(0.52, 0.05), (0.5, 0.95)]),),
        ((LINE, [(0.3, 0.26), (0.54, 0.05), (0.52, 0.95)]),),
        ((LINE, [(0.34, 0.2), (0.52, 0.05), (0.52, 0.93)]), (LINE, [(0.3, 0.94), (0.74, 0.94)])),
    ),
    (
        ((CURVE, [(0.22, 0.28), (0.36, 0.08), (0.64, 0.07), (0.76, 0.28), (0.56, 0.6),
                  (0.22, 0.92)]), (LINE, [(0.22, 0.92), (0.82, 0.9)])),
        ((CURVE, [(0.24, 0.2), (0.5, 0.05), (0.74, 0.24), (0.56, 0.62), (0.26, 0.86),
                  (0.3, 0.7), (0.52, 0.84), (0.84, 0.9)]),),
    ),
    (
        ((CURVE, [(0.25, 0.15), (0.5, 0.05), (0.73, 0.22), (0.62, 0.42), (0.42, 0.47)]),
         (CURVE, [(0.42, 0.47), (0.7, 0.54), (0.77, 0.75), (0.52, 0.95), (0.22, 0.82)])),
        ((LINE, [(0.25, 0.07), (0.75, 0.07), (0.44, 0.4)]),
         (CURVE, [(0.44, 0.4), (0.72, 0.5), (0.76, 0.75), (0.5, 0.95), (0.22, 0.84)])),
    ),
    (
        ((LINE, [(0.3, 0.06), (0.2, 0.56), (0.82, 0.54)]), (LINE, [(0.68, 0.24), (0.62, 0.95)])),
        ((LINE, [(0.62, 0.05), (0.17, 0.64), (0.86, 0.62)]), (LINE, [(0.64, 0.05), (0.62, 0.95)])),
    ),
    (
        ((LINE, [(0.76, 0.07), (0.32, 0.08), (0.28, 0.45)]),
         (CURVE, [(0.28, 0.45), (0.56, 0.38), (0.78, 0.62), (0.6, 0.92), (0.22, 0.86)])),
        ((LINE, [(0.34, 0.08), (0.3, 0.42)]), (LINE, [(0.34, 0.08), (0.78, 0.05)]),
         (CURVE, [(0.3, 0.42), (0.6, 0.42), (0.72, 0.66), (0.54, 0.93), (0.24, 0.9)])),
    ),
    (
        ((CURVE, [(0.66, 0.05), (0.36, 0.3), (0.24, 0.66), (0.42, 0.94), (0.7, 0.85),
                  (0.72, 0.62), (0.5, 0.5), (0.28, 0.68)]),),
        ((CURVE, [(0.44, 0.04), (0.3, 0.4), (0.28, 0.78), (0.5, 0.95), (0.72, 0.78),
                  (0.58, 0.58), (0.3, 0.72)]),),
    ),
    (
        ((LINE, [(0.2, 0.08), (0.8, 0.07), (0.42, 0.95)]),),
        ((LINE, [(0.2, 0.1), (0.8, 0.08), (0.44, 0.95)]), (LINE, [(0.36, 0.52), (0.72, 0.5)])),
        ((CURVE, [(0.2, 0.2), (0.24, 0.1), (0.5, 0.12), (0.78, 0.08), (0.58, 0.48),
                  (0.48, 0.95)]),),
    ),
    (
        ((CURVE, [(0.72, 0.2), (0.5, 0.05), (0.28, 0.22), (0.5, 0.47), (0.75, 0.73), (0.5, 0.95),
                  (0.25, 0.74), (0.5, 0.47), (0.72, 0.2)]),),
        ((CURVE, [(0.5, 0.46), (0.3, 0.26), (0.5, 0.06), (0.7, 0.26), (0.5, 0.46), (0.24, 0.72),
                  (0.5, 0.95), (0.76, 0.72), (0.5, 0.46)]),),
    ),
    (
        ((CURVE, [(0.72, 0.3), (0.5, 0.06), (0.26, 0.26), (0.42, 0.5), (0.72, 0.3)]),
         (LINE, [(0.73, 0.22), (0.64, 0.95)])),
        ((CURVE, [(0.74, 0.26), (0.5, 0.05), (0.28, 0.28), (0.5, 0.5), (0.74, 0.26), (0.7, 0.66),
                  (0.46, 0.95), (0.26, 0.88)]),),
    ),
)  # fmt: skip


def draw(seed: int) -> tuple[Split, Split]:
    """Draw training and test digits.

    Parameters
    ----------
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    tuple of Split
        6,000 and 2,000 images, uint8 (N, 1, 28, 28), white on black, with int64 labels 0 to 9.
    """
    train, test = np.random.default_rng(seed).spawn(2)
    return _split(train, N_TRAIN), _split(test, N_TEST)


def _split(rng: np.random.Generator, n: int) -> Split:
    """Draw one part with handwritings of its own."""
    hands, marks = _hands(rng), _marks(rng)

    def write(labels: Tensor) -> Tensor:
        m = len(labels)
        chosen = labels * HANDS + torch.from_numpy(rng.integers(HANDS, size=m))
        grids = canvas.warp_grids(
            rng, m, SIDE, shift=0.17, angle=0.2, scale=(0.74, 1.04), shear=0.2, bend=0.06
        )
        ink = canvas.warped(hands[chosen], grids)
        # Pressure varies from sample to sample and, a little, along the stroke.
        pressure = canvas.uniform(rng, 0.7, 1.25, m, 1, 1, 1)
        pressure = pressure + 0.12 * canvas.smooth_noise(rng, m, 1, 4, SIDE)
        # About every other sample has a stray mark.
        strength = canvas.uniform(rng, -0.6, 0.8, m, 1, 1, 1).clamp(min=0)
        stray = marks[torch.from_numpy(rng.integers(MARKS, size=m))] * strength
        images = torch.maximum((ink * pressure).clamp(0, 1), stray)
        # The paper stays black, as in the real set: the grain shows on ink alone.
        return images + 0.07 * canvas.grain(rng, m, SIDE) * images.sqrt()

    return canvas.render(rng, n, 10, write)


def _hands(rng: np.random.Generator) -> Tensor:
    """Draw every handwriting of every digit: (10 * HANDS, 1, 56, 56)."""
    return canvas.atlas_tensor(
        [_picture(rng, styles[hand % len(styles)]) for styles in STYLES for hand in range(HANDS)],
        ATLAS_SIDE,
    )


def _picture(rng: np.random.Generator, strokes: tuple[Stroke, ...]) -> Image.Image:
    """Draw one digit in one hand."""
    picture = Image.new("L", (DRAWING_SIDE, DRAWING_SIDE))
    drawing = ImageDraw.Draw(picture)
    width = rng.uniform(0.05, 0.13) * DRAWING_SIDE
    for kind, points in strokes:
        moved = canvas.jittered(rng, points, 0.028)
        path = canvas.spline(moved) if kind == CURVE else moved
        # Leave a margin for the warp.
        canvas.stroke(drawing, (0.14 + 0.72 * path) * DRAWING_SIDE, width)
    return picture


def _marks(rng: np.random.Generator) -> Tensor:
    """Draw short stray lines: (MARKS, 1, 28, 28)."""
    pictures = []
    for _ in range(MARKS):
        picture = Image.new("L", (DRAWING_SIDE, DRAWING_SIDE))
        start = rng.uniform(0, 1, 2)
        path = start + np.cumsum(rng.normal(0, 0.09, (3, 2)), axis=0)
        canvas.stroke(
            ImageDraw.Draw(picture),
            canvas.spline(path.astype(np.float32)) * DRAWING_SIDE,
            rng.uniform(0.03, 0.06) * DRAWING_SIDE,
        )
        pictures.append(picture)
    return canvas.atlas_tensor(pictures, SIDE)
