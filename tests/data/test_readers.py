"""Readers: what they read, and that each kind of damage is named with its file."""

import gzip
import io
import os
import pickle
import resource
import struct
from collections.abc import Callable
from pathlib import PurePath

import numpy as np
import pytest
import torch
from PIL import Image

from dlbook.data import DataError
from dlbook.data.readers import (
    read_cifar_batch,
    read_idx,
    read_idx_split,
    read_photographs,
    read_seeds,
)

PATH = PurePath("somewhere/file.gz")
MakeIdx = Callable[[np.ndarray], bytes]

# --- IDX ----------------------------------------------------------------------------------------


def test_idx_reads_back_what_was_written(make_idx: MakeIdx) -> None:
    images = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    read = read_idx(make_idx(images), PATH, n_dimensions=3)
    assert read.dtype == torch.uint8
    assert read.tolist() == images.tolist()


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda content: content[:-9], "truncated or altered"),
        (lambda content: b"", "too short|truncated"),
        (lambda content: b"not gzip at all", "not a whole gzip file"),
        (lambda content: gzip.compress(gzip.decompress(content)[:-1]), "truncated: 23 bytes"),
        (lambda content: gzip.compress(gzip.decompress(content) + b"x"), "trailing bytes: 25"),
        (lambda content: content + b"x", "something follows its end"),
        (
            lambda content: gzip.compress(b"\0\0\x08\3" + bytes(12)),
            "its header says that it holds no",
        ),
        (lambda content: gzip.compress(b"\0\0\x08"), "too short for an IDX header of 16"),
        (
            lambda content: gzip.compress(b"\0\0\x09\x03" + gzip.decompress(content)[4:]),
            "wrong IDX header: magic number 0x00000903, expected 0x00000803",
        ),
        (
            lambda content: gzip.compress(b"\0\0\x08\x03" + struct.pack(">3I", *3 * [2**32 - 1])),
            "truncated: 0 bytes of data",
        ),
    ],
)
def test_damaged_idx_is_named(
    make_idx: MakeIdx, damage: Callable[[bytes], bytes], problem: str
) -> None:
    content = make_idx(np.zeros((2, 3, 4)))
    with pytest.raises(DataError, match=problem) as caught:
        read_idx(damage(content), PATH, n_dimensions=3)
    assert str(caught.value).startswith(f"{PATH}: ")
    assert "Replace it by the published file" in str(caught.value)


def test_labels_in_place_of_images_are_a_wrong_header(make_idx: MakeIdx) -> None:
    with pytest.raises(DataError, match="0x00000801, expected 0x00000803"):
        read_idx(make_idx(np.zeros(30)), PATH, n_dimensions=3)


def test_label_out_of_range_is_named(make_idx: MakeIdx) -> None:
    images, labels = make_idx(np.zeros((3, 2, 2))), make_idx(np.array([0, 10, 9]))
    with pytest.raises(DataError, match=r"labels.gz: label 10 found, expected 0 to 9"):
        read_idx_split((images, PATH), (labels, PurePath("labels.gz")), 10)


def test_files_of_different_length_do_not_belong_together(make_idx: MakeIdx) -> None:
    images, labels = make_idx(np.zeros((3, 2, 2))), make_idx(np.zeros(4))
    with pytest.raises(DataError, match=r"labels.gz: 4 labels for the 3 images of file.gz"):
        read_idx_split((images, PATH), (labels, PurePath("labels.gz")), 10)


# --- CIFAR --------------------------------------------------------------------------------------


def batch(**changes: object) -> dict[bytes, object]:
    plain: dict[bytes, object] = {
        b"batch_label": b"a batch",
        b"labels": [3, 9],
        b"data": np.arange(2 * 3072).reshape(2, 3072).astype(np.uint8),
        b"filenames": [b"a.png", b"b.png"],
    }
    return plain | {name.encode(): value for name, value in changes.items()}


@pytest.mark.parametrize("protocol", [2, 4])
def test_cifar_batch_is_read(protocol: int) -> None:
    images, labels = read_cifar_batch(pickle.dumps(batch(), protocol=protocol), PATH)
    assert images.shape == (2, 3, 32, 32)
    assert images.dtype == torch.uint8
    # Rows are channel after channel: red first, 1024 bytes of it.
    assert images[0, 1, 0, 0] == 1024 % 256
    assert images[1, 0, 0, 5] == (3072 + 5) % 256
    assert labels.tolist() == [3, 9]
    assert labels.dtype == torch.int64


