"""Find a data set: in the local folder, the cache, over the network, or drawn as a stand-in.

The four tiers are asked in this order. A tier either has the set, verified, or says why not; a
damaged file stops the search, so that no other data slips in unseen. Chapter 1 shows what
:func:`load` returns.
"""

import dataclasses
import os
import warnings
from pathlib import Path, PurePath
from typing import NamedTuple

import torch

from dlbook.data import readers, standins
from dlbook.data.archives import unpack
from dlbook.data.catalog import CATALOG, HYMENOPTERA_CLASSES, Entry
from dlbook.data.dataset import DataError, Dataset, Provenance, Split, Tier
from dlbook.data.fetching import (
    cache_folder,
    fetch,
    find_entry,
    network_problem,
    verified_from_cache,
)
from dlbook.data.verification import (
    SUMS,
    is_published_table,
    read_bytes,
    read_sums,
    sha256,
    verify_local,
)

DATASETS: tuple[str, ...] = tuple(CATALOG)
"""The names of the data sets that the book uses."""

MODES = ("auto", "real", "standin")


class Found(NamedTuple):
    """What a tier has: verified files, not yet unpacked, and where they came from."""

    files: dict[PurePath, bytes]
    provenance: Provenance


def load(name: str) -> Dataset:
    """Load a data set from the first tier that has it.

    Parameters
    ----------
    name : str
        One of :data:`DATASETS`.

    Returns
    -------
    Dataset
        Images are uint8 (N, C, H, W): 28 x 28 gray for ``"mnist"`` and ``"fashion_mnist"``,
        32 x 32 color for ``"cifar10"``, 256 x 256 color for ``"hymenoptera"``. The seeds are
        float32 (210, 7), undivided. Labels are int64 (N,).

    Raises
    ------
    ValueError
        If there is no such data set, or ``DLBOOK_DATA`` is not ``auto``, ``real`` or ``standin``.
    DataError
        If a file is damaged, or ``DLBOOK_DATA=real`` and no tier has the real set.

    Notes
    -----
    ``DLBOOK_DATA_DIR`` names the local folder, ``DLBOOK_CACHE_DIR`` the cache; with
    ``DLBOOK_NETWORK=off`` the network is not asked.
    """
    entry = find_entry(name)
    mode = _mode()
    reasons: dict[str, str] = {}
    if mode != "standin":
        found = _stored(entry, reasons)
        if found is None and "network" not in reasons:
            found = _fetched(entry, reasons)
        if found is not None:
            return _dataset(entry, *_read(entry, found.files), found.provenance)
    if mode == "real":
        raise _nowhere(entry, reasons)
    return _dataset(entry, *standins.draw(name), _standin_provenance(entry))


def resolve(name: str) -> Provenance:
    """Tell which tier :func:`load` would take a data set from now; reads and draws no data.

    Parameters
    ----------
    name : str
        One of :data:`DATASETS`.

    Returns
    -------
    Provenance
        With hashes of the files as they are now. For the network tier, the published hashes.

    Raises
    ------
    ValueError
        If there is no such data set, or ``DLBOOK_DATA`` is not ``auto``, ``real`` or ``standin``.
    DataError
        If a file is damaged, or ``DLBOOK_DATA=real`` and no tier has the real set.
    """
    entry = find_entry(name)
    mode = _mode()
    reasons: dict[str, str] = {}
    if mode != "standin":
        found = _stored(entry, reasons)
        if found is not None:
            return found.provenance
        if "network" not in reasons:
            return _network_provenance(entry)
    if mode == "real":
        raise _nowhere(entry, reasons)
    return _standin_provenance(entry)


def _mode() -> str:
    mode = os.environ.get("DLBOOK_DATA") or "auto"
    if mode not in MODES:
        raise ValueError(f"DLBOOK_DATA={mode!r}: expected one of {', '.join(MODES)}")
    return mode


def _stored(entry: Entry, reasons: dict[str, str]) -> Found | None:
    """Ask the tiers on this machine; what they lack goes to `reasons`, as does a closed network."""
    for tier, ask in (("local", _from_local), ("cache", _from_cache)):
        answer = ask(entry)
        if isinstance(answer, Found):
            return answer
        reasons[tier] = answer
    problem = network_problem()
    if problem is not None:
        reasons["network"] = problem
    return None


def _nowhere(entry: Entry, reasons: dict[str, str]) -> DataError:
    tried = "".join(f"\n  {tier}: {reason}" for tier, reason in reasons.items())
    return DataError(
        f"{entry.title} is not available, and DLBOOK_DATA=real rules out a stand-in. Tried:{tried}"
        f"\nSet DLBOOK_DATA_DIR to a folder that holds it; or connect and run "
        f"python -m dlbook.data fetch {entry.name}; or set DLBOOK_DATA=auto."
    )


