"""Fetch the published files over the network into the cache: verified, atomic, never in doubt.

Each file is written under a temporary name and takes its own only after it was verified, so a
fetch that is killed half-way leaves nothing that :func:`dlbook.data.load` would accept. Whether
there is a network at all is asked once per process, for a few seconds at most.
The chapter "How to run this book" shows the commands.
"""

import contextlib
import os
import queue
import threading
import time
from functools import cache
from pathlib import Path, PurePath

import platformdirs

from dlbook.data.archives import unpack
from dlbook.data.catalog import CATALOG, Download, Entry
from dlbook.data.dataset import DataError
from dlbook.data.verification import check_photographs, read_bytes, sha256, verify_download

# Seconds the one probe may take in all, name resolution included.
PROBE_SECONDS = 4.0
# Seconds to connect to a mirror, and between two of its packets.
CONNECT_SECONDS, READ_SECONDS = 5.0, 15.0
# Two hosts that keep small files for long; one answer is enough.
PROBE_URLS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/t10k-labels-idx1-ubyte.gz",
    "https://download.pytorch.org/tutorial/hymenoptera_data.zip",
)


def cache_folder(name: str) -> Path:
    """Return the folder in which a data set's fetched files lie, whether or not it exists.

    Parameters
    ----------
    name : str
        The data set.

    Returns
    -------
    Path
        Under ``DLBOOK_CACHE_DIR`` if that is set, else in the user's cache folder.
    """
    root = os.environ.get("DLBOOK_CACHE_DIR") or platformdirs.user_cache_dir("dlbook")
    return Path(root) / name


def recorded_hash_path(path: Path) -> Path:
    """Return the file that keeps the SHA-256 of a download without a published one."""
    return path.with_name(path.name + ".sha256")


def network_problem() -> str | None:
    """Say why the network tier is closed, or None if it is open; probes once per process."""
    if os.environ.get("DLBOOK_NETWORK", "") == "off":
        return "switched off by DLBOOK_NETWORK=off"
    if not _network_answers():
        return f"no answer from {len(PROBE_URLS)} servers within {PROBE_SECONDS:g} s"
    return None


@cache
def _network_answers() -> bool:
    """Probe all URLs at once; True as soon as one answers."""
    # Imported where it is needed: a page that reads local files does not wait for it.
    import requests

    answers: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def probe(url: str) -> None:
        try:
            response = requests.head(url, timeout=PROBE_SECONDS, allow_redirects=True)
            answers.put(response.ok)
        except requests.RequestException:
            answers.put(False)

    # Daemon threads: a name server that hangs cannot be interrupted, only left behind.
    for url in PROBE_URLS:
        threading.Thread(target=probe, args=(url,), daemon=True).start()
    deadline = time.monotonic() + PROBE_SECONDS
    for _ in PROBE_URLS:
        try:
            if answers.get(timeout=max(0.0, deadline - time.monotonic())):
                return True
        except queue.Empty:
            break
    return False


def fetch(name: str, *, progress: bool = True) -> Path:
    """Fetch a data set into the cache, unless it is there already.

    Parameters
    ----------
    name : str
        One of :data:`dlbook.data.DATASETS`.
    progress : bool
        Show a progress bar per file.

    Returns
    -------
    Path
        The folder of the fetched files.

    Raises
    ------
    ValueError
        If there is no such data set.
    DataError
        If there is no network, or no mirror gave the published file; the message lists what was
        tried. What had been fetched whole stays; nothing else is left that ``load`` would accept.

    Notes
    -----
    The mirrors are tried in turn. A file with a published hash is verified by it. The wheat
    seeds are verified by their values. For the ants and bees no hash is published: the archive
    is taken on first use if it holds the known number of photographs, and its hash is recorded.
    """
    entry = find_entry(name)
    folder = cache_folder(name)
    for download in entry.downloads:
        if not is_cached(entry, download):
            problem = network_problem()
            if problem is not None:
                raise DataError(
                    f"{entry.title}: cannot fetch {download.file}: network {problem}. Connect and "
                    "try again, or put the files into a folder and set DLBOOK_DATA_DIR to it."
                )
            _fetch_one(entry, download, folder / download.file, progress)
    return folder


