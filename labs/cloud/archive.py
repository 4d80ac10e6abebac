"""model.tar.gz: packing one, and unpacking one that nobody has looked at before."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from pathlib import Path, PurePosixPath

LARGEST = 512 << 20  # bytes, unpacked
MOST = 10_000  # files and folders


class BadArchive(Exception):
    """What is wrong with an archive."""


def pack(folder: Path) -> bytes | None:
    """Everything in the folder, at the archive's root; None if there is nothing."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    if not paths:
        return None
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as tar,
    ):
        for path in paths:
            entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
            entry.size = path.stat().st_size
            with path.open("rb") as file:
                tar.addfile(entry, file)
    return packed.getvalue()


def unpack(archive: bytes, folder: Path, largest: int = LARGEST, most: int = MOST) -> None:
    """Unpack a model.tar.gz that may be hostile. Raises BadArchive.

    Only plain files and folders, only inside `folder`, at most `most` of them, and only `largest`
    bytes in all.
    """
    seen = 0
    try:
        plain = _Limited(gzip.GzipFile(fileobj=io.BytesIO(archive)), largest)
        with tarfile.open(fileobj=plain, mode="r|") as tar:  # type: ignore[call-overload]
            for entry in tar:
                seen += 1
                if seen > most:
                    raise BadArchive(f"it holds more than {most} files")
                _unpack_one(tar, entry, _inside(folder, entry.name))
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError) as error:
        raise BadArchive(f"it is no tar.gz archive ({error})") from None
    except OSError as error:
        raise BadArchive(f"it cannot be unpacked ({error})") from None
    if not seen:
        raise BadArchive("it is empty")


def _unpack_one(tar: tarfile.TarFile, entry: tarfile.TarInfo, path: Path) -> None:
    if entry.isdir():
        path.mkdir(parents=True, exist_ok=True)
        return
    if not entry.isreg() or entry.issparse():
        raise BadArchive(f"{entry.name} is neither a file nor a folder")
    source = tar.extractfile(entry)
    assert source is not None, "it is a regular file"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as target:
        while block := source.read(1 << 20):
            target.write(block)


class _Limited:
    """A file of which only so many bytes can be read: tarfile takes a header's size on trust."""

    def __init__(self, file: gzip.GzipFile, most: int) -> None:
        self._file, self._most, self._left = file, most, most

    def read(self, size: int) -> bytes:
        block = self._file.read(size)
        self._left -= len(block)
        if self._left < 0:
            raise BadArchive(f"unpacked it is larger than {self._most >> 20} MiB")
        return block


def _inside(folder: Path, name: str) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        raise BadArchive(f"{name!r} lies outside")
    return folder.joinpath(*path.parts)
