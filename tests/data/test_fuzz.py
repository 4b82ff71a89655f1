"""Readers of damaged files: a value that could be one, or a DataError that names the file."""

import gzip
import pickle
import random
import resource
import struct
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath

import numpy as np
import pytest
import torch

from dlbook.data import DataError
from dlbook.data.readers import read_cifar_batch, read_idx, read_seeds
from dlbook.data.verification import read_sums

N_INPUTS = 10_000
PATH = PurePath("somewhere/file")
LENGTHS = [*(struct.pack("<I", n) for n in (0, 1, 255, 1 << 16, (1 << 31) - 1, (1 << 32) - 1))]
LENGTHS += [length[::-1] for length in LENGTHS]


def damaged(content: bytes, seed: int) -> Iterator[bytes]:
    """Damage a file in many ways, each time in one to three places."""
    rng = random.Random(seed)
    for _ in range(N_INPUTS):
        file = bytearray(content)
        for _ in range(rng.randint(1, 3)):
            # Most of the structure of a file stands at its beginning or at its end.
            at = rng.randrange(len(file) + 1)
            at = rng.choice([at, min(at, rng.randrange(300)), max(at, len(file) - 100)])
            n = rng.randint(1, 40)
            match rng.randrange(6):
                case 0:
                    file[at : at + 1] = rng.randbytes(1)
                case 1:
                    del file[at:]
                case 2:
                    del file[at : at + n]
                case 3:
                    file[at:at] = rng.randbytes(n)
                case 4:
                    file[at:at] = file[at : at + n] * rng.randint(1, 9)
                case 5:
                    file[at : at + 4] = rng.choice(LENGTHS)
        yield bytes(file)


def survive(
    contents: Iterator[bytes], read: Callable[[bytes], None], path: PurePath = PATH
) -> None:
    """Read them all; no other exception than DataError, and no gigabytes of memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    n_read, refusals = 0, []
    for content in contents:
        try:
            read(content)
            n_read += 1
        except DataError as error:
            refusals.append(str(error))
    assert all(refusal.startswith(f"{path}: ") for refusal in refusals)
    assert n_read + len(refusals) == N_INPUTS
    assert len(refusals) > N_INPUTS / 10
    # In KiB.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


IDX = struct.pack(">4I", 0x0803, 2, 3, 4) + bytes(range(24))


def read_small_idx(content: bytes) -> None:
    images = read_idx(content, PATH, n_dimensions=3)
    assert images.dtype == torch.uint8
    assert images.ndim == 3
    assert 0 < images.numel() < 1000


def test_idx_damaged_inside() -> None:
    contents = (gzip.compress(content, 0, mtime=0) for content in damaged(IDX, seed=0))
    survive(contents, read_small_idx)


def test_idx_damaged_outside() -> None:
    survive(damaged(gzip.compress(IDX, mtime=0), seed=1), read_small_idx)


@pytest.mark.parametrize("protocol", [2, 4])
def test_cifar_damaged(protocol: int) -> None:
    data = np.arange(3072).astype(np.uint8)[None]
    batch = {b"labels": [3], b"data": data, b"filenames": [b"a.png"]}

    def read(content: bytes) -> None:
        images, labels = read_cifar_batch(content, PATH)
        assert images.dtype == torch.uint8
        assert images.shape == (len(labels), 3, 32, 32)
        assert labels.dtype == torch.int64
        assert all(0 <= label < 10 for label in labels.tolist())

    survive(damaged(pickle.dumps(batch, protocol=protocol), seed=protocol), read)


def test_seeds_damaged() -> None:
    def read(content: bytes) -> None:
        values, labels = read_seeds(content, PATH)
        assert values.shape == (len(labels), 7)
        assert torch.isfinite(values).all()
        assert 0 <= labels.min() <= labels.max() < 3

    rows = b"15.26\t14.84\t0.871\t5.763\t3.312\t2.221\t5.22\t1\n" * 2
    survive(damaged(rows, seed=5), read)


def test_sums_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "SHA256SUMS"
    path.touch()

    def read(content: bytes) -> None:
        # From memory: ten thousand files would take longer than all that is tested.
        monkeypatch.setattr("dlbook.data.verification.read_bytes", lambda _: content)
        assert all(len(digest) == 64 for digest in read_sums(tmp_path).values())

    survive(damaged(b"%b  MNIST/raw/a.gz\n" % (b"5c" * 32) * 2, seed=6), read, path)
