"""Text files that people write, read as UTF-8."""

from __future__ import annotations

from pathlib import Path

from muniment.errors import InputError, Where


def read_text(path: Path) -> str:
    """The text of a UTF-8 file.

    Raises:
        InputError: it cannot be read, or is not UTF-8; the line of the first wrong byte is named.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=Where(str(path))) from error
    return decoded(data, path)


def decoded(data: bytes, path: Path) -> str:
    """The text of the bytes of a file.

    Raises:
        InputError: they are not UTF-8; the line of the first wrong byte is named.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        hint = f"Byte 0x{data[error.start]:02X} is no UTF-8 here: save the file as UTF-8."
        raise InputError("not UTF-8", where=Where(str(path), line, column), hint=hint) from error