def find_entry(name: str) -> Entry:
    """Return the catalog's entry for a data set.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if not isinstance(name, str) or name not in CATALOG:
        raise ValueError(f"name: unknown data set {name!r}; expected one of {', '.join(CATALOG)}")
    return CATALOG[name]


def is_cached(entry: Entry, download: Download) -> bool:
    """Tell whether a file lies in the cache and is sound."""
    try:
        return verified_from_cache(entry, download) is not None
    except DataError:
        return False


def verified_from_cache(entry: Entry, download: Download) -> bytes | None:
    """Read one fetched file from the cache and verify it.

    Returns
    -------
    bytes or None
        What the file holds; None if it is not there.

    Raises
    ------
    DataError
        If it is there but not sound.
    """
    path = cache_folder(entry.name) / download.file
    known_hash = download.hash
    if entry.name == "hymenoptera":
        record = recorded_hash_path(path)
        # Without its record the fetch was cut off before the archive was accepted.
        if not record.exists():
            return None
        known_hash = f"sha256:{read_bytes(record).decode('ascii', 'replace').strip()}"
    if not path.exists():
        return None
    content = read_bytes(path)
    verify_download(entry, content, path, known_hash)
    return content


def _fetch_one(entry: Entry, download: Download, path: Path, progress: bool) -> None:
    """Fetch one file from the first mirror that has it sound."""
    # Imported where they are needed: pooch loads tqdm's notebook bars, which warn on import
    # where a notebook has no widgets.
    import pooch
    import requests

    failures = []
    # A file of the same name stays until a sound one takes its place, here or in another process.
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    for url in download.urls:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            pooch.retrieve(
                url,
                known_hash=download.hash,
                fname=draft.name,
                path=path.parent,
                downloader=_Verified(entry, download, progress),
            )
            digest = sha256(read_bytes(draft))
            draft.replace(path)
            if entry.name == "hymenoptera":
                draft.write_text(f"{digest}\n")
                draft.replace(recorded_hash_path(path))
            return
        except (requests.RequestException, ValueError) as error:
            failures.append(f"{url}: {error}")
        except OSError as error:
            raise DataError(
                f"{path}: cannot be written ({error}). Set DLBOOK_CACHE_DIR to a folder with room "
                "that you may write to."
            ) from error
        finally:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
    tried = "\n  ".join(failures)
    raise DataError(
        f"{entry.title}: no mirror gave a sound {download.file}. Tried:\n  {tried}\n"
        "Try again later, or put the files into a folder and set DLBOOK_DATA_DIR to it."
    )


class _Verified:
    """A pooch downloader that verifies what pooch cannot: files known by their contents.

    pooch calls it with a temporary file, and moves that to its place only if nothing was raised.
    """

    def __init__(self, entry: Entry, download: Download, progress: bool) -> None:
        self.entry, self.download, self.progress = entry, download, progress

    def __call__(self, url: str, output_file: str, pooch_: object) -> None:
        import pooch

        http = pooch.HTTPDownloader(
            progressbar=self.progress,
            chunk_size=1 << 16,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            # The files are hashed as published: no compression on the way.
            headers={"Accept-Encoding": "identity"},
        )
        http(url, output_file, pooch_)
        if self.download.hash is not None:
            return
        temporary = Path(output_file)
        content = temporary.read_bytes()
        if self.entry.name == "hymenoptera":
            check_photographs(content, Path(self.download.file))
            return
        if url.endswith(".zip"):
            content = _member(content, PurePath(url.rpartition("/")[2]), self.download.file)
            temporary.write_bytes(content)
        verify_download(self.entry, content, Path(self.download.file), None)


def _member(content: bytes, archive: PurePath, file: str) -> bytes:
    """Take one file out of a zip archive."""
    members = unpack(content, archive)
    if archive / file not in members:
        raise DataError(f"{archive}: no {file} in the fetched archive")
    return members[archive / file]
