"""Drawn grains, the stand-in for the wheat seeds: seven measurements of 210 kernels, three kinds.

Kernels are drawn from one correlated normal distribution per variety, with means and spreads
close to those of the real table; perimeter follows from area and compactness, as it must. The
varieties overlap. Chapter 7 classifies them three ways.
"""

import math

import numpy as np
import torch

from dlbook.data.dataset import Split

PER_CLASS = 70
# Drawn: area (mm2), compactness, kernel length, kernel width (mm), asymmetry, groove length (mm).
MEANS = (
    (14.33, 0.880, 5.51, 3.24, 2.67, 5.09),
    (18.33, 0.8835, 6.15, 3.68, 3.64, 6.02),
    (11.87, 0.849, 5.23, 2.85, 4.79, 5.12),
)
SPREADS = (
    (1.22, 0.016, 0.23, 0.178, 1.17, 0.26),
    (1.44, 0.0155, 0.27, 0.186, 1.18, 0.25),
    (0.72, 0.0215, 0.14, 0.147, 1.34, 0.16),
)
CORRELATION = (
    (1.00, 0.40, 0.74, 0.88, 0.00, 0.60),
    (0.40, 1.00, -0.22, 0.72, 0.00, -0.22),
    (0.74, -0.22, 1.00, 0.40, 0.00, 0.86),
    (0.88, 0.72, 0.40, 1.00, 0.00, 0.25),
    (0.00, 0.00, 0.00, 0.00, 1.00, 0.00),
    (0.60, -0.22, 0.86, 0.25, 0.00, 1.00),
)


def draw(seed: int) -> tuple[Split, Split]:
    """Draw the measurements.

    Parameters
    ----------
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    tuple of Split
        All 210 kernels, float32 (210, 7) with int64 labels 0, 1, 2 in blocks of 70 as in the
        real table; and an empty test part.
    """
    rng = np.random.default_rng(seed)
    # A square root of the nearest valid correlation matrix: rounding may have left it invalid.
    values, vectors = np.linalg.eigh(np.array(CORRELATION))
    root = vectors * np.sqrt(np.clip(values, 1e-4, None))
    blocks = []
    for mean, spread in zip(MEANS, SPREADS, strict=True):
        normal = rng.standard_normal((PER_CLASS, len(mean))) @ root.T
        blocks.append(np.array(mean) + np.array(spread) * normal)
    area, compactness, length, width, asymmetry, groove = np.concatenate(blocks).T
    compactness = np.minimum(compactness, 0.92)
    # Compactness is 4 pi area / perimeter^2 (Charytanowicz et al. 2010).
    perimeter = np.sqrt(4 * math.pi * area / compactness)
    asymmetry = np.abs(asymmetry)
    table = np.stack([area, perimeter, compactness, length, width, asymmetry, groove], axis=1)
    labels = torch.arange(3).repeat_interleave(PER_CLASS)
    empty = Split(torch.empty((0, 7)), torch.empty(0, dtype=torch.int64))
    return Split(torch.from_numpy(table.round(4).astype(np.float32)), labels), empty
