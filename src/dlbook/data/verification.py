"""Decide whether a file may be used: by the published hash, a listed hash, or its contents.

A hash is computed over the very bytes that are read afterwards, so that nothing can change in
between. A file that fails is reported, never used, moved or deleted. The reference page on data
tells which evidence there is for each set.
"""

import hashlib
import re
from pathlib import Path

import numpy as np

from dlbook.data.archives import unpack
from dlbook.data.catalog import HYMENOPTERA_CLASSES, SEEDS_VALUES_SHA256, Entry
from dlbook.data.dataset import DataError
from dlbook.data.readers import parse_seeds

SUMS = "SHA256SUMS"
# Photographs in the PyTorch tutorial's archive, training and validation.
HYMENOPTERA_COUNTS = {"train": 244, "val": 153}


def sha256(content: bytes) -> str:
    """Return the hexadecimal SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


def matches(content: bytes, known_hash: str) -> bool:
    """Tell whether bytes have a hash, written ``"md5:..."`` or ``"sha256:..."``."""
    algorithm, _, expected = known_hash.partition(":")
    return hashlib.new(algorithm, content, usedforsecurity=False).hexdigest() == expected


def read_bytes(path: Path) -> bytes:
    """Read a file whole.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror}). "
            "Check that it is there and its permissions."
        ) from error


def read_sums(root: Path) -> dict[str, str]:
    """Read a folder's ``SHA256SUMS``, as ``sha256sum`` writes it; an empty dict if it has none.

    Raises
    ------
    DataError
        If a line is not a hash and a path.
    """
    path = root / SUMS
    if not path.exists():
        return {}
    sums = {}
    lines = read_bytes(path).decode("utf-8", "replace").splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        match = re.fullmatch(r"([0-9a-fA-F]{64}) [ *](.+)", line)
        if match is None:
            raise DataError(
                f"{path}: line {number} is not a SHA-256 and a path: {line[:80]!r}. "
                f"Write the file anew with sha256sum."
            )
        sums[match[2].removeprefix("./")] = match[1].lower()
    return sums


def verify_local(
    content: bytes,
    found: str,
    root: Path,
    file: str,
    published: str | None,
    sums: dict[str, str],
) -> bool:
    """Verify one file of the local folder.

    Parameters
    ----------
    content : bytes
        What the file holds.
    found : str
        The SHA-256 of that.
    root : Path
        The data folder.
    file : str
        The file's path in it.
    published : str or None
        The published hash, if there is one.
    sums : dict of str to str
        The folder's ``SHA256SUMS``.

    Returns
    -------
    bool
        True if it is the published file, False if it is another that ``SHA256SUMS`` lists.

    Raises
    ------
    DataError
        If it is neither.
    """
    if published is not None and matches(content, published):
        return True
    if sums.get(file) == found:
        return False
    left_alone = "It was not used and not changed."
    if file in sums:
        raise DataError(
            f"{root / file}: altered or truncated: SHA-256 found {found}, expected {sums[file]} "
            f"({SUMS} of the folder). {left_alone} Copy it again, or unset DLBOOK_DATA_DIR."
        )
    if published is None:
        expected = f"expected to find it in {root / SUMS}, as no hash is published"
    else:
        expected = f"expected {published} (published)"
    raise DataError(
        f"{root / file}: not a known file: SHA-256 found {found}, {expected}. {left_alone} Copy it "
        f"again; or, if you trust this copy, list it: (cd {root} && sha256sum {file} >> {SUMS}); "
        "or unset DLBOOK_DATA_DIR."
    )


def is_published_table(content: bytes, path: Path) -> bool:
    """Tell whether a wheat seeds file holds the published 210 x 8 values, however it is spaced.

    Raises
    ------
    DataError
        If the file does not parse at all.
    """
    table = parse_seeds(content, path)
    return sha256(table.astype(np.dtype("<f8")).tobytes()) == SEEDS_VALUES_SHA256


def check_photographs(content: bytes, path: Path) -> None:
    """Check the structure of the ants-and-bees archive: its folders and number of photographs.

    Raises
    ------
    DataError
        If it is no whole zip archive, holds another number of photographs, or a member is no plain
        file or points outside.
    """
    names = [member.relative_to(path).as_posix() for member in unpack(content, path)]
    for split, expected in HYMENOPTERA_COUNTS.items():
        folder = rf"hymenoptera_data/{split}/({'|'.join(HYMENOPTERA_CLASSES)})/[^/]+\.jpg"
        found = sum(re.fullmatch(folder, name) is not None for name in names)
        if found != expected:
            raise DataError(
                f"{path}: {found} photographs in hymenoptera_data/{split}, expected {expected}. "
                "Fetch it again."
            )


def verify_download(entry: Entry, content: bytes, path: Path, known_hash: str | None) -> None:
    """Verify a fetched file, by its published hash or, where there is none, by its contents.

    Raises
    ------
    DataError
        If it is not what the catalog says.
    """
    if known_hash is not None:
        if not matches(content, known_hash):
            raise DataError(
                f"{path}: altered or truncated: SHA-256 found {sha256(content)}, expected "
                f"{known_hash}. It was not used. "
                f"Fetch it again: python -m dlbook.data fetch {entry.name}"
            )
    elif entry.name == "seeds":
        if not is_published_table(content, path):
            raise DataError(
                f"{path}: its values are not the published 210 x 8 table (SHA-256 of the values, "
                f"float64: expected {SEEDS_VALUES_SHA256}). It was not used. "
                f"Fetch it again: python -m dlbook.data fetch {entry.name}"
            )
    else:
        check_photographs(content, path)
