"""Drawn scenes, the stand-in for CIFAR-10: ten kinds of thing in color, before a background.

Paint is drawn at random and may be any color, the thing faces either way, and the background
only hints at what stands before it: shape decides. Chapters on color images use the set where
CIFAR-10 is not to be had.
"""

from collections.abc import Callable

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from dlbook.data.dataset import Split
from dlbook.data.standins import canvas
from dlbook.data.standins.canvas import Points

N_TRAIN, N_TEST = 4_000, 2_000
SIDE = 32
# Different drawings per class in one atlas.
SKETCHES = 36
ATLAS_SIDE, DRAWING_SIDE = 64, 128

Random = np.random.Generator

# The layers of a sketch, one channel each: paint of two colors, and a fixed dark one.
BODY, ACCENT, DARK = range(3)


class Sketch:
    """One thing being drawn, in layers that are painted later; units of the picture."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.layers = [Image.new("L", (DRAWING_SIDE, DRAWING_SIDE)) for _ in range(3)]

    def shape(self, points: Points, layer: int = BODY, smooth: bool = False) -> None:
        """Fill an outline, angular or smooth."""
        moved = canvas.jittered(self.rng, points, 0.012)
        path = canvas.spline(moved, closed=True) if smooth else moved
        self._paint(layer, lambda draw, fill: draw.polygon(_pixels(path), fill=fill))

    def oval(self, x: float, y: float, rx: float, ry: float, layer: int = BODY) -> None:
        """Fill an ellipse with center (x, y)."""
        x, y = x + float(self.rng.normal(0, 0.008)), y + float(self.rng.normal(0, 0.008))
        box = _pixels(np.array([(x - rx, y - ry), (x + rx, y + ry)], dtype=np.float32))
        self._paint(layer, lambda draw, fill: draw.ellipse(box, fill=fill))

    def line(self, points: Points, width: float, layer: int = BODY) -> None:
        """Draw a smooth line with round ends."""
        path = canvas.spline(canvas.jittered(self.rng, points, 0.01)) * DRAWING_SIDE
        self._paint(layer, lambda draw, fill: canvas.stroke(draw, path, width * DRAWING_SIDE, fill))

    def between(self, low: float, high: float) -> float:
        """Draw a random measure."""
        return float(self.rng.uniform(low, high))

    def picture(self) -> Image.Image:
        """Return the layers as the channels of one picture."""
        return Image.merge("RGB", self.layers)

    def _paint(self, layer: int, mark: Callable[[ImageDraw.ImageDraw, int], None]) -> None:
        """Mark one layer and clear the others beneath it."""
        for index, image in enumerate(self.layers):
            mark(ImageDraw.Draw(image), 255 if index == layer else 0)


def _pixels(points: canvas.Array) -> list[tuple[float, float]]:
    return [(float(x) * DRAWING_SIDE, float(y) * DRAWING_SIDE) for x, y in points]


def _wheel(s: Sketch, x: float, y: float, radius: float) -> None:
    s.oval(x, y, radius, radius, DARK)
    s.oval(x, y, radius * 0.45, radius * 0.45, ACCENT)


def airplane(s: Sketch) -> None:
    """Draw an airplane from the side: fuselage, swept wings, tail fin, windows."""
    y, nose = s.between(0.46, 0.54), s.between(0.03, 0.08)
    thick = s.between(0.055, 0.085)
    s.shape([(0.34, y), (0.5, y - 0.02), (0.66, y - 0.3), (0.58, y - 0.3)])
    s.shape([(nose, y), (0.2, y - thick), (0.75, y - thick), (0.96, y - 0.03), (0.75, y + thick),
             (0.2, y + thick)], smooth=True)  # fmt: skip
    s.shape([(0.74, y - 0.03), (0.88, y - 0.04), (0.97, y - 0.25), (0.89, y - 0.25)], ACCENT)
    s.shape([(0.36, y + 0.03), (0.54, y + 0.03), (0.76, y + 0.3), (0.66, y + 0.3)], ACCENT)
    for x in (0.24, 0.34, 0.44, 0.54, 0.64):
        s.oval(x, y - 0.02, 0.018, 0.018, DARK)


def automobile(s: Sketch) -> None:
    """Draw a car from the side: low body, rounded cabin, two wheels."""
    floor, roof = s.between(0.68, 0.72), s.between(0.3, 0.38)
    waist = 0.5
    s.shape([(0.22, waist + 0.02), (0.34, roof), (0.64, roof), (0.8, waist + 0.02)])
    s.shape([(0.04, 0.56), (0.22, waist), (0.8, waist), (0.96, 0.56), (0.96, floor),
             (0.04, floor)])  # fmt: skip
    s.shape([(0.3, waist - 0.01), (0.38, roof + 0.05), (0.48, roof + 0.05), (0.48, waist - 0.01)],
            ACCENT)  # fmt: skip
    s.shape([(0.52, waist - 0.01), (0.52, roof + 0.05), (0.61, roof + 0.05), (0.71, waist - 0.01)],
            ACCENT)  # fmt: skip
    radius = s.between(0.09, 0.115)
    _wheel(s, 0.25, floor, radius)
    _wheel(s, 0.75, floor, radius)


def bird(s: Sketch) -> None:
    """Draw a perching bird: round body, beak, wing, tail, thin legs."""
    x, y = 0.5, s.between(0.5, 0.56)
    for foot in (0.46, 0.55):
        s.line([(foot, y + 0.14), (foot - 0.01, 0.9)], 0.025, DARK)
    s.shape([(0.6, y - 0.02), (0.93, y + s.between(0.02, 0.2)), (0.9, y + 0.26), (0.56, y + 0.14)])
    s.oval(x, y, s.between(0.2, 0.24), s.between(0.16, 0.2))
    head = (0.32, y - 0.2)
    s.oval(*head, 0.13, 0.12)
    s.shape([(0.22, y - 0.24), (0.06, y - 0.18), (0.22, y - 0.14)], ACCENT)
    s.shape([(0.42, y - 0.08), (0.64, y - 0.04), (0.8, y + 0.12), (0.54, y + 0.1)], ACCENT, True)
    s.oval(0.29, y - 0.23, 0.025, 0.025, DARK)


def cat(s: Sketch) -> None:
    """Draw a sitting cat: pointed ears, slim body, curling tail."""
    x, head = 0.45, s.between(0.3, 0.35)
    s.line([(0.6, 0.85), (0.85, 0.82), (0.9, 0.6), (0.8, s.between(0.42, 0.52))], 0.06)
    s.shape([(x - 0.12, 0.45), (x + 0.12, 0.45), (x + 0.25, 0.92), (x - 0.22, 0.92)], smooth=True)
    for side in (-1, 1):
        s.shape([(x + side * 0.19, head - 0.02), (x + side * 0.18, head - 0.27),
                 (x + side * 0.03, head - 0.12)])  # fmt: skip
        s.shape([(x + side * 0.15, head - 0.08), (x + side * 0.16, head - 0.2),
                 (x + side * 0.08, head - 0.12)], ACCENT)  # fmt: skip
    s.oval(x, head, s.between(0.18, 0.21), 0.16)
    for side in (-1, 1):
        s.oval(x + side * 0.08, head - 0.02, 0.03, 0.035, DARK)
        s.line([(x + side * 0.06, 0.7), (x + side * 0.07, 0.9)], 0.025, ACCENT)
    s.oval(x, head + 0.07, 0.03, 0.02, ACCENT)


def _legs(s: Sketch, places: tuple[float, ...], top: float, width: float) -> None:
    for x in places:
        s.line([(x, top), (x + s.between(-0.03, 0.03), 0.93)], width)


def deer(s: Sketch) -> None:
    """Draw a deer: slender legs, upright neck, antlers, spots."""
    y = s.between(0.54, 0.58)
    _legs(s, (0.36, 0.43, 0.72, 0.79), y, 0.035)
    s.oval(0.57, y, 0.27, 0.115)
    s.line([(0.36, y - 0.03), (0.27, 0.4), (0.24, 0.34)], 0.09)
    s.shape([(0.3, 0.28), (0.29, 0.38), (0.08, 0.4), (0.09, 0.34)], smooth=True)
    for lean in (-0.08, 0.1):
        tip = (0.27 + lean * 1.6, s.between(0.03, 0.08))
        s.line([(0.27, 0.3), (0.27 + lean, 0.18), tip], 0.03, DARK)
        s.line([(0.27 + lean * 0.8, 0.2), (0.27 + lean * 2.2, 0.17)], 0.025, DARK)
    for x in (0.45, 0.55, 0.65):
        s.oval(x, y - 0.04, 0.025, 0.02, ACCENT)
    s.oval(0.84, y - 0.05, 0.035, 0.05, ACCENT)


def dog(s: Sketch) -> None:
    """Draw a dog: sturdy legs, hanging ear, muzzle, raised tail."""
    y = s.between(0.55, 0.6)
    _legs(s, (0.34, 0.43, 0.7, 0.78), y, s.between(0.065, 0.085))
    s.line([(0.78, y - 0.06), (0.9, y - 0.18), (0.92, s.between(0.22, 0.32))], 0.05)
    s.oval(0.56, y, 0.27, s.between(0.13, 0.155))
    s.line([(0.36, y - 0.04), (0.28, 0.38)], 0.16)
    s.oval(0.27, 0.34, 0.15, 0.13)
    s.shape([(0.2, 0.32), (0.04, 0.36), (0.04, 0.44), (0.22, 0.46)], smooth=True)
    s.oval(0.05, 0.38, 0.03, 0.03, DARK)
    s.shape([(0.32, 0.24), (0.42, 0.3), (0.41, 0.52), (0.33, 0.46)], ACCENT, True)
    s.oval(0.22, 0.31, 0.025, 0.025, DARK)


def frog(s: Sketch) -> None:
    """Draw a squatting frog from the front: wide, eyes on top, folded legs."""
    y = s.between(0.6, 0.66)
    for side in (-1, 1):
        s.oval(0.5 + side * 0.3, y + 0.1, 0.15, 0.13)
        s.shape([(0.5 + side * 0.2, y + 0.16), (0.5 + side * 0.47, y + 0.2),
                 (0.5 + side * 0.44, y + 0.27), (0.5 + side * 0.14, y + 0.27)])  # fmt: skip
    s.oval(0.5, y, s.between(0.28, 0.32), s.between(0.2, 0.24))
    s.oval(0.5, y + 0.1, 0.19, 0.1, ACCENT)
    for side in (-1, 1):
        s.oval(0.5 + side * 0.17, y - 0.2, 0.1, 0.1)
        s.oval(0.5 + side * 0.17, y - 0.21, 0.05, 0.055, DARK)
    s.line([(0.32, y - 0.03), (0.5, y + 0.02), (0.68, y - 0.03)], 0.025, DARK)


def horse(s: Sketch) -> None:
    """Draw a horse: strong arched neck, mane, long tail, long legs."""
    y = s.between(0.52, 0.57)
    _legs(s, (0.35, 0.43, 0.7, 0.78), y, 0.05)
    s.line([(0.82, y - 0.06), (0.92, y + 0.08), (0.93, y + 0.28)], s.between(0.05, 0.08), ACCENT)
    s.oval(0.57, y, 0.28, s.between(0.13, 0.15))
    s.line([(0.38, y - 0.02), (0.3, 0.34), (0.25, 0.22)], 0.15)
    s.shape([(0.32, 0.13), (0.3, 0.3), (0.07, 0.44), (0.03, 0.37), (0.18, 0.18)], smooth=True)
    s.shape([(0.27, 0.14), (0.25, 0.04), (0.34, 0.14)])
    s.line([(0.31, 0.1), (0.38, 0.26), (0.47, y - 0.12)], s.between(0.05, 0.075), ACCENT)
    s.oval(0.2, 0.23, 0.022, 0.022, DARK)


def ship(s: Sketch) -> None:
    """Draw a ship: hull, decks, funnel or mast."""
    deck = s.between(0.56, 0.62)
    s.shape([(0.26, deck), (0.26, deck - 0.14), (0.74, deck - 0.14), (0.8, deck)], ACCENT)
    s.shape([(0.36, deck - 0.13), (0.36, deck - 0.25), (0.62, deck - 0.25), (0.62, deck - 0.13)],
            ACCENT)  # fmt: skip
    x = s.between(0.42, 0.54)
    if s.between(0, 1) < 0.5:
        right = x + 0.11
        s.shape([(x, deck - 0.24), (x, deck - 0.44), (right, deck - 0.44), (right, deck - 0.24)])
        s.shape(
            [(x, deck - 0.4), (x, deck - 0.46), (right, deck - 0.46), (right, deck - 0.4)], DARK
        )
    else:
        s.line([(x, deck - 0.2), (x, deck - 0.5)], 0.03, DARK)
        s.line([(x, deck - 0.48), (0.92, deck - 0.02)], 0.015, DARK)
    s.shape([(0.02, deck - 0.03), (0.97, deck - 0.02), (0.86, 0.82), (0.14, 0.82)])
    for at in (0.34, 0.46, 0.58, 0.7):
        s.oval(at, deck - 0.07, 0.025, 0.025, DARK)
    s.shape([(0.12, 0.78), (0.88, 0.78), (0.86, 0.83), (0.14, 0.83)], DARK)


def truck(s: Sketch) -> None:
    """Draw a truck: high box, separate cab, three wheels."""
    floor, box = s.between(0.72, 0.76), s.between(0.2, 0.3)
    s.shape([(0.34, box), (0.97, box), (0.97, floor - 0.06), (0.34, floor - 0.06)])
    if s.between(0, 1) < 0.5:
        s.shape([(0.36, 0.4), (0.95, 0.4), (0.95, 0.5), (0.36, 0.5)], ACCENT)
    s.shape([(0.03, floor), (0.03, 0.56), (0.12, 0.38), (0.31, 0.36), (0.31, floor)], ACCENT)
    s.shape([(0.09, 0.55), (0.15, 0.43), (0.26, 0.43), (0.26, 0.55)], DARK)
    s.shape([(0.03, floor - 0.07), (0.97, floor - 0.07), (0.97, floor), (0.03, floor)], DARK)
    radius = s.between(0.08, 0.1)
    for x in (0.18, 0.66, 0.86):
        _wheel(s, x, floor + 0.03, radius)


# In the order of the labels.
THINGS: tuple[Callable[[Sketch], None], ...] = (
    airplane,
    automobile,
    bird,
    cat,
    deer,
    dog,
    frog,
    horse,
    ship,
    truck,
)

# Backgrounds: colors of the upper and the lower part, RGB in 0 .. 1.
PLACES = (
    ((0.55, 0.73, 0.92), (0.78, 0.87, 0.95)),  # sky
    ((0.66, 0.78, 0.9), (0.16, 0.36, 0.52)),  # sea
    ((0.62, 0.74, 0.82), (0.42, 0.42, 0.43)),  # street
    ((0.52, 0.66, 0.52), (0.34, 0.5, 0.2)),  # meadow
    ((0.2, 0.32, 0.18), (0.4, 0.36, 0.2)),  # wood
    ((0.74, 0.66, 0.55), (0.5, 0.36, 0.26)),  # room
)
SKY, SEA, STREET, MEADOW, WOOD, ROOM = range(6)
# Where a thing is usually seen, in the order of the labels.
USUAL = (SKY, STREET, WOOD, ROOM, WOOD, ROOM, MEADOW, MEADOW, SEA, STREET)
# How often it is seen there; otherwise anywhere.
USUALLY = 0.45


def draw(seed: int) -> tuple[Split, Split]:
    """Draw training and test scenes.

    Parameters
    ----------
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    tuple of Split
        4,000 and 2,000 images, uint8 (N, 3, 32, 32), with int64 labels 0 to 9.
    """
    train, test = np.random.default_rng(seed).spawn(2)
    return _split(train, N_TRAIN), _split(test, N_TEST)


def _split(rng: Random, n: int) -> Split:
    """Draw one part with sketches of its own."""
    atlas = _atlas(rng)
    # Light falls from above.
    light = 1 + 0.12 * torch.linspace(1, -1, SIDE)[:, None]

    def paint(labels: Tensor) -> Tensor:
        m = len(labels)
        chosen = labels * SKETCHES + torch.from_numpy(rng.integers(SKETCHES, size=m))
        grids = canvas.warp_grids(
            rng, m, SIDE, shift=0.14, angle=0.1, scale=(0.72, 1.04), shear=0.06, bend=0.04,
            flip=True,
        )  # fmt: skip
        layers = canvas.warped(atlas[chosen], grids)
        images = _backgrounds(rng, labels)
        for layer, color in enumerate(_paints(rng, m)):
            cover = layers[:, layer : layer + 1]
            images = images + cover * (color * light - images)
        return images + 0.04 * canvas.grain(rng, m, SIDE)

    return canvas.render(rng, n, len(THINGS), paint)


def _atlas(rng: Random) -> Tensor:
    """Draw every sketch of every thing: (10 * SKETCHES, 3, 64, 64), one channel per layer."""
    pictures = []
    for thing in THINGS:
        for _ in range(SKETCHES):
            sketch = Sketch(rng)
            thing(sketch)
            pictures.append(sketch.picture())
    return canvas.atlas_tensor(pictures, ATLAS_SIDE)


def _paints(rng: Random, n: int) -> tuple[Tensor, Tensor, Tensor]:
    """Draw the colors of body, accent and dark parts: three times (n, 3, 1, 1)."""
    body = canvas.uniform(rng, 0.25, 1.0, n, 3, 1, 1)
    # Animals and metal are rarely vivid: pull the color towards its gray.
    body = 0.5 * body + 0.5 * body.mean(dim=1, keepdim=True)
    accent = (body + canvas.uniform(rng, -0.35, 0.35, n, 3, 1, 1)).clamp_(0.08, 1)
    return body, accent, canvas.uniform(rng, 0.02, 0.14, n, 3, 1, 1)


def _backgrounds(rng: Random, labels: Tensor) -> Tensor:
    """Draw a background per label: (n, 3, 32, 32), two colors that meet at a horizon."""
    n = len(labels)
    anywhere = torch.from_numpy(rng.integers(len(PLACES), size=n))
    usual = torch.tensor(USUAL)[labels]
    place = torch.where(torch.from_numpy(rng.random(n) < USUALLY), usual, anywhere)
    colors = torch.tensor(PLACES)[place][..., None, None]
    colors = colors + 0.06 * torch.from_numpy(
        rng.standard_normal((n, 2, 3, 1, 1), dtype=np.float32)
    )
    horizon = canvas.uniform(rng, -0.1, 0.7, n, 1, 1, 1)
    height = torch.linspace(-1, 1, SIDE)[:, None]
    below = ((height - horizon) * canvas.uniform(rng, 1.5, 14, n, 1, 1, 1) + 0.5).clamp(0, 1)
    texture = 0.07 * canvas.smooth_noise(rng, n, 1, 4, SIDE)
    texture = texture + 0.05 * below * canvas.smooth_noise(rng, n, 1, 16, SIDE)
    return colors[:, 0] + below * (colors[:, 1] - colors[:, 0]) + texture
