"""Turn the published file formats into tensors, and say what is wrong with a file that fails.

Readers take a file's bytes, which the caller has verified already, and its path for messages.
They trust nothing all the same: lengths are checked against headers, and a pickle is read by
:mod:`dlbook.data.pickles`, which runs nothing. Chapter 1 reads its digits through
:func:`read_idx`, chapter 7 its wheat through :func:`read_seeds`.
"""

import io
import math
import re
import reprlib
import struct
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from dlbook.data.archives import gunzip
from dlbook.data.catalog import SEEDS_FEATURES
from dlbook.data.dataset import DataError, Split
from dlbook.data.pickles import unpickle_plain

FETCH_AGAIN = "Replace it by the published file"
SHORT_SIDE = 256


def read_idx(content: bytes, path: PurePath, n_dimensions: int) -> Tensor:
    """Read one gzipped IDX file, the format of MNIST and Fashion-MNIST.

    Parameters
    ----------
    content : bytes
        The file as it stands on the disk, compressed.
    path : PurePath
        Its path, for messages.
    n_dimensions : int
        The number of axes expected: 3 for images, 1 for labels.

    Returns
    -------
    Tensor
        uint8, of the shape the header states.

    Raises
    ------
    DataError
        If the file does not unpack, has another magic number, or is longer or shorter than its
        header says.

    Notes
    -----
    The header is big-endian: two zero bytes, the type (8 for uint8), the number of axes, then
    one 32-bit length per axis (LeCun, Cortes and Burges).
    """
    raw = gunzip(content, path)
    header = 4 + 4 * n_dimensions
    expected_magic = 0x0800 + n_dimensions
    if len(raw) < header:
        raise DataError(
            f"{path}: {len(raw)} bytes after unpacking, too short for an IDX header of {header} "
            f"bytes. {FETCH_AGAIN}."
        )
    magic, *lengths = struct.unpack(f">{1 + n_dimensions}I", raw[:header])
    if magic != expected_magic:
        raise DataError(
            f"{path}: wrong IDX header: magic number {magic:#010x}, expected "
            f"{expected_magic:#010x} (uint8 with {n_dimensions} axes). {FETCH_AGAIN}."
        )
    found, expected = len(raw) - header, math.prod(lengths)
    if found != expected:
        problem = "truncated" if found < expected else "trailing bytes"
        shape = " x ".join(map(str, lengths))
        raise DataError(
            f"{path}: {problem}: {found} bytes of data, expected {expected} for the {shape} of "
            f"its header. {FETCH_AGAIN}."
        )
    if not found:
        raise DataError(f"{path}: its header says that it holds no data. {FETCH_AGAIN}.")
    return torch.frombuffer(bytearray(raw), dtype=torch.uint8, offset=header).reshape(lengths)


def read_idx_split(
    images: tuple[bytes, PurePath], labels: tuple[bytes, PurePath], n_classes: int
) -> Split:
    """Read a file of images and a file of labels that belong together.

    Parameters
    ----------
    images, labels : tuple of bytes and PurePath
        Content and path of the two files.
    n_classes : int
        Labels must lie in 0 .. n_classes - 1.

    Returns
    -------
    Split
        Images uint8 (N, 1, H, W), labels int64 (N,).

    Raises
    ------
    DataError
        If a file is damaged, the two differ in length, or a label is out of range.
    """
    pixels = read_idx(*images, n_dimensions=3)
    classes = read_idx(*labels, n_dimensions=1)
    if len(pixels) != len(classes):
        raise DataError(
            f"{labels[1]}: {len(classes)} labels for the {len(pixels)} images of {images[1].name}; "
            "expected as many. Take both files from one copy of the set."
        )
    if len(classes) and int(classes.max()) >= n_classes:
        raise DataError(
            f"{labels[1]}: label {int(classes.max())} found, expected 0 to {n_classes - 1}. "
            f"{FETCH_AGAIN}."
        )
    return Split(pixels.unsqueeze(1), classes.long())


def read_cifar_batch(content: bytes, path: PurePath) -> Split:
    """Read one CIFAR-10 batch file.

    Parameters
    ----------
    content : bytes
        The pickle.
    path : PurePath
        Its path, for messages.

    Returns
    -------
    Split
        Images uint8 (N, 3, 32, 32), labels int64 (N,).

    Raises
    ------
    DataError
        If the pickle holds anything but plain values, or not N rows of 3072 bytes with N labels.
    """
    batch = unpickle_plain(content, path)
    if not isinstance(batch, dict) or not {b"data", b"labels"} <= batch.keys():
        raise DataError(
            f"{path}: expected a dict with b'data' and b'labels', found "
            f"{_outline(batch)}. {FETCH_AGAIN}."
        )
    data, labels = batch[b"data"], batch[b"labels"]
    if not (
        isinstance(data, np.ndarray)
        and data.dtype == np.uint8
        and data.ndim == 2
        and data.shape[1] == 3072
    ):
        raise DataError(
            f"{path}: b'data' must be a uint8 array of shape (N, 3072), found {_outline(data)}. "
            f"{FETCH_AGAIN}."
        )
    if not (
        isinstance(labels, list)
        and len(labels) == len(data)
        and all(type(label) is int and 0 <= label <= 9 for label in labels)
    ):
        raise DataError(
            f"{path}: b'labels' must be a list of {len(data)} numbers from 0 to 9, found "
            f"{_outline(labels)}. {FETCH_AGAIN}."
        )
    # A copy: the array of a pickle is a read-only part of the file.
    images = torch.from_numpy(np.array(data, order="C")).reshape(-1, 3, 32, 32)
    return Split(images, torch.tensor(labels, dtype=torch.int64))


