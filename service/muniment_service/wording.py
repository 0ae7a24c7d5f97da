"""Values as people read them: days, months and times in words, yes and no; the machine's form is kept beside."""

from __future__ import annotations

import re
from datetime import date

from muniment.terms import XSD

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DATES = {
    f"{XSD}date": re.compile(r"(\d{4})-(\d\d)-(\d\d)"),
    f"{XSD}gYearMonth": re.compile(r"(\d{4})-(\d\d)"),
    f"{XSD}gYear": re.compile(r"(\d{4})"),
}
_ANY_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_TO = "\N{EN DASH}"
_TIME = re.compile(r"(\d\d:\d\d)(?::00(?:\.0+)?)?")
_SILENT = {f"{XSD}{name}" for name in ("string", "boolean", "integer", "decimal", "anyURI", "language")}
"""Datatypes that a reader sees from the value, or need not know."""


def worded(text: str, datatype: str | None) -> tuple[str, str | None, bool]:
    """A literal in words, its form for ``<time>`` if it is a date or a time, and whether its datatype need not be shown.

    Example:
        >>> worded("2004-06", "http://www.w3.org/2001/XMLSchema#gYearMonth")
        ('June 2004', '2004-06', True)
    """
    if datatype in _DATES:
        found = _DATES[datatype].fullmatch(text)
        words = date_in_words(text) if found else None
        return (words, text, True) if words else (text, None, False)
    if datatype == f"{XSD}time":
        time = _TIME.fullmatch(text)
        return (time[1], time[1], True) if time else (text, None, False)
    if datatype == f"{XSD}boolean":
        return {"true": "yes", "1": "yes", "false": "no", "0": "no"}.get(text, text), None, True
    return text, None, datatype is None or datatype in _SILENT


def date_in_words(text: str) -> str | None:
    """A day, month or year in words; None if the text is none of them."""
    found = _ANY_DATE.fullmatch(text)
    if not found:
        return None
    year, month, day = found.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    parts = (str(int(day)) if day else "", _MONTHS[int(month) - 1] if month else "", year)
    return " ".join(part for part in parts if part)


def range_in_words(start: str | None, end: str | None) -> str | None:
    """From a first to a last day (or month, or year) in words, without saying twice what both share.

    Example:
        >>> range_in_words("2005-02-02", "2005-02-04").replace("\N{EN DASH}", "to"), range_in_words("2004", None)
        ('2to4 February 2005', '2004')
    """
    first, last = date_in_words(start or ""), date_in_words(end or "")
    if not first or not last or first == last or not start or not end:
        return first or (f"until {last}" if last else None)
    if len(start) != len(end):
        return f"{first} {_TO} {last}"
    if start[:4] != end[:4]:
        return f"{first} {_TO} {last}"
    if len(start) == 10 and start[:7] == end[:7]:
        return f"{int(start[8:])}{_TO}{last}"
    return f"{first.removesuffix(f' {start[:4]}')} {_TO} {last}"
