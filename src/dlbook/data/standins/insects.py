"""Drawn insects, the stand-in for the photographs of ants and bees: colored drawings, 256 x 256.

An ant has a narrow waist, elbowed antennae and no wings; a bee is stout, striped and winged.
Both are seen from above, any way round and at any size, on leaves, petals and soil. The set is
small, as the real one is, which is its point: the chapter on transfer learning lives from it.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter
from torch import Tensor

from dlbook.data.dataset import Split
from dlbook.data.standins import canvas
from dlbook.data.standins.canvas import Array, Points

SIDE, DRAWING_SIDE = 256, 512
# Ants and bees, in the training and in the test part: fewer than in the real set, as whoever
# loads them passes each through a pretrained network.
TRAIN_COUNTS, TEST_COUNTS = (71, 69), (41, 49)

Random = np.random.Generator
Color = tuple[int, ...]

ANT_COLORS = ((38, 28, 24), (22, 20, 24), (92, 46, 24), (128, 58, 26), (62, 40, 30))
BEE_GOLDS = ((214, 160, 52), (196, 134, 40), (228, 178, 74), (170, 118, 52))
# Grounds: two colors each, blended by a smooth random pattern.
GROUNDS = (
    ((66, 104, 44), (118, 152, 66)),
    ((44, 82, 40), (84, 124, 60)),
    ((128, 104, 78), (174, 150, 116)),
    ((104, 92, 82), (150, 140, 128)),
    ((176, 168, 150), (206, 200, 186)),
)
PETALS = (
    (232, 200, 226),
    (240, 222, 120),
    (224, 120, 140),
    (236, 236, 232),
    (172, 140, 214),
    (110, 160, 70),
    (84, 132, 58),
)


class Insect:
    """A drawing seen from above, in body units: the head at y = -0.6, the tail at y = 0.9."""

    def __init__(self, rng: Random, picture: Image.Image) -> None:
        self.rng = rng
        self.draw = ImageDraw.Draw(picture, "RGBA")
        self.size = float(rng.uniform(0.24, 0.4)) * DRAWING_SIDE
        angle = float(rng.uniform(0, 2 * math.pi))
        self.turn = np.array(
            [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
        )
        self.center = DRAWING_SIDE * rng.uniform(0.4, 0.6, 2)

    def pixels(self, points: Points | Array) -> list[tuple[float, float]]:
        """Place points of the body in the picture."""
        placed = np.asarray(points) @ self.turn.T * self.size + self.center
        return [(float(x), float(y)) for x, y in placed]

    def oval(self, x: float, y: float, rx: float, ry: float, color: Color, lean: float = 0) -> None:
        """Fill an ellipse, its long axis turned by `lean` radians."""
        self.draw.polygon(self.pixels(_ellipse(x, y, rx, ry, lean)), fill=color)

    def limb(self, points: Points, width: float, color: Color) -> None:
        """Draw a jointed line."""
        moved = canvas.jittered(self.rng, points, 0.03)
        pixels = self.pixels(moved)
        self.draw.line(pixels, fill=color, width=max(2, round(width * self.size)), joint="curve")

    def limbs(self, points: Points, width: float, color: Color) -> None:
        """Draw a pair of limbs, left and right."""
        self.limb(points, width, color)
        self.limb([(-x, y) for x, y in points], width, color)

    def segment(self, x: float, y: float, rx: float, ry: float, color: Color) -> None:
        """Draw a part of the body, rounded by light and shade."""
        self.oval(x, y, rx, ry, _lighter(color, -14))
        for step in range(1, 5):
            shrink = 1 - 0.2 * step
            self.oval(x - 0.06 * step * rx, y - 0.04 * step * ry, rx * shrink, ry * shrink,
                      _lighter(color, 11 * step - 8))  # fmt: skip


def _ellipse(x: float, y: float, rx: float, ry: float, lean: float = 0) -> Array:
    angle = np.linspace(0, 2 * math.pi, 36, endpoint=False)
    across, along = rx * np.cos(angle), ry * np.sin(angle)
    cos, sin = math.cos(lean), math.sin(lean)
    outline = np.stack([x + across * cos - along * sin, y + across * sin + along * cos], axis=1)
    return outline.astype(np.float32)


def _lighter(color: Color, amount: float) -> Color:
    return tuple(int(min(255, max(0, part + amount))) for part in color[:3])


def _varied(rng: Random, color: Color, spread: float = 12) -> Color:
    return _lighter(color, float(rng.normal(0, spread)))


def ant(insect: Insect) -> None:
    """Draw an ant."""
    rng = insect.rng
    color = _varied(rng, ANT_COLORS[rng.integers(len(ANT_COLORS))], 6)
    leg = _lighter(color, 8)
    for hip, knee, foot in (((-0.34), -0.62, -0.86), (-0.2, -0.16, 0.06), (-0.06, 0.26, 0.72)):
        insect.limbs([(0.08, hip), (0.46, knee), (0.62, foot), (0.72, foot + 0.04)], 0.045, leg)
    insect.limbs([(0.06, -0.72), (0.26, -0.94), (0.14, -1.22)], 0.04, leg)
    insect.limbs([(0.08, -0.74), (0.1, -0.84), (0.02, -0.88)], 0.05, leg)
    insect.segment(0, 0.5, rng.uniform(0.2, 0.26), rng.uniform(0.32, 0.4), _lighter(color, -6))
    insect.segment(0, 0.1, 0.06, 0.08, color)
    insect.segment(0, -0.2, rng.uniform(0.1, 0.13), 0.26, color)
    insect.segment(0, -0.6, rng.uniform(0.16, 0.2), 0.18, color)
    for side in (-1, 1):
        insect.oval(side * 0.13, -0.64, 0.03, 0.045, (12, 12, 14))


def bee(insect: Insect) -> None:
    """Draw a bee."""
    rng = insect.rng
    gold = _varied(rng, BEE_GOLDS[rng.integers(len(BEE_GOLDS))])
    dark = _varied(rng, (44, 30, 20), 6)
    for hip, knee, foot in ((-0.4, -0.6, -0.74), (-0.26, -0.2, 0.02), (-0.1, 0.2, 0.44)):
        insect.limbs([(0.16, hip), (0.4, knee), (0.46, foot)], 0.06, dark)
    insect.limbs([(0.07, -0.74), (0.16, -0.9), (0.24, -0.98)], 0.035, dark)
    width, length = rng.uniform(0.25, 0.31), rng.uniform(0.44, 0.54)
    insect.segment(0, 0.36, width, length, gold)
    bands = int(rng.integers(3, 5))
    for band in range(bands):
        low = -0.55 + 1.5 * band / bands
        _band(insect, 0.36, width, length, low, low + rng.uniform(0.16, 0.24), dark)
    insect.segment(0, -0.28, 0.26, 0.25, _lighter(gold, -28))
    _fur(insect, _lighter(gold, 12))
    insect.segment(0, -0.62, 0.19, 0.14, dark)
    for side in (-1, 1):
        insect.oval(side * 0.15, -0.62, 0.06, 0.1, (16, 12, 12))
    spread = float(rng.uniform(0.5, 1.05))
    for side in (-1, 1):
        for size, lean, at in ((0.4, spread, 0.02), (0.3, spread * 0.62, 0.16)):
            x, y = side * (0.12 + size * math.sin(lean)), at - 0.2 + size * math.cos(lean)
            outline = _ellipse(x, y, 0.15, size * 1.05, -side * lean)
            insect.draw.polygon(
                insect.pixels(outline), fill=(226, 232, 240, 120), outline=(96, 90, 84, 170)
            )


def _band(
    insect: Insect, y: float, rx: float, ry: float, low: float, high: float, color: Color
) -> None:
    """Draw a stripe across an ellipse, from `low` to `high` of its half height."""
    levels = np.clip(np.linspace(low, high, 6), -0.98, 0.98)
    half = rx * np.sqrt(1 - levels**2)
    # A stripe sags towards the tail in the middle.
    middle = [(0.0, y + ry * min(0.98, high + 0.06)), (0.0, y + ry * (low + 0.06))]
    right = [(float(h), y + ry * float(v)) for h, v in zip(half, levels, strict=True)]
    left = [(-x, at) for x, at in reversed(right)]
    insect.draw.polygon(
        insect.pixels([*right, middle[0], *left, middle[1]]), fill=(*color[:3], 235)
    )


def _fur(insect: Insect, color: Color) -> None:
    """Draw short hair around the thorax."""
    angle = insect.rng.uniform(0, 2 * math.pi, 90)
    root = insect.rng.uniform(0.05, 0.24, 90)
    tips = root + 0.08
    for a, r, t in zip(angle, root, tips, strict=True):
        ends = [
            (r * math.cos(a), -0.28 + r * math.sin(a)),
            (t * math.cos(a), -0.28 + t * math.sin(a)),
        ]
        insect.draw.line(insect.pixels(ends), fill=_varied(insect.rng, color, 18), width=2)


def draw(seed: int) -> tuple[Split, Split]:
    """Draw training and test insects.

    Parameters
    ----------
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    tuple of Split
        140 and 90 images, uint8 (N, 3, 256, 256), with int64 labels: 0 for ants, then 1 for
        bees, in blocks as in the real set.
    """
    rng = np.random.default_rng(seed)
    patterns = _patterns(rng)
    return _split(rng, patterns, TRAIN_COUNTS), _split(rng, patterns, TEST_COUNTS)


def _split(rng: Random, patterns: list[Image.Image], counts: tuple[int, int]) -> Split:
    kinds: tuple[Callable[[Insect], None], ...] = (ant, bee)
    labels = torch.arange(2).repeat_interleave(torch.tensor(counts))
    images = [_picture(rng, patterns, kinds[label]) for label in labels.tolist()]
    return Split(torch.stack(images), labels)


def _patterns(rng: Random, n: int = 12) -> list[Image.Image]:
    """Draw smooth gray patterns with a fine grain, for the grounds."""
    fields = canvas.smooth_noise(rng, n, 1, 7, DRAWING_SIDE)
    fields += 0.5 * canvas.smooth_noise(rng, n, 1, 40, DRAWING_SIDE)
    fields += 0.35 * canvas.smooth_noise(rng, n, 1, 200, DRAWING_SIDE)
    return [Image.fromarray(f[0].numpy()) for f in canvas.to_bytes(0.5 + 0.22 * fields)]


def _picture(rng: Random, patterns: list[Image.Image], kind: Callable[[Insect], None]) -> Tensor:
    """Draw one insect on its ground: uint8 (3, 256, 256)."""
    picture = _ground(rng, patterns)
    _petals(rng, picture)
    # The ground lies a little out of focus.
    picture = picture.filter(ImageFilter.BoxBlur(int(rng.integers(1, 5))))
    kind(Insect(rng, picture))
    small = np.array(picture.reduce(DRAWING_SIDE // SIDE))
    return torch.from_numpy(small).permute(2, 0, 1)


def _ground(rng: Random, patterns: list[Image.Image]) -> Image.Image:
    """Blend two colors by one of the patterns, turned and mirrored."""
    dark, light = GROUNDS[rng.integers(len(GROUNDS))]
    pattern = patterns[rng.integers(len(patterns))].transpose(Image.Transpose(int(rng.integers(7))))
    size = (DRAWING_SIDE, DRAWING_SIDE)
    return Image.composite(
        Image.new("RGB", size, _varied(rng, light)), Image.new("RGB", size, _varied(rng, dark)),
        pattern,
    )  # fmt: skip


def _petals(rng: Random, picture: Image.Image) -> None:
    """Lay a fan of petals or leaves on the ground of most pictures."""
    if rng.random() < 0.3:
        return
    drawing = ImageDraw.Draw(picture)
    color = PETALS[rng.integers(len(PETALS))]
    x, y = rng.uniform(0.1, 0.9, 2) * DRAWING_SIDE
    count, length = int(rng.integers(3, 10)), rng.uniform(0.22, 0.5) * DRAWING_SIDE
    for petal in range(count):
        lean = 2 * math.pi * petal / count + float(rng.normal(0, 0.12))
        outline = _ellipse(
            x + length * math.sin(lean), y - length * math.cos(lean),
            length * 0.34, length * 0.95, lean,
        )  # fmt: skip
        points = [(float(px), float(py)) for px, py in outline]
        drawing.polygon(points, fill=_varied(rng, color), outline=_lighter(color, -40))
        tip = (x + 1.8 * length * math.sin(lean), y - 1.8 * length * math.cos(lean))
        drawing.line([(float(x), float(y)), tip], fill=_lighter(color, -28), width=3)
    radius = 0.16 * length
    drawing.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_lighter(color, -70))