def _outline(value: Any) -> str:
    """Describe a value in a few words: its type, and its shape, keys or length."""
    match value:
        case np.ndarray():
            return f"an array of {value.dtype}, shape {value.shape}"
        case dict():
            return f"a dict with keys {sorted(map(reprlib.repr, value))[:6]}"
        case list() | bytes() | str() | tuple():
            return f"a {type(value).__name__} of length {len(value)}"
        case _:
            return f"a {type(value).__name__}"


def parse_seeds(content: bytes, path: PurePath) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Parse the wheat seeds' text file into a table.

    Parameters
    ----------
    content : bytes
        Rows of seven measurements and the variety (1, 2 or 3), separated by one or more tabs.
    path : PurePath
        Its path, for messages.

    Returns
    -------
    ndarray
        float64, shape (N, 8).

    Raises
    ------
    DataError
        If a row has another number of columns, or a column that is no number; the message names
        row and column.
    """
    columns = (*SEEDS_FEATURES, "variety")
    rows = []
    for number, line in enumerate(content.decode("ascii", "replace").splitlines(), start=1):
        if not line.strip():
            continue
        # UCI's own file separates some columns by two tabs.
        cells = re.split(r"\t+", line.strip())
        if len(cells) != len(columns):
            raise DataError(
                f"{path}: row {number} has {len(cells)} columns, expected {len(columns)} "
                f"({', '.join(columns)}), separated by tabs. {FETCH_AGAIN}."
            )
        for cell, column in zip(cells, columns, strict=True):
            # Not so many digits that a float would be infinite.
            if not re.fullmatch(r"\d{1,9}(\.\d{0,9})?", cell):
                raise DataError(
                    f"{path}: row {number}, column '{column}': {cell!r} is no number. "
                    f"{FETCH_AGAIN}."
                )
        if float(cells[-1]) not in (1, 2, 3):
            raise DataError(
                f"{path}: row {number}, column 'variety': {cells[-1]} found, expected 1, 2 or 3. "
                f"{FETCH_AGAIN}."
            )
        rows.append([float(cell) for cell in cells])
    if not rows:
        raise DataError(f"{path}: no rows, expected 210. {FETCH_AGAIN}.")
    return np.array(rows, dtype=np.float64)


def read_seeds(content: bytes, path: PurePath) -> Split:
    """Read the wheat seeds.

    Parameters
    ----------
    content : bytes
        The text file; see :func:`parse_seeds`.
    path : PurePath
        Its path, for messages.

    Returns
    -------
    Split
        Measurements float32 (N, 7), varieties int64 (N,) counted from 0.

    Raises
    ------
    DataError
        If a row is malformed.
    """
    table = parse_seeds(content, path)
    return Split(
        torch.from_numpy(table[:, :-1].astype(np.float32)),
        torch.from_numpy(table[:, -1].astype(np.int64) - 1),
    )


def read_photographs(
    files: Mapping[PurePath, bytes], classes: tuple[str, ...], side: int = SHORT_SIDE
) -> Split:
    """Read photographs that lie in one folder per class.

    Parameters
    ----------
    files : mapping of PurePath to bytes
        The image files; the name of a file's folder is its class.
    classes : tuple of str
        The class names in the order of their labels.
    side : int
        Height and width of the result, in pixels.

    Returns
    -------
    Split
        Images uint8 (N, 3, side, side), in order of class and file name: the short side resized
        to ``side`` (bicubic), the middle cut out. Labels int64 (N,).

    Raises
    ------
    DataError
        If a file is no image that Pillow can read, or lies in no class's folder.
    """
    paths = sorted(files, key=lambda path: (path.parent.name, path.name))
    for path in paths:
        if path.parent.name not in classes:
            raise DataError(
                f"{path}: its folder names no class; expected one of {', '.join(classes)}. "
                "Move it or remove it."
            )
    images = torch.empty((len(paths), 3, side, side), dtype=torch.uint8)
    for image, path in zip(images, paths, strict=True):
        image.copy_(_square_photograph(files[path], path, side))
    labels = torch.tensor([classes.index(path.parent.name) for path in paths], dtype=torch.int64)
    return Split(images, labels)


def _square_photograph(content: bytes, path: PurePath, side: int) -> Tensor:
    """Decode one photograph to uint8 (3, side, side)."""
    try:
        image = Image.open(io.BytesIO(content)).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{path}: not a readable image ({error}). {FETCH_AGAIN}.") from error
    scale = side / min(image.size)
    width, height = (max(side, round(length * scale)) for length in image.size)
    image = image.resize((width, height), Image.Resampling.BICUBIC)
    left, top = (width - side) // 2, (height - side) // 2
    square = image.crop((left, top, left + side, top + side))
    return torch.from_numpy(np.array(square)).permute(2, 0, 1)
