"""What a file is that is no event file, in words for its owner."""

from __future__ import annotations

_SIGNATURES = (
    (b"version https://git-lfs.github.com/spec/", "a Git LFS pointer; fetch the real file with `git lfs pull`"),
    (b"\x1f\x8b", "gzip-compressed; decompress it first"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive (a PyTorch checkpoint is one too)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"BZh", "bzip2-compressed; decompress it first"),
    (b"\xfd7zXZ\x00", "xz-compressed; decompress it first"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed; decompress it first"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"\x93NUMPY", "a numpy array"),
    (b"\x80\x02", "a Python pickle"),
    (b"\x80\x03", "a Python pickle"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"),
    (b"\x7fELF", "a program"),
)


def describe(head: bytes, size: int) -> str:
    """What a file with these first bytes is: "a PNG image", "empty (0 bytes)", "plain text", ..."""
    if size == 0:
        return "empty (0 bytes)"
    if name := signed_as(head):
        return name
    if not any(head):
        return "filled with zero bytes; its contents were never written to disk"
    if _is_text(head):
        start = head.lstrip()[:1]
        return "JSON text" if start in (b"{", b"[") else "an HTML or XML page" if start == b"<" else "plain text"
    return "not made of TFRecords (no record with a valid checksum)"


def signed_as(head: bytes) -> str:
    """What the first bytes say the file is, "" when they say nothing."""
    return next((name for signature, name in _SIGNATURES if head.startswith(signature)), "")


def _is_text(head: bytes) -> bool:
    try:
        text = head[: max(len(head) - 4, 1)].decode("utf-8")  # the last character may be cut in two
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\t\r\n\f" for character in text)
