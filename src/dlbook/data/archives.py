"""Unpack archives in memory, and refuse by name what no archive of data has a use for.

Nothing is written to the disk, so a member that points out of its folder could do no harm here;
it is refused all the same, as its archive is not the published one. So is a link, a device, and
more data than any set of the book has: a small archive can claim, and hold, gigabytes. Chapters 10
and 13 meet the sets that come as archives.
"""

import io
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePath, PurePosixPath

from dlbook.data.dataset import DataError

# Bytes after unpacking. The largest archive of the book, CIFAR-10, has 186 million.
LARGEST = 1 << 29
FETCH_AGAIN = "It was not used. Replace it by the published file"


def gunzip(content: bytes, path: PurePath) -> bytes:
    """Unpack a gzip file.

    Parameters
    ----------
    content : bytes
        The file.
    path : PurePath
        Its path, for messages.

    Returns
    -------
    bytes
        What it holds, at most `LARGEST` bytes.

    Raises
    ------
    DataError
        If it is damaged, or holds more.
    """
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        unpacked = unpacker.decompress(content, LARGEST)
    except zlib.error as error:
        raise DataError(
            f"{path}: not a whole gzip file ({error}); it is truncated or altered. {FETCH_AGAIN}."
        ) from error
    if not unpacker.eof or unpacker.unused_data:
        problem = "something follows its end" if unpacker.eof else "it has no end"
        if len(unpacked) == LARGEST:
            problem = f"it holds more than {LARGEST} bytes"
        raise DataError(
            f"{path}: not a whole gzip file ({problem}); it is truncated or altered. {FETCH_AGAIN}."
        )
    return unpacked


def unpack(content: bytes, path: PurePath) -> dict[PurePath, bytes]:
    """Unpack a ``.tar.gz`` or ``.zip`` archive.

    Parameters
    ----------
    content : bytes
        The archive.
    path : PurePath
        Its path: its name tells the format, and its members' paths begin with it.

    Returns
    -------
    dict of PurePath to bytes
        The content of each file in it.

    Raises
    ------
    DataError
        If the archive is damaged or holds more than `LARGEST` bytes, or a member is no plain file
        or folder or points outside; the message names the member.
    """
    members = _tar_members if path.name.endswith(".tar.gz") else _zip_members
    try:
        return {path / name: data for name, data in members(content, path)}
    except DataError:
        raise
    except Exception as error:  # a damaged archive can raise nearly anything
        kind = "tar" if members is _tar_members else "zip"
        raise DataError(f"{path}: not a whole {kind} archive ({error}). {FETCH_AGAIN}.") from error


def _tar_members(content: bytes, path: PurePath) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the files in a gzipped tar archive."""
    with tarfile.open(fileobj=io.BytesIO(gunzip(content, path)), mode="r:") as archive:
        left = LARGEST
        for member in archive:
            is_plain = (member.isreg() and not member.issparse()) or member.isdir()
            left -= _check(member.name, member.size, is_plain, left, path)
            file = archive.extractfile(member)
            if file is not None:
                yield member.name, file.read()


def _zip_members(content: bytes, path: PurePath) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the files in a zip archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        left = LARGEST
        for member in archive.infolist():
            # Where the archive was made on Unix, the upper half holds the kind of file.
            kind = stat.S_IFMT(member.external_attr >> 16)
            is_plain = kind in (0, stat.S_IFREG, stat.S_IFDIR)
            left -= _check(member.filename, member.file_size, is_plain, left, path)
            if not member.is_dir():
                yield member.filename, archive.read(member)


def _check(name: str, size: int, is_plain: bool, left: int, path: PurePath) -> int:
    """Return the size of a member; raise if it is too large, no plain file or points outside."""
    inside = PurePosixPath(name.replace("\\", "/"))
    if inside.is_absolute() or ".." in inside.parts or ":" in name:
        problem = "points outside of the archive"
    elif not is_plain:
        problem = "is a link, a device or another thing that is no plain file"
    elif not 0 <= size <= left:
        problem = f"claims {size} bytes, more than a set of the book has"
    else:
        return size
    raise DataError(f"{path}: its member {name!r} {problem}. {FETCH_AGAIN}.")
