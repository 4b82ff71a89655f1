"""Drawn clothes, the stand-in for Fashion-MNIST: cut-outs of the ten articles, with fabric.

Each article is an outline with a few seams. Tops share one cut and differ in sleeve, collar and
front, as in a wardrobe: that is what makes shirts, pullovers and coats hard to tell apart. Later
chapters use the set where MNIST is too easy.
"""

from collections.abc import Callable

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from dlbook.data.dataset import Split
from dlbook.data.standins import canvas
from dlbook.data.standins.canvas import Points

N_TRAIN, N_TEST = 6_000, 2_000
SIDE = 28
# Different garments per article in one atlas.
CUTS = 48
ATLAS_SIDE, DRAWING_SIDE = 56, 112
# Brightness of a seam in an atlas; NEUTRAL leaves the fabric as it is.
NEUTRAL, DARK, LIGHT = 128, 30, 225

Random = np.random.Generator


class Pattern:
    """One garment being drawn: where there is cloth, and how light each part of it is."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.cloth = Image.new("L", (DRAWING_SIDE, DRAWING_SIDE))
        self.shade = Image.new("L", (DRAWING_SIDE, DRAWING_SIDE), NEUTRAL)

    def piece(self, points: Points, shade: int | None = None) -> None:
        """Add a piece of cloth with the given outline, in units of the picture."""
        pixels = self._pixels(points)
        ImageDraw.Draw(self.cloth).polygon(pixels, fill=255)
        if shade is not None:
            ImageDraw.Draw(self.shade).polygon(pixels, fill=shade)

    def both(self, half: Points, shade: int | None = None) -> None:
        """Add a piece that is the same left and right, from its left half's outline."""
        mirrored = [(1 - x, y) for x, y in reversed(half)]
        self.piece([*half, *mirrored], shade)

    def hole(self, points: Points) -> None:
        """Cut a hole."""
        ImageDraw.Draw(self.cloth).polygon(self._pixels(points), fill=0)

    def seam(self, points: Points, shade: int = DARK, width: float = 0.02) -> None:
        """Draw a line on the cloth."""
        path = np.array(points, dtype=np.float32) * DRAWING_SIDE
        canvas.stroke(ImageDraw.Draw(self.shade), path, width * DRAWING_SIDE, shade)

    def strap(self, points: Points, width: float, shade: int | None = None) -> None:
        """Add a band of cloth along a smooth line."""
        path = canvas.spline(points) * DRAWING_SIDE
        canvas.stroke(ImageDraw.Draw(self.cloth), path, width * DRAWING_SIDE)
        if shade is not None:
            canvas.stroke(ImageDraw.Draw(self.shade), path, width * DRAWING_SIDE, shade)

    def between(self, low: float, high: float) -> float:
        """Draw a random measure."""
        return float(self.rng.uniform(low, high))

    def chance(self, probability: float) -> bool:
        """Toss a coin."""
        return bool(self.rng.random() < probability)

    def picture(self) -> Image.Image:
        """Return cloth and shade as two channels."""
        return Image.merge("LA", (self.cloth, self.shade))

    def _pixels(self, points: Points) -> list[tuple[float, float]]:
        moved = canvas.jittered(self.rng, points, 0.006) * DRAWING_SIDE
        return [(float(x), float(y)) for x, y in moved]


def _top(p: Pattern, sleeve: float, hem: float, width: float, neck: float = 0.09) -> None:
    """Cut the body and sleeves of a top; `sleeve` is 0 (none) to 1 (to the hip)."""
    body = 0.5 - width
    shoulder = p.between(0.12, 0.16)
    p.both(
        [(0.5, shoulder + 0.05), (0.5 - neck, shoulder - 0.02), (body - 0.01, shoulder + 0.05),
         (body, 0.36), (body + p.between(-0.02, 0.02), hem), (0.5, hem + p.between(0, 0.02))]
    )  # fmt: skip
    if sleeve:
        out = p.between(0.10, 0.15) + 0.05 * (sleeve < 0.6)
        end = 0.34 + 0.48 * sleeve
        cuff = p.between(0.06, 0.09) + 0.05 * (1 - sleeve)
        for side in (False, True):
            arm = [(body - 0.01, shoulder + 0.04), (body - out, end - 0.04 * (1 - sleeve)),
                   (body - out + cuff, end + 0.02), (body + 0.03, 0.38)]  # fmt: skip
            p.piece([(1 - x, y) for x, y in arm] if side else arm)
            line = [(body + 0.005, shoulder + 0.12), (body + 0.005, min(end, hem) - 0.02)]
            p.seam([(1 - x, y) for x, y in line] if side else line, shade=60, width=0.018)