def published(data: np.ndarray, fortran: bool = False) -> bytes:
    """A batch of two rows as Python 2 and NumPy 1 wrote it: text is bytes, names are old."""
    content = data.T.tobytes() if fortran else data.tobytes()
    return (
        b"\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x15training batch 1 of 5q\x03U\x06labelsq\x04]q\x05"
        b"(K\x06K\x09eU\x04dataq\x06cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08"
        b"K\x00\x85q\tU\x01bq\n\x87q\x0bRq\x0c(K\x01K\x02M\x00\x0c\x86q\rcnumpy\ndtype\nq\x0eU\x02u1"
        b"q\x0fK\x00K\x01\x87q\x10Rq\x11(K\x03U\x01|q\x12NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x13b"
        + (b"\x88" if fortran else b"\x89")
        + b"T%bq\x14tq\x15bU\tfilenamesq\x16]q\x17(U\x05a.pngq\x18h\x18eu."
        % (struct.pack("<I", len(content)) + content)
    )


@pytest.mark.parametrize("fortran", [False, True])
def test_cifar_batch_of_python_2_is_read(fortran: bool) -> None:
    data = np.random.default_rng(0).integers(0, 256, (2, 3072), dtype=np.uint8)
    images, labels = read_cifar_batch(published(data, fortran), PATH)
    assert np.array_equal(images.flatten(1).numpy(), data)
    assert images.is_contiguous()
    assert labels.tolist() == [6, 9]


TEXT = b"X\xff\xff\0\0" + bytes(0xFFFF)


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        # Python's own machine makes room for as many values as the index of the memo says.
        (b"}r\xff\xff\xff\x7f", "expected a dict with"),
        (b"\x96" + struct.pack("<Q", 1 << 40), "instruction 0x96 at byte 0"),
        (b"\x8e" + struct.pack("<Q", 1 << 40), "instruction 0x8e at byte 0"),
        (b"B\xff\xff\xff\xffabc", "it is truncated"),
        # The hash of a tuple of the same tuple twice, and so on, takes twice as long each time.
        (b"})" + 60 * b"q\0h\0\x86" + b"Ns", "keys that are no text"),
        (b"})" + 100_000 * b"\x85" + b"Ns", "keys that are no text"),
        # The same text made into bytes over and over.
        (
            b"]c_codecs\nencode\nq\0"
            + TEXT
            + b"q\1X\6\0\0\0latin1q\2\x86R"
            + 99_999 * b"h\0h\1h\2\x86R",
            "it makes more bytes than it has",
        ),
    ],
)
def test_a_small_pickle_takes_no_more_memory_and_time_than_it_has(
    program: bytes, problem: str
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DataError, match=problem):
        read_cifar_batch(program + b".", PATH)
    # In KiB; the longest of the programs has 1 MB.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


