"""What a data set is: tensors, class names, and where the numbers came from.

A data set travels with its provenance, so that a page can say in one line which data it shows.
A stand-in, drawn by this book, never carries the name of the set it stands for.
Chapter 1 introduces the first of them.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor

Tier = Literal["local", "cache", "network", "standin"]


class DataError(ValueError):
    """A data file or data folder that cannot be used.

    The message names the file, what was expected, what was found, and what to do.
    """


class Split(NamedTuple):
    """One part of a data set, training or test.

    Attributes
    ----------
    inputs : Tensor
        Images, uint8 of shape (N, C, H, W), or measurements, float32 of shape (N, features).
    labels : Tensor
        Class numbers, int64 of shape (N,).
    """

    inputs: Tensor
    labels: Tensor

    def rows(self) -> tuple[Tensor, Tensor]:
        """Prepare images for dense layers.

        Returns
        -------
        tuple of Tensor
            Inputs, float32 from 0 to 1, shape (N, C * H * W), and the labels.

        Raises
        ------
        TypeError
            If the inputs are no 8-bit images.
        """
        images = self.inputs
        if not isinstance(images, Tensor) or images.dtype != torch.uint8 or images.ndim != 4:
            found = type(images).__name__
            if isinstance(images, Tensor):
                found = f"{images.dtype}, shape {tuple(images.shape)}"
            raise TypeError(f"inputs must be 8-bit images, shape (N, C, H, W), found {found}")
        return self.inputs.flatten(1).float() / 255, self.labels


@dataclass(frozen=True)
class Provenance:
    """Where data came from, and the evidence for it.

    Attributes
    ----------
    name : str
        The data set that was asked for, such as ``"mnist"``.
    title : str
        What to call it in print. A stand-in has a title of its own.
    tier : str
        ``"local"``, ``"cache"``, ``"network"`` or ``"standin"``.
    source : str
        A folder, a URL, or ``"drawn by dlbook, seed N"``.
    hashes : dict of str to str
        File name to its SHA-256. For a stand-in, the recipe's version and seed.
    license : str
        The terms under which the data may be used.
    note : str
        How the data was verified, or what a stand-in is.
    stands_for : str
        The title of the real set, for a stand-in; otherwise empty.
    """

    name: str
    title: str
    tier: Tier
    source: str
    hashes: dict[str, str]
    license: str
    note: str
    stands_for: str = ""

    @property
    def is_standin(self) -> bool:
        """Whether this book drew the data itself."""
        return self.tier == "standin"

    @property
    def digest(self) -> str:
        """A hexadecimal digest that changes exactly when the tier or a hash changes."""
        state = json.dumps([self.name, self.tier, self.hashes], sort_keys=True)
        return hashlib.sha256(state.encode()).hexdigest()

    def describe(self) -> str:
        """Return one line that tells a reader which data this is."""
        if self.is_standin:
            seed = self.hashes["seed"]
            return (
                f"Data: {self.title}, a stand-in for {self.stands_for} "
                f"drawn by this book (seed {seed}); not {self.stands_for}."
            )
        places = {
            "local": "read from a local folder",
            "cache": "fetched earlier, read from the cache",
            "network": "fetched over the network",
        }
        return f"Data: {self.title}, {places[self.tier]}; {self.note}."


@dataclass(frozen=True)
class Dataset:
    """A data set, ready for use.

    Attributes
    ----------
    name : str
        The name that :func:`dlbook.data.load` was given.
    train, test : Split
        The two parts. The wheat seeds come undivided: their ``test`` has 0 rows.
    classes : tuple of str
        Class names; label ``k`` is ``classes[k]``.
    features : tuple of str
        Column names of a table of measurements; empty for images.
    provenance : Provenance
        Where the data came from.
    """

    name: str
    train: Split
    test: Split
    classes: tuple[str, ...]
    features: tuple[str, ...]
    provenance: Provenance

    @property
    def title(self) -> str:
        """The name of the data in print, "MNIST" or, for its stand-in, "drawn digits"."""
        return self.provenance.title