def _neckline(p: Pattern, neck: float = 0.09) -> None:
    depth = p.between(0.17, 0.23)
    p.seam([(0.5 - neck, 0.12), (0.5, depth), (0.5 + neck, 0.12)], shade=70, width=0.025)


def t_shirt(p: Pattern) -> None:
    """Draw a T-shirt: short sleeves, round neck, sometimes a print."""
    _top(p, sleeve=p.between(0.08, 0.24), hem=p.between(0.84, 0.92), width=p.between(0.19, 0.24))
    _neckline(p)
    if p.chance(0.4):
        x, y, r = 0.5, p.between(0.4, 0.5), p.between(0.06, 0.11)
        shade = DARK if p.chance(0.5) else LIGHT
        p.piece([(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)], shade)


def trouser(p: Pattern) -> None:
    """Draw trousers: waistband and two legs."""
    waist, hip = p.between(0.13, 0.18), p.between(0.18, 0.23)
    foot, gap = p.between(0.15, 0.24), p.between(0.015, 0.06)
    crotch = p.between(0.3, 0.4)
    p.both([(0.5, 0.05), (0.5 - waist, 0.05), (0.5 - hip, 0.3), (0.5 - foot, 0.95),
            (0.5 - gap - 0.02, 0.95), (0.5, crotch)])  # fmt: skip
    p.seam([(0.5 - waist, 0.11), (0.5 + waist, 0.11)], shade=70)
    p.seam([(0.5, 0.11), (0.5, crotch)], shade=70)


def pullover(p: Pattern) -> None:
    """Draw a pullover: long sleeves, ribbed hem and cuffs."""
    hem = p.between(0.84, 0.92)
    _top(p, sleeve=p.between(0.84, 1.0), hem=hem, width=p.between(0.2, 0.25))
    _neckline(p)
    if p.chance(0.7):
        p.seam([(0.27, hem - 0.05), (0.73, hem - 0.05)], shade=60, width=0.02)
    if p.chance(0.25):
        for y in (0.4, 0.52, 0.64):
            p.seam([(0.28, y), (0.72, y)], shade=LIGHT, width=0.04)


def dress(p: Pattern) -> None:
    """Draw a dress: narrow waist, flared skirt, straps or short sleeves."""
    bust, waist = p.between(0.12, 0.17), p.between(0.09, 0.13)
    skirt, at = p.between(0.15, 0.27), p.between(0.36, 0.46)
    p.both([(0.5, 0.2), (0.5 - bust * 0.5, 0.16), (0.5 - bust, 0.2), (0.5 - waist, at),
            (0.5 - skirt, 0.95), (0.5, 0.97)])  # fmt: skip
    if p.chance(0.6):
        for x in (0.5 - bust * 0.7, 0.5 + bust * 0.7):
            p.strap([(x, 0.2), (x, 0.04)], p.between(0.03, 0.07))
    else:
        p.both([(0.5, 0.12), (0.5 - bust, 0.1), (0.5 - bust - 0.08, 0.26), (0.5 - bust, 0.3)])
    if p.chance(0.6):
        p.seam([(0.5 - waist, at), (0.5 + waist, at)], shade=60)


def coat(p: Pattern) -> None:
    """Draw a coat: long, open in front, with lapels."""
    width, hem = p.between(0.22, 0.27), p.between(0.9, 0.97)
    _top(p, sleeve=p.between(0.86, 1.0), hem=hem, width=width, neck=0.11)
    low = p.between(0.3, 0.45)
    p.seam([(0.5, low), (0.5, hem)], shade=20, width=0.03)
    p.seam([(0.4, 0.12), (0.5, low), (0.6, 0.12)], shade=25, width=0.03)
    if p.chance(0.6):
        for x in (0.34, 0.58):
            p.seam([(x, 0.68), (x + 0.1, 0.68)], shade=50)


