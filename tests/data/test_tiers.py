"""The four tiers: which one answers, and that damage is reported, never used, never repaired."""

import hashlib
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from dlbook.data import DATASETS, DataError, load, resolve, standins
from dlbook.data.catalog import CATALOG

IMAGES = "MNIST/raw/train-images-idx3-ubyte.gz"
LABELS = "MNIST/raw/t10k-labels-idx1-ubyte.gz"
WriteSums = Callable[[Path], None]


def snapshot(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def assert_reported(root: Path, problem: str) -> None:
    """Both `load` and `resolve` refuse, in every mode that reads files; nothing is changed."""
    before = snapshot(root)
    for ask in (load, resolve):
        with pytest.raises(DataError, match=problem):
            ask("mnist")
    assert snapshot(root) == before


# --- which tier answers -------------------------------------------------------------------------


def test_local_folder_comes_first(small_mnist: Path) -> None:
    mnist = load("mnist")
    assert mnist.train.inputs.shape == (20, 1, 28, 28)
    assert mnist.test.labels.tolist() == list(range(10))
    assert mnist.provenance.tier == "local"
    assert mnist.provenance.source == str(small_mnist)
    assert not mnist.provenance.is_standin
    assert set(mnist.provenance.hashes) == set(CATALOG["mnist"].files)


def test_unpublished_copy_is_not_called_by_the_bare_name(small_mnist: Path) -> None:
    mnist = load("mnist")
    assert mnist.title == "MNIST (copy)"
    assert "differs from the published files" in mnist.provenance.describe()


@pytest.mark.parametrize("name", DATASETS)
def test_auto_falls_to_a_standin_that_says_so(clean: pytest.MonkeyPatch, name: str) -> None:
    found = resolve(name)
    assert found.tier == "standin"
    assert found.is_standin
    assert found.title != CATALOG[name].title
    assert f"not {CATALOG[name].title}" in found.describe()


def test_folder_without_the_set_passes_on_to_the_next_tier(
    clean: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clean.setenv("DLBOOK_DATA_DIR", str(tmp_path))
    assert resolve("seeds").tier == "standin"
    assert load("seeds").provenance.tier == "standin"


def test_standin_mode_leaves_real_data_alone(clean: pytest.MonkeyPatch, small_mnist: Path) -> None:
    clean.setenv("DLBOOK_DATA", "standin")
    assert resolve("mnist").tier == "standin"


@pytest.mark.parametrize("ask", [load, resolve])
def test_real_with_nothing_fails_with_one_message(
    clean: pytest.MonkeyPatch, tmp_path: Path, ask: Callable[[str], object]
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    clean.setenv("DLBOOK_DATA", "real")
    clean.setenv("DLBOOK_DATA_DIR", str(empty))
    with pytest.raises(DataError) as caught:
        ask("mnist")
    message = str(caught.value)
    assert "MNIST is not available, and DLBOOK_DATA=real rules out a stand-in" in message
    assert re.findall(r"^  (\w+): ", message, re.MULTILINE) == ["local", "cache", "network"]
    assert str(empty) in message
    assert "DLBOOK_NETWORK=off" in message
    assert "python -m dlbook.data fetch mnist" in message


@pytest.mark.parametrize("ask", [load, resolve])
def test_bad_mode_is_refused(clean: pytest.MonkeyPatch, ask: Callable[[str], object]) -> None:
    clean.setenv("DLBOOK_DATA", "fake")
    with pytest.raises(ValueError, match="DLBOOK_DATA='fake': expected one of auto, real, standin"):
        ask("mnist")


@pytest.mark.parametrize("ask", [load, resolve])
def test_unknown_name_lists_the_known_ones(ask: Callable[[str], object]) -> None:
    with pytest.raises(ValueError, match="unknown data set 'minst'; expected one of mnist, "):
        ask("minst")


# --- damage -------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["auto", "real"])
@pytest.mark.parametrize("position", [0, 40, -1])
def test_flipped_byte_is_reported_not_used(
    clean: pytest.MonkeyPatch, small_mnist: Path, mode: str, position: int
) -> None:
    clean.setenv("DLBOOK_DATA", mode)
    content = bytearray((small_mnist / IMAGES).read_bytes())
    content[position] ^= 1
    (small_mnist / IMAGES).write_bytes(content)
    assert_reported(small_mnist, rf"{IMAGES}: altered or truncated: SHA-256 found \w+, expected")


def test_truncated_file_is_reported(small_mnist: Path) -> None:
    content = (small_mnist / IMAGES).read_bytes()
    (small_mnist / IMAGES).write_bytes(content[: len(content) // 2])
    assert_reported(small_mnist, rf"{IMAGES}: altered or truncated")


def test_unlisted_file_is_reported(small_mnist: Path) -> None:
    (small_mnist / "SHA256SUMS").unlink()
    assert_reported(small_mnist, r"train-images-idx3-ubyte.gz: not a known file: SHA-256 found")


def test_listed_file_with_a_wrong_header_is_reported(
    small_mnist: Path, write_sums: WriteSums
) -> None:
    (small_mnist / IMAGES).write_bytes((small_mnist / LABELS).read_bytes())
    write_sums(small_mnist)
    with pytest.raises(DataError, match=rf"{IMAGES}: wrong IDX header: magic number 0x00000801"):
        load("mnist")


def test_missing_companion_is_reported(small_mnist: Path) -> None:
    (small_mnist / LABELS).unlink()
    assert_reported(small_mnist, rf"{LABELS}: missing, while other files of MNIST are there")


def test_set_unpacked_by_hand_is_reported(small_mnist: Path) -> None:
    for path in (small_mnist / "MNIST/raw").iterdir():
        path.rename(path.with_suffix(""))
    assert_reported(small_mnist, r"train-images-idx3-ubyte.gz: not there, though .* still compress")


def test_unreadable_file_is_reported(small_mnist: Path) -> None:
    (small_mnist / IMAGES).unlink()
    (small_mnist / IMAGES).mkdir()
    assert_reported(small_mnist, rf"{IMAGES}: cannot be read \(Is a directory\)")


def test_unreadable_folder_is_reported(clean: pytest.MonkeyPatch, small_mnist: Path) -> None:
    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    # Tests may run as root, who may read everything.
    clean.setattr(Path, "iterdir", refuse)
    with pytest.raises(DataError, match=r"data: cannot be read \(Permission denied\)"):
        resolve("mnist")


@pytest.mark.parametrize("mode", ["auto", "real"])
def test_folder_that_does_not_exist_is_reported(
    clean: pytest.MonkeyPatch, tmp_path: Path, mode: str
) -> None:
    clean.setenv("DLBOOK_DATA", mode)
    clean.setenv("DLBOOK_DATA_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match=r"DLBOOK_DATA_DIR=.*nowhere: does not exist"):
        resolve("mnist")


def test_file_in_place_of_the_folder_is_reported(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    clean.setenv("DLBOOK_DATA_DIR", str(tmp_path / "file"))
    with pytest.raises(DataError, match=r"DLBOOK_DATA_DIR=.*file: not a folder"):
        load("mnist")


def test_malformed_sums_are_reported(small_mnist: Path) -> None:
    with (small_mnist / "SHA256SUMS").open("a") as file:
        file.write("no hash here\n")
    assert_reported(small_mnist, r"SHA256SUMS: line 5 is not a SHA-256 and a path: 'no hash here'")


def test_seeds_with_a_missing_column_are_reported(
    clean: pytest.MonkeyPatch, tmp_path: Path, write_sums: WriteSums
) -> None:
    row = "15.26\t14.84\t0.871\t5.763\t3.312\t2.221\t5.22\t1\n"
    (tmp_path / "seeds_dataset.txt").write_text(row * 4 + row.replace("\t5.22", "") + row)
    clean.setenv("DLBOOK_DATA_DIR", str(tmp_path))
    with pytest.raises(DataError, match=r"seeds_dataset.txt: row 5 has 7 columns, expected 8"):
        load("seeds")


def test_seeds_with_other_values_are_reported(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    row = "15.26\t14.84\t0.871\t5.763\t3.312\t2.221\t5.22\t1\n"
    (tmp_path / "seeds_dataset.txt").write_text(row * 210)
    clean.setenv("DLBOOK_DATA_DIR", str(tmp_path))
    with pytest.raises(DataError, match=r"seeds_dataset.txt: not a known file"):
        resolve("seeds")


@pytest.fixture
def photographs(clean: pytest.MonkeyPatch, tmp_path: Path, write_sums: WriteSums) -> Path:
    """Lay out six photographs in a local folder that lists them."""
    root = tmp_path / "data"
    for part in ("train", "val"):
        for kind, files in (("ants", "ab"), ("bees", "c")):
            folder = root / "hymenoptera_data" / part / kind
            folder.mkdir(parents=True)
            for file in files:
                stream = io.BytesIO()
                Image.new("RGB", (40, 30), (200, 10, 10)).save(stream, "JPEG")
                (folder / f"{file}.jpg").write_bytes(stream.getvalue())
    write_sums(root)
    clean.setenv("DLBOOK_DATA_DIR", str(root))
    return root


def test_local_photographs(photographs: Path) -> None:
    insects = load("hymenoptera")
    assert insects.train.inputs.shape == (3, 3, 256, 256)
    assert insects.test.labels.tolist() == [0, 0, 1]
    assert insects.provenance.tier == "local"
    assert "no hash is published" in insects.provenance.note
    assert resolve("hymenoptera") == insects.provenance


def test_missing_photograph_is_reported(photographs: Path) -> None:
    (photographs / "hymenoptera_data/val/ants/b.jpg").unlink()
    with pytest.raises(DataError, match=r"val/ants/b.jpg: missing"):
        load("hymenoptera")


def test_unlisted_photograph_is_reported(photographs: Path) -> None:
    extra = photographs / "hymenoptera_data/val/bees/extra.jpg"
    extra.write_bytes(b"anything")
    with pytest.raises(DataError, match=r"extra.jpg: not a known file"):
        load("hymenoptera")


# --- provenance ---------------------------------------------------------------------------------


def test_resolve_is_the_provenance_of_load(small_mnist: Path) -> None:
    assert resolve("mnist") == load("mnist").provenance
    assert resolve("seeds") == load("seeds").provenance
    assert resolve("seeds").tier == "standin"


def test_resolve_draws_nothing(clean: pytest.MonkeyPatch) -> None:
    def draw(name: str, seed: int = 0) -> None:
        raise AssertionError(f"{name} was drawn")

    clean.setattr(standins, "draw", draw)
    assert [resolve(name).tier for name in DATASETS] == ["standin"] * 5


def test_digest_changes_with_tier_and_content(
    clean: pytest.MonkeyPatch,
    small_mnist: Path,
    write_sums: WriteSums,
    make_small_files: Callable[..., dict[str, bytes]],
) -> None:
    before = resolve("mnist").digest
    assert resolve("mnist").digest == before
    file = IMAGES.rpartition("/")[2]
    (small_mnist / IMAGES).write_bytes(make_small_files(seed=1)[file])
    write_sums(small_mnist)
    altered = resolve("mnist").digest
    clean.setenv("DLBOOK_DATA", "standin")
    drawn = resolve("mnist").digest
    clean.setattr(standins, "RECIPE", "a later one")
    assert len({before, altered, drawn, resolve("mnist").digest}) == 4


def test_digest_does_not_depend_on_where_the_folder_lies(
    clean: pytest.MonkeyPatch, small_mnist: Path, tmp_path: Path
) -> None:
    before = resolve("mnist").digest
    moved = small_mnist.rename(tmp_path / "moved")
    clean.setenv("DLBOOK_DATA_DIR", str(moved))
    assert resolve("mnist").digest == before


# --- whatever this environment has --------------------------------------------------------------

SIZES = {  # training and test rows of the real sets, shape of one input
    "mnist": (60_000, 10_000, (1, 28, 28)),
    "fashion_mnist": (60_000, 10_000, (1, 28, 28)),
    "cifar10": (50_000, 10_000, (3, 32, 32)),
    "seeds": (210, 0, (7,)),
    "hymenoptera": (244, 153, (3, 256, 256)),
}


STANDIN_SIZES = {
    "mnist": (6_000, 2_000),
    "fashion_mnist": (6_000, 2_000),
    "cifar10": (4_000, 2_000),
    "hymenoptera": (140, 90),
}


@pytest.mark.parametrize("name", DATASETS)
def test_data_of_this_environment(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Real files where the environment has them, a stand-in otherwise; never the network."""
    monkeypatch.setenv("DLBOOK_NETWORK", "off")
    data = load(name)
    n_train, n_test, shape = SIZES[name]
    if data.provenance.is_standin and name != "seeds":
        n_train, n_test = STANDIN_SIZES[name]
    assert data.name == name
    assert data.classes == CATALOG[name].classes
    assert data.features == CATALOG[name].features
    for split, n in ((data.train, n_train), (data.test, n_test)):
        assert split.inputs.shape == (n, *shape)
        assert split.inputs.dtype == (torch.float32 if name == "seeds" else torch.uint8)
        assert split.labels.shape == (n,)
        assert split.labels.dtype == torch.int64
        assert split.inputs.is_contiguous()
    counts = data.train.labels.bincount(minlength=len(data.classes)).double()
    assert len(counts) == len(data.classes)
    assert counts.min() > 0.85 * counts.mean()
    if name == "seeds":
        assert torch.isfinite(data.train.inputs).all()
        assert data.train.inputs.min() > 0
        assert data.train.inputs.max() < 25
    else:
        # Pixels use the whole range, and neither all black nor all white.
        sample = data.train.inputs[::7]
        assert sample.min() < 5
        assert sample.max() > 250
        assert 20 < sample.float().mean() < 160
    found = data.provenance
    assert found == resolve(name)
    assert found.license
    assert found.is_standin == (found.tier == "standin")
    assert data.title in found.describe()
    if found.is_standin:
        assert data.title == CATALOG[name].standin_title
    else:
        assert data.title.startswith(CATALOG[name].title)
        assert all(re.fullmatch("[0-9a-f]{64}", value) for value in found.hashes.values())


# SHA-256 over type, shape and bytes of the training and test tensors, for the title that says
# which files they were read from. The records rest on this: their digests leave the readers out.
TENSORS = {
    "MNIST": "731c02e50f07a2fc93cc2c9b0df709507fc27cba0aff0ee3592e75b0849b602e",
    "Fashion-MNIST": "1cba3f0cc263319cc553dc9b3f23e80c6d4a9d2f8a1149a36746e6b7ae5ec6c8",
    "wheat seeds": "60736de19f244bdbbe8dab0ffabc5caa6db70215bef9134658be1c1d4ab335b7",
}
# The same for sets that come in copies, for the first digits of the provenance's digest.
TENSORS_OF_COPIES = {
    "3b0caab7d7130e42": "e1df6a47ee107fb232c36db78b738a8de1a5ac52ab2d048b3256c882f0715549",
    "ddb86dc003cfa445": "6df46aec284e1e30fc6f0d1c129252da0771324db58952de61c687291e6635f6",
}


@pytest.mark.parametrize("name", DATASETS)
def test_the_tensors_of_known_files_are_known(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("DLBOOK_NETWORK", "off")
    known = resolve(name)
    expected = TENSORS.get(known.title) or TENSORS_OF_COPIES.get(known.digest[:16])
    if expected is None:
        pytest.skip(f"{known.title}: no files that this test knows")
    data = load(name)
    found = hashlib.sha256()
    for tensor in (*data.train, *data.test):
        found.update(f"{tensor.dtype} {tuple(tensor.shape)}\n".encode())
        found.update(tensor.numpy().tobytes())
    assert found.hexdigest() == expected
