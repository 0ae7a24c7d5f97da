"""Names and questions brought to one form: no case, no accents, no punctuation; words with one space between them."""

from __future__ import annotations

import unicodedata

_SPECIAL = {
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ħ": "h",
    "\u0131": "i",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ð": "d",
    "ـ": "",
}
_APOSTROPHES = "'\u2019\u02bc"
_KEPT_MARKS = (0, 7, 8, 9)
"""Combining classes of marks that are letters rather than accents: vowel signs, nukta, kana voicing, virama."""
_UNSPACED = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x3400, 0x9FFF),
    (0xF900, 0xFAFF),
)
_UNSPACED_BEYOND = (0x20000, 0x3FFFF)
"""Scripts that are written without spaces between words: each of their letters is a word here."""


class _Folding(dict[int, str]):
    """What each character becomes, found out when it is first met."""

    def __missing__(self, code: int) -> str:
        text = "".join(map(_folded, unicodedata.normalize("NFKD", chr(code)).casefold()))
        if any(low <= code <= high for low, high in (*_UNSPACED, _UNSPACED_BEYOND)) and unicodedata.category(
            chr(code)
        ).startswith("L"):
            text = f" {text} "
        self[code] = text
        return text


def _folded(char: str) -> str:
    if char in _SPECIAL:
        return _SPECIAL[char]
    category = unicodedata.category(char)
    if category.startswith("M"):
        return char if unicodedata.combining(char) in _KEPT_MARKS else ""
    return char if category[0] in "LN" else " "


_FOLDING = _Folding({ord(char): "" for char in _APOSTROPHES})


def fold(text: str) -> str:
    """The text in the form in which names are compared.

    Example:
        >>> fold("Café  Böll, St. Gallen"), fold("VWA-12"), fold("Дёмин"), fold("東京 2005")
        ('cafe boll st gallen', 'vwa 12', 'демин', '東 京 2005')
    """
    return " ".join(text.translate(_FOLDING).split())