def sandal(p: Pattern) -> None:
    """Draw a sandal: a thin sole, a heel or none, a few straps."""
    heel, toe = p.between(0.04, 0.26), p.between(0.74, 0.78)
    sole = p.between(0.03, 0.06)
    back = toe - heel
    p.piece([(0.06, toe), (0.34, toe), (0.7, back + 0.02), (0.94, back), (0.94, back + sole),
             (0.7, back + sole + 0.03), (0.36, toe + sole), (0.06, toe + sole)])  # fmt: skip
    if heel > 0.12:
        p.piece([(0.84, back), (0.94, back), (0.92, toe + sole), (0.87, toe + sole)])
    else:
        p.piece([(0.34, toe), (0.94, back), (0.94, toe + sole), (0.34, toe + sole)], shade=90)
    top = back - p.between(0.14, 0.26)
    width = p.between(0.03, 0.06)
    p.strap([(0.14, toe), (0.22, toe - 0.13), (0.36, toe - 0.01)], width)
    if p.chance(0.6):
        p.strap([(0.26, toe), (0.36, toe - 0.2), (0.5, toe - heel * 0.4)], width)
    p.strap([(0.9, back), (0.86, top), (0.62, top + 0.06), (0.56, back + 0.06)], width)


def shirt(p: Pattern) -> None:
    """Draw a shirt: collar, row of buttons, sleeves of any length."""
    sleeve = p.between(0.1, 0.3) if p.chance(0.35) else p.between(0.8, 1.0)
    hem = p.between(0.84, 0.93)
    _top(p, sleeve=sleeve, hem=hem, width=p.between(0.19, 0.24))
    p.both([(0.5, 0.2), (0.42, 0.09), (0.37, 0.14), (0.44, 0.25)], shade=LIGHT)
    p.seam([(0.5, 0.2), (0.5, hem)], shade=85, width=0.018)
    for y in np.arange(0.3, hem - 0.05, 0.12):
        p.seam([(0.5, y), (0.5, y + 0.01)], shade=LIGHT, width=0.04)


def sneaker(p: Pattern) -> None:
    """Draw a sneaker: low, with a sole of another shade and laces."""
    collar, toe = p.between(0.36, 0.46), p.between(0.54, 0.6)
    p.piece([(0.05, 0.7), (0.1, toe), (0.3, toe - 0.05), (0.56, collar), (0.68, collar + 0.05),
             (0.86, collar - 0.02), (0.93, 0.58), (0.95, 0.72)])  # fmt: skip
    sole = p.between(0.05, 0.08)
    p.piece([(0.04, 0.69), (0.96, 0.69), (0.95, 0.69 + sole), (0.06, 0.69 + sole)],
            LIGHT if p.chance(0.6) else DARK)  # fmt: skip
    for t in (0.0, 0.35, 0.7):
        x, y = 0.3 + 0.26 * t, toe - 0.05 + (collar - toe + 0.05) * t
        p.seam([(x, y), (x + 0.07, y + 0.07)], shade=LIGHT, width=0.022)
    if p.chance(0.6):
        p.seam([(0.48, 0.66), (0.62, 0.52), (0.8, 0.64)], shade=LIGHT, width=0.03)


def bag(p: Pattern) -> None:
    """Draw a bag: a box with a handle."""
    half, low, top = p.between(0.26, 0.42), p.between(0.8, 0.92), p.between(0.36, 0.5)
    taper = p.between(-0.05, 0.08)
    p.both([(0.5, top), (0.5 - half + taper, top), (0.5 - half, low), (0.5, low)])
    grip, rise = p.between(0.13, 0.24), top - p.between(0.14, 0.3)
    p.strap([(0.5 - grip, top + 0.03), (0.5 - grip * 0.9, rise + 0.06), (0.5, rise),
             (0.5 + grip * 0.9, rise + 0.06), (0.5 + grip, top + 0.03)],
            p.between(0.03, 0.06))  # fmt: skip
    if p.chance(0.6):
        flap = top + p.between(0.1, 0.2)
        p.seam([(0.5 - half, flap), (0.5 + half, flap)], shade=50)
    p.seam([(0.47, top + 0.14), (0.53, top + 0.14)], shade=LIGHT, width=0.05)


