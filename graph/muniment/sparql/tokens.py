"""The words of a SPARQL text and where they stand; what is no word of SPARQL becomes a token of a kind that fits nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FUNCTIONS: dict[str, tuple[str, ...]] = {
    "FUNC0": ("RAND", "NOW", "UUID", "STRUUID"),
    "FUNC01": ("BNODE",),
    "FUNC1": _words(
        "STR LANG DATATYPE IRI URI ABS CEIL FLOOR ROUND STRLEN UCASE LCASE ENCODE_FOR_URI YEAR MONTH DAY HOURS MINUTES SECONDS "
        "TIMEZONE TZ MD5 SHA1 SHA256 SHA384 SHA512 isIRI isURI isBLANK isLITERAL isNUMERIC "
        "LANGDIR hasLANG hasLANGDIR isTRIPLE SUBJECT PREDICATE OBJECT"
    ),
    "FUNC2": _words(
        "LANGMATCHES CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER STRLANG STRDT sameTerm ADJUST"
    ),
    "FUNC3": ("IF", "TRIPLE", "STRLANGDIR"),
    "FUNC23": ("SUBSTR", "REGEX"),
    "FUNC34": ("REPLACE",),
    "FUNCN": ("COALESCE", "CONCAT"),
    "AGGREGATE": ("SUM", "MIN", "MAX", "AVG", "SAMPLE"),
}
"""Kind of token -> the functions it stands for; the number is that of their arguments."""
FUNCTION_NAMES = (*(name for names in FUNCTIONS.values() for name in names), "COUNT", "GROUP_CONCAT", "BOUND")
_FUNCTION_KIND = {name.upper(): kind for kind, names in FUNCTIONS.items() for name in names}
FUNCTION_KINDS = frozenset(FUNCTIONS)
TERMS = frozenset(_words("VAR IRI PNAME NS STRING NUMBER SIGNED BLANK ANON BOOLEAN [ a"))
"""The kinds of token that a term begins with."""
KEYWORDS = frozenset(
    _words(
        "BASE PREFIX VERSION SELECT DISTINCT REDUCED CONSTRUCT DESCRIBE ASK FROM NAMED WHERE GROUP BY HAVING ORDER ASC DESC LIMIT OFFSET "
        "VALUES UNDEF OPTIONAL GRAPH UNION MINUS FILTER BIND AS SERVICE SILENT LATERAL NOT IN EXISTS BOUND COUNT GROUP_CONCAT "
        "SEPARATOR"
    )
)

_START = r"[^\W\d_]"
_NAME = r"[\w.\-\u00b7\u0300-\u036f\u203f\u2040]"
_ESCAPED = r"\\[_~.\-!$&'()*+,;=/?\#@%]"
_LOCAL = rf"(?:[\w:%]|{_ESCAPED})(?:{_NAME}|[:%]|{_ESCAPED})*(?<!\.)"
_LONG = r"""'{3}(?:'{0,2}(?:[^'\\]|\\.))*+'{3}|"{3}(?:"{0,2}(?:[^"\\]|\\.))*+"{3}"""
_SHORT = r"""'(?:[^'\\\r\n]|\\.)*+'|"(?:[^"\\\r\n]|\\.)*+\""""
_NUMBER = r"(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+\-]?\d+)?"
_TOKEN = re.compile(
    rf"""(?P<SPACE>[ \t\r\n]+|\#[^\r\n]*)
    | (?P<ENTITY>&(?:lt|gt|amp|quot|apos|nbsp|\#\d+|\#x[0-9A-Fa-f]+);)
    | (?P<BARE_IRI>(?:https?|ftp)://[^\s<>"{{}}|\\^`()\[\];,]*)
    | (?P<IRI><[^\x00-\x20<>"{{}}|^`\\]*(?:\\u[0-9A-Fa-f]{{4}}[^\x00-\x20<>"{{}}|^`\\]*)*>)
    | (?P<STRING>{_LONG}|(?!'''|\"\"\")(?:{_SHORT}))
    | (?P<OPEN_STRING>(?:'''|\"\"\").*|['"][^\r\n]*)
    | (?P<VAR>[?$]\w(?:(?![.\-]){_NAME})*)
    | (?P<TAG>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<BLANK>_:\w(?:{_NAME}*(?<!\.))?)
    | (?P<PNAME>(?:{_START}(?:{_NAME}{{0,200}}(?<!\.))?)?:{_LOCAL})
    | (?P<NS>(?:{_START}(?:{_NAME}{{0,200}}(?<!\.))?)?:(?![=]))
    | (?P<BAD_NUMBER>(?>{_NUMBER})(?:[^\W\d][\w.]*(?<!\.)|\.\d[\w.]*(?<!\.)))
    | (?P<DATE>\d{{4}}-\d\d?-\d\d?)
    | (?P<SIGNED>(?<=[\s(,=<>])[+\-](?:{_NUMBER}))
    | (?P<NUMBER>{_NUMBER})
    | (?P<NIL>\([ \t\r\n]*\)) | (?P<ANON>\[[ \t\r\n]*\])
    | (?P<WORD>[^\W\d]\w*)
    | (?P<MARK><<\(|\)>>|<<|>>|\{{\||\|\}}|\^\^|\|\||&&|==|<>|!=|<=|>=|:=|//|[{{}}()\[\].,;*/+\-|^!=<>?~])
    | (?P<OTHER>.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """One word: ``kind`` is what the grammar calls it (``WORD`` for a word that it does not know), ``start`` its place in the text."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """The place behind its last character."""
        return self.start + len(self.text)


def tokens(text: str, at: int = 0) -> Iterator[Token]:
    """The tokens from a place on, without white space and comments; the last is of the kind ``EOF``."""
    last = at
    while at < len(text):
        found = _TOKEN.match(text, at)
        assert found is not None  # the last alternative takes any character
        kind = found.lastgroup or ""
        at = found.end()
        if kind != "SPACE":
            last = at
            yield Token(_kind(kind, found[0]), found[0], found.start())
    yield Token("EOF", "", last)


def token_at(text: str, at: int) -> Token:
    """The token that begins at a place, or after the white space there."""
    return next(tokens(text, at))


def less_than(text: str, token: Token) -> Iterator[Token]:
    """An IRI read again as a comparison, as in ``?a<?b&&?c>?d``."""
    mark = "<=" if token.text.startswith("<=") else "<"
    yield Token(mark, mark, token.start)
    yield from tokens(text, token.start + len(mark))


def _kind(kind: str, text: str) -> str:
    if kind == "MARK":
        return text
    if kind != "WORD":
        return kind
    upper = text.upper()
    if upper in KEYWORDS:
        return upper
    if upper in ("TRUE", "FALSE"):
        return "BOOLEAN"
    return "a" if text == "a" else _FUNCTION_KIND.get(upper, "WORD")
