"""Archives of CIFAR-10 and of ants and bees: what no archive of data has is refused by name."""

import gzip
import io
import stat
import struct
import tarfile
import zipfile
from pathlib import Path, PurePath

import pytest

from dlbook.data import DataError, archives
from dlbook.data.archives import gunzip, unpack
from dlbook.data.verification import check_photographs

TAR, ZIP = PurePath("cifar-10-python.tar.gz"), PurePath("hymenoptera_data.zip")
CURE = "It was not used. Replace it by the published file."


def tar(name: str = "a/data", kind: bytes = tarfile.REGTYPE, data: bytes = b"abc") -> bytes:
    """Pack one member of some kind into a tar archive, not yet compressed."""
    member = tarfile.TarInfo(name)
    member.type, member.size, member.linkname = kind, len(data), "/etc/passwd"
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(member, io.BytesIO(data))
    return stream.getvalue()


def zipped(name: str = "a/data.jpg", mode: int = stat.S_IFREG, data: bytes = b"abc") -> bytes:
    """Pack one member of some kind into a zip archive."""
    member = zipfile.ZipInfo(name)
    member.external_attr = (mode | 0o644) << 16
    member.compress_type = zipfile.ZIP_DEFLATED
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(member, data)
    return stream.getvalue()


def test_archives_are_unpacked() -> None:
    assert unpack(gzip.compress(tar()), TAR) == {TAR / "a/data": b"abc"}
    assert unpack(gzip.compress(tar("a", tarfile.DIRTYPE, b"")), TAR) == {}
    assert unpack(zipped(), ZIP) == {ZIP / "a/data.jpg": b"abc"}
    assert unpack(zipped("a/", stat.S_IFDIR, b""), ZIP) == {}


@pytest.mark.parametrize("name", ["../data", "a/../../data", "/etc/data", "C:/data", "..\\data"])
def test_a_member_that_points_outside_is_refused(name: str) -> None:
    for content, path in ((gzip.compress(tar(name)), TAR), (zipped(name), ZIP)):
        with pytest.raises(DataError) as caught:
            unpack(content, path)
        assert str(caught.value) == (
            f"{path}: its member {name!r} points outside of the archive. {CURE}"
        )


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.FIFOTYPE,
    ],
)
def test_a_tar_member_that_is_no_plain_file_is_refused(kind: bytes) -> None:
    with pytest.raises(DataError, match="its member 'a/data' is a link, a device"):
        unpack(gzip.compress(tar(kind=kind, data=b"")), TAR)


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO])
def test_a_zip_member_that_is_no_plain_file_is_refused(mode: int) -> None:
    with pytest.raises(DataError, match=r"its member 'a/data\.jpg' is a link, a device"):
        unpack(zipped(mode=mode), ZIP)
    with pytest.raises(DataError, match=r"its member 'a/data\.jpg' is a link, a device"):
        check_photographs(zipped(mode=mode), Path(ZIP))


def claim_size(archive: bytes, size: int) -> bytes:
    """Let the headers of the only member of a zip archive claim a size."""
    content = bytearray(archive)
    central = content.index(b"PK\1\2")
    content[22:26] = content[central + 24 : central + 28] = struct.pack("<I", size)
    return bytes(content)


def test_a_member_that_claims_a_monstrous_size_is_refused() -> None:
    member = tarfile.TarInfo("a/data")
    member.size = 1 << 40
    content = gzip.compress(member.tobuf() + bytes(1024))
    with pytest.raises(DataError, match=f"its member 'a/data' claims {1 << 40} bytes"):
        unpack(content, TAR)
    with pytest.raises(DataError, match=rf"its member 'a/data\.jpg' claims {(1 << 32) - 2} bytes"):
        unpack(claim_size(zipped(), (1 << 32) - 2), ZIP)


def test_what_holds_more_than_a_set_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "LARGEST", 100_000)
    content = gzip.compress(bytes(1 << 20))
    with pytest.raises(DataError, match="it holds more than 100000 bytes"):
        gunzip(content, TAR)
    with pytest.raises(DataError, match="it holds more than 100000 bytes"):
        unpack(content, TAR)
    # A member that claims little and holds much is cut off there, and its check sum is wrong.
    with pytest.raises(DataError, match=r"not a whole zip archive .*Bad CRC-32"):
        unpack(claim_size(zipped(data=bytes(1 << 20)), 1000), ZIP)


@pytest.mark.parametrize(
    ("content", "path", "problem"),
    [
        (gzip.compress(tar())[:-9], TAR, "not a whole gzip file"),
        (tar(), TAR, "not a whole gzip file"),
        (gzip.compress(tar()[:513]), TAR, "not a whole tar archive"),
        (gzip.compress(b"no tar at all" * 99), TAR, "not a whole tar archive"),
        (zipped()[:-9], ZIP, "not a whole zip archive"),
        (zipped().replace(b"abc", b"xyz", 1).replace(b"PK\3\4", b"PK\3\5"), ZIP, "not a whole zip"),
        (b"", ZIP, "not a whole zip archive"),
    ],
    ids=range(7),  # two processes that collect the tests must call them alike
)
def test_a_damaged_archive_is_named(content: bytes, path: PurePath, problem: str) -> None:
    with pytest.raises(DataError, match=f"^{path}: {problem}.*{CURE}"):
        unpack(content, path)