def ankle_boot(p: Pattern) -> None:
    """Draw an ankle boot: a shaft, a toe, a heel."""
    shaft, front = p.between(0.1, 0.22), p.between(0.44, 0.54)
    toe, heel = p.between(0.58, 0.66), p.between(0.03, 0.13)
    p.piece([(0.06, 0.82), (0.1, toe + 0.06), (0.28, toe), (front, 0.46), (front, shaft),
             (0.88, shaft), (0.88, 0.5), (0.93, 0.82)])  # fmt: skip
    p.piece([(0.05, 0.81), (0.6, 0.81), (0.6, 0.85), (0.06, 0.85)], shade=60)
    p.piece([(0.66, 0.81), (0.94, 0.81), (0.92, 0.83 + heel), (0.7, 0.83 + heel)], shade=60)
    if p.chance(0.5):
        p.seam([(0.7, shaft), (0.7, 0.6)], shade=50)
    if p.chance(0.5):
        p.seam([(front, shaft + 0.05), (0.88, shaft + 0.05)], shade=LIGHT, width=0.03)


# In the order of the labels.
ARTICLES: tuple[Callable[[Pattern], None], ...] = (
    t_shirt,
    trouser,
    pullover,
    dress,
    coat,
    sandal,
    shirt,
    sneaker,
    bag,
    ankle_boot,
)


def draw(seed: int) -> tuple[Split, Split]:
    """Draw training and test pictures of clothes.

    Parameters
    ----------
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    tuple of Split
        6,000 and 2,000 images, uint8 (N, 1, 28, 28), gray on black, with int64 labels 0 to 9.
    """
    train, test = np.random.default_rng(seed).spawn(2)
    return _split(train, N_TRAIN), _split(test, N_TEST)


def _split(rng: Random, n: int) -> Split:
    """Draw one part with garments of its own."""
    atlas = _atlas(rng)

    def lay_out(labels: Tensor) -> Tensor:
        m = len(labels)
        chosen = labels * CUTS + torch.from_numpy(rng.integers(CUTS, size=m))
        grids = canvas.warp_grids(
            rng, m, SIDE, shift=0.16, angle=0.12, scale=(0.72, 1.06), shear=0.08, bend=0.055
        )
        cloth, shade = torch.split(canvas.warped(atlas[chosen], grids), 1, dim=1)
        fabric = canvas.uniform(rng, 0.3, 0.85, m, 1, 1, 1) + _weave(rng, m)
        contrast = canvas.uniform(rng, 0.25, 1.0, m, 1, 1, 1)
        # A shade of 0.5 is neutral.
        images = fabric + contrast * (shade - 0.5) + 0.05 * canvas.grain(rng, m, SIDE)
        return images.clamp_(0, 1) * cloth

    return canvas.render(rng, n, len(ARTICLES), lay_out)


def _atlas(rng: Random) -> Tensor:
    """Draw every cut of every article: (10 * CUTS, 2, 56, 56), cloth and shade."""
    pictures = []
    for article in ARTICLES:
        for _ in range(CUTS):
            pattern = Pattern(rng)
            article(pattern)
            pictures.append(pattern.picture())
    return canvas.atlas_tensor(pictures, ATLAS_SIDE)


def _weave(rng: Random, n: int) -> Tensor:
    """Draw fabrics, plain, striped or checked, with folds: (n, 1, 28, 28) around 0."""
    axis = torch.linspace(-1, 1, SIDE)
    kind = torch.from_numpy(rng.integers(4, size=(n, 1, 1, 1)))
    frequency = canvas.uniform(rng, 6, 22, n, 1, 1, 1)
    phase = canvas.uniform(rng, 0, 6.3, n, 1, 1, 1)
    across = torch.sin(frequency * axis[:, None] + phase)
    along = torch.sin(frequency * axis + phase)
    stripes = torch.where(kind == 1, across, torch.where(kind == 2, along, 0.0))
    stripes = torch.where(kind == 3, 0.7 * (across + along), stripes)
    strength = canvas.uniform(rng, -0.1, 0.2, n, 1, 1, 1).clamp_(min=0)
    return strength * stripes + 0.07 * canvas.smooth_noise(rng, n, 1, 4, SIDE)