# --- local folder -------------------------------------------------------------------------------


def _from_local(entry: Entry) -> Found | str:
    """Take a set from ``DLBOOK_DATA_DIR``, or say why it is not there."""
    setting = os.environ.get("DLBOOK_DATA_DIR")
    if not setting:
        return "DLBOOK_DATA_DIR is not set"
    root = Path(setting).expanduser()
    if not root.is_dir():
        raise DataError(
            f"DLBOOK_DATA_DIR={setting}: {'not a folder' if root.exists() else 'does not exist'}. "
            "Set it to the folder that holds the data, or unset it."
        )
    sums = read_sums(root)
    present = _present_files(entry, root)
    if not present:
        return f"DLBOOK_DATA_DIR={setting} has no {entry.folder or next(iter(entry.files))}"
    listed = {file for file in sums if file.startswith(f"{entry.folder}/")}
    expected = entry.files or dict.fromkeys(sorted(present | listed))
    contents: dict[PurePath, bytes] = {}
    hashes, published = {}, []
    for file, known_hash in expected.items():
        content = _local_content(entry, root, file, present)
        hashes[file] = sha256(content)
        published.append(_verify(entry, content, hashes[file], root, file, known_hash, sums))
        contents[root / file] = content
    title, note = _local_evidence(entry, contents, all(published))
    return Found(
        contents,
        Provenance(entry.name, title, "local", str(root), hashes, entry.license, note),
    )


def _present_files(entry: Entry, root: Path) -> set[str]:
    """List the set's files in the folder: those the catalog names, or all photographs."""
    try:
        if not entry.files:
            # os.walk with onerror, as Path.rglob is silent about a folder it may not read.
            paths = _walk(root / entry.folder)
            return {path.relative_to(root).as_posix() for path in paths if path.suffix == ".jpg"}
        next(root.iterdir(), None)
        folder = root / entry.folder
        if entry.folder and folder.is_dir() and not any(folder.iterdir()):
            return set()
        present = {file for file in entry.files if (root / file).exists()}
        # A folder of the set without its files is a set gone wrong, not a set that is absent.
        if not present and entry.folder and folder.is_dir():
            first = next(iter(entry.files))
            raise DataError(
                f"{root / first}: not there, though {folder} is. Put the set's published files "
                "into it, still compressed, or remove the folder."
            )
        return present
    except OSError as error:
        raise DataError(
            f"{error.filename or root}: cannot be read ({error.strerror}). Check its permissions, "
            "or unset DLBOOK_DATA_DIR."
        ) from error


def _walk(folder: Path) -> list[Path]:
    """List the files below a folder; an empty list if there is no such folder."""

    def stop(error: OSError) -> None:
        raise error

    if not folder.exists():
        return []
    return [Path(at) / file for at, _, files in os.walk(folder, onerror=stop) for file in files]


def _local_content(entry: Entry, root: Path, file: str, present: set[str]) -> bytes:
    if file not in present:
        raise DataError(
            f"{root / file}: missing, while other files of {entry.title} are there. "
            "Copy it into place, or unset DLBOOK_DATA_DIR."
        )
    return read_bytes(root / file)


def _verify(
    entry: Entry,
    content: bytes,
    found: str,
    root: Path,
    file: str,
    published: str | None,
    sums: dict[str, str],
) -> bool:
    """Verify one local file; True if it is the published one."""
    if entry.name != "seeds":
        return verify_local(content, found, root, file, published, sums)
    # Its bytes vary, its values do not; a listed hash is still held to.
    if sums.get(file) not in (None, found):
        verify_local(content, found, root, file, None, sums)
    if is_published_table(content, root / file):
        return True
    return verify_local(content, found, root, file, None, sums)


def _local_evidence(
    entry: Entry, contents: dict[PurePath, bytes], published: bool
) -> tuple[str, str]:
    """Return the title for a local set, and a note on how it was verified."""
    if published:
        what = "its values are" if entry.name == "seeds" else "its files are"
        return entry.title, f"verified: {what} the published ones"
    if not entry.files:
        return entry.title, f"verified by the folder's {SUMS}; no hash is published"
    # CIFAR-10 batches name their images: in the published ones all are .png.
    jpeg = any(content.count(b".jpg") > 1000 for content in contents.values())
    title = f"{entry.title} ({'JPEG copy' if jpeg else 'copy'})"
    return title, f"a copy that differs from the published files, verified by the folder's {SUMS}"


# --- cache and network --------------------------------------------------------------------------


def _from_cache(entry: Entry) -> Found | str:
    """Take a set from the cache, or say that it is not there whole."""
    folder = cache_folder(entry.name)
    files: dict[PurePath, bytes] = {}
    for download in entry.downloads:
        content = verified_from_cache(entry, download)
        if content is None:
            return f"{folder} has no {download.file}"
        files[folder / download.file] = content
    hashes = {path.name: sha256(content) for path, content in files.items()}
    return Found(files, _fetched_provenance(entry, "cache", str(folder), hashes))