class Code:
    """Pickles to a call."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[object, ...]:
        return self.call


@pytest.mark.parametrize("protocol", [2, 4])
def test_cifar_pickle_with_code_is_refused_and_not_run(tmp_path: PurePath, protocol: int) -> None:
    trap = tmp_path / "trap"
    content = pickle.dumps(batch(extra=Code(os.mkdir, str(trap))), protocol=protocol)
    with pytest.raises(DataError, match=r"it asks for \w+\.mkdir. It was not run"):
        read_cifar_batch(content, PATH)
    assert not os.path.exists(trap)  # noqa: PTH110


@pytest.mark.parametrize(
    "thing",
    [
        Code(eval, "1 + 1"),
        Code(getattr, "text", "upper"),
        PurePath("a"),
        np.float64,
        io.BytesIO,
        range(3),
        {1, 2},
        torch.zeros(2),
        np.array([PurePath("inside an array")], dtype=object),
    ],
)
def test_cifar_pickle_with_another_object_is_refused(thing: object) -> None:
    with pytest.raises(DataError, match="not a pickle of byte arrays, lists, text and numbers"):
        read_cifar_batch(pickle.dumps(batch(extra=thing), protocol=2), PATH)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (pickle.dumps(batch())[:-50], "not a pickle"),
        (b"", "not a pickle"),
        (pickle.dumps([1, 2]), "expected a dict .* found a list of length 2"),
        (pickle.dumps({b"data": 1}), "expected a dict .* keys"),
        (pickle.dumps(batch(data=[1])), "b'data' must be a uint8 array"),
        (pickle.dumps(batch(data=np.zeros((2, 3071), np.uint8))), r"found .* shape \(2, 3071\)"),
        (pickle.dumps(batch(data=np.zeros((2, 3072))), protocol=4), "it calls .*'f8'"),
        (pickle.dumps(batch(labels=[1])), "a list of 2 numbers from 0 to 9"),
        (pickle.dumps(batch(labels=[1, 10])), "a list of 2 numbers from 0 to 9"),
        (pickle.dumps(batch(labels=[1, -1])), "a list of 2 numbers from 0 to 9"),
        (pickle.dumps(batch(labels=[1, 0.5])), "a list of 2 numbers from 0 to 9"),
    ],
)
def test_damaged_cifar_batch_is_named(content: bytes, problem: str) -> None:
    with pytest.raises(DataError, match=problem) as caught:
        read_cifar_batch(content, PATH)
    assert str(caught.value).startswith(f"{PATH}: ")


# --- seeds --------------------------------------------------------------------------------------

ROW = b"15.26\t14.84\t0.871\t5.763\t3.312\t2.221\t5.22\t1\n"


def test_seeds_are_read_with_repeated_tabs_and_windows_line_ends() -> None:
    content = ROW + ROW.replace(b"\t2.221", b"\t\t2.221").replace(b"1\n", b"3\r\n")
    values, labels = read_seeds(content, PATH)
    assert values.shape == (2, 7)
    assert values.dtype == torch.float32
    assert values[1, 5].item() == pytest.approx(2.221)
    assert labels.tolist() == [0, 2]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (ROW.replace(b"\t5.22", b""), "row 2 has 7 columns, expected 8 "),
        (ROW.replace(b"\n", b"\t7\n"), "row 2 has 9 columns, expected 8 "),
        (ROW.replace(b"5.22", b"?"), "row 2, column 'groove length': '\\?' is no number"),
        (ROW.replace(b"0.871", b"9" * 400), "row 2, column 'compactness': '9999"),
        (ROW.replace(b"0.871", b"nan"), "row 2, column 'compactness': 'nan' is no number"),
        (ROW.replace(b"\t1\n", b"\t4\n"), "row 2, column 'variety': 4 found, expected 1, 2 or 3"),
    ],
)
def test_malformed_seeds_row_is_named_by_its_number(row: bytes, problem: str) -> None:
    with pytest.raises(DataError, match=problem) as caught:
        read_seeds(ROW + row + ROW, PATH)
    assert str(caught.value).startswith(f"{PATH}: ")


def test_empty_seeds_file_is_named() -> None:
    with pytest.raises(DataError, match="no rows, expected 210"):
        read_seeds(b"\n\n", PATH)


# --- photographs --------------------------------------------------------------------------------


def jpeg(width: int, height: int, mode: str = "RGB", form: str = "JPEG") -> bytes:
    """A picture: left half dark, right half bright."""
    picture = Image.new(mode, (width, height), 0)
    picture.paste(255 if mode == "L" else (255, 255, 255), (width // 2, 0, width, height))
    stream = io.BytesIO()
    picture.save(stream, form)
    return stream.getvalue()


def test_photographs_are_resized_and_cropped_in_the_middle() -> None:
    files = {
        PurePath("train/bees/a.jpg"): jpeg(300, 100),
        PurePath("train/ants/b.jpg"): jpeg(80, 200, mode="L"),
    }
    images, labels = read_photographs(files, ("ants", "bees"), side=64)
    assert images.shape == (2, 3, 64, 64)
    assert images.dtype == torch.uint8
    # In order of class; a gray picture gets three channels; the edge stays in the middle.
    assert labels.tolist() == [0, 1]
    assert images[:, :, :, :24].max() < 50
    assert images[:, :, :, -24:].min() > 200


@pytest.mark.parametrize("content", [b"", b"no picture", jpeg(90, 90)[:400], jpeg(90, 90)[:-100]])
def test_unreadable_photograph_is_named(content: bytes) -> None:
    path = PurePath("train/ants/a.jpg")
    with pytest.raises(DataError, match=r"^train/ants/a.jpg: not a readable image"):
        read_photographs({path: content}, ("ants", "bees"), side=32)


def test_photograph_in_a_folder_of_no_class_is_named() -> None:
    path = PurePath("train/wasps/a.jpg")
    with pytest.raises(DataError, match="its folder names no class; expected one of ants, bees"):
        read_photographs({path: jpeg(40, 40)}, ("ants", "bees"), side=32)