def _fetched(entry: Entry, reasons: dict[str, str]) -> Found | None:
    """Fetch a set and take it from the cache; a failure goes to `reasons`."""
    try:
        fetch(entry.name)
        found = _from_cache(entry)
    except DataError as error:
        reasons["network"] = str(error)
        if _mode() == "auto":
            warnings.warn(f"{error}\nA stand-in is drawn instead.", stacklevel=3)
        return None
    if isinstance(found, str):
        reasons["network"] = found
        return None
    provenance = dataclasses.replace(
        found.provenance, tier="network", source=entry.downloads[0].urls[0]
    )
    return Found(found.files, provenance)


def _network_provenance(entry: Entry) -> Provenance:
    hashes = {
        download.file: download.hash.removeprefix("sha256:")
        for download in entry.downloads
        if download.hash is not None
    }
    return _fetched_provenance(entry, "network", entry.downloads[0].urls[0], hashes)


def _fetched_provenance(
    entry: Entry, tier: Tier, source: str, hashes: dict[str, str]
) -> Provenance:
    notes = {
        "seeds": "verified: its values are the published ones",
        "hymenoptera": (
            "no hash is published; the number of photographs was checked at the first fetch, "
            "and the archive has not changed since"
        ),
    }
    note = notes.get(entry.name, "verified: its files are the published ones")
    return Provenance(entry.name, entry.title, tier, source, hashes, entry.license, note)


def _standin_provenance(entry: Entry) -> Provenance:
    return Provenance(
        name=entry.name,
        title=entry.standin_title,
        tier="standin",
        source=f"drawn by dlbook, seed {standins.SEED}",
        hashes={"recipe": standins.RECIPE, "seed": str(standins.SEED)},
        license="CC BY 4.0, drawn by this book",
        note=f"a stand-in for {entry.title}",
        stands_for=entry.title,
    )


# --- from files to tensors ----------------------------------------------------------------------


def _read(entry: Entry, files: dict[PurePath, bytes]) -> tuple[Split, Split]:
    """Unpack and read verified files into the training and test parts."""
    files = _unpacked(files)
    by_name = {path.name: (content, path) for path, content in files.items()}
    match entry.name:
        case "seeds":
            return readers.read_seeds(*by_name["seeds_dataset.txt"]), _empty_split()
        case "cifar10":
            batches = {
                name: readers.read_cifar_batch(*_batch(by_name, name))
                for name in (PurePath(file).name for file in entry.files)
            }
            test = batches.pop("test_batch")
            return Split(*map(torch.cat, zip(*batches.values(), strict=True))), test
        case "hymenoptera":
            train, test = (
                readers.read_photographs(
                    {p: c for p, c in files.items() if p.parent.parent.name == part},
                    HYMENOPTERA_CLASSES,
                )
                for part in ("train", "val")
            )
            return train, test
        case _:
            train, test = (
                readers.read_idx_split(
                    by_name[f"{part}-images-idx3-ubyte.gz"],
                    by_name[f"{part}-labels-idx1-ubyte.gz"],
                    len(entry.classes),
                )
                for part in ("train", "t10k")
            )
            return train, test


def _batch(by_name: dict[str, tuple[bytes, PurePath]], name: str) -> tuple[bytes, PurePath]:
    """Find one of the batches, which an archive may lack."""
    if name not in by_name:
        raise DataError(
            f"cifar10: the archive has no {name}, only {', '.join(by_name)[:200] or 'no files'}. "
            "Fetch it again: python -m dlbook.data fetch cifar10"
        )
    return by_name[name]


def _unpacked(files: dict[PurePath, bytes]) -> dict[PurePath, bytes]:
    """Read archives in place: their members' contents; nothing is written to the disk."""
    members: dict[PurePath, bytes] = {}
    for path, content in files.items():
        if path.name.endswith((".tar.gz", ".zip")):
            members |= {
                member: data
                for member, data in unpack(content, path).items()
                if path.suffix != ".zip" or _is_photograph(member.relative_to(path))
            }
        else:
            members[path] = content
    return members


def _is_photograph(member: PurePath) -> bool:
    """Tell a photograph from what else is packed with it."""
    return member.suffix == ".jpg" and member.parts[0] != "__MACOSX"


def _empty_split() -> Split:
    """Return the test part of the wheat seeds, which come undivided."""
    return Split(torch.empty((0, 7)), torch.empty(0, dtype=torch.int64))


def _dataset(entry: Entry, train: Split, test: Split, provenance: Provenance) -> Dataset:
    return Dataset(entry.name, train, test, entry.classes, entry.features, provenance)
