"""Why a text is no SPARQL query, for the person who wrote it: the token that does not fit, marked in its line, and how to mend it.

The engine says that a text is wrong, and a place that is often far behind the mistake, with all that would have fitted there. So the text
is read again by the grammar (``muniment.sparql``): the first token that fits nowhere is the one to show. Only what neither the
grammar nor the rules beside it explain is told in the engine's words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from muniment.errors import QueryRefused, QuerySyntaxError, Where
from muniment.sparql.meaning import forbidden
from muniment.sparql.misfits import misfit
from muniment.sparql.mistakes import Mistake
from muniment.sparql.parse import Parsed, parse
from muniment.sparql.prefixes import declared, undeclared
from muniment.sparql.tokens import Token

_ERROR_AT = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_FUNCTION = re.compile(r"custom function <([^>]*)>", re.IGNORECASE)
_XSD = "http://www.w3.org/2001/XMLSchema#"
_CASTS = [
    _XSD + name
    for name in ("boolean", "integer", "decimal", "float", "double", "string", "dateTime", "date", "time")
]
_WIDEST = 100
_LONGEST_TOKEN = 80
_LONGEST_TEXT = 240


def syntax_error(
    query: str, message: str = "", prefixes: Mapping[str, str] | None = None
) -> QuerySyntaxError:
    """What is wrong with a query that an engine does not read.

    Args:
        query: the text as it was asked.
        message: what the engine said; ``error at line:column: ...`` is understood.
        prefixes: those that are declared for every query.
    """
    mistake = _mistake(query, message, prefixes or {})
    line, column = place(query, mistake.token.start)
    return QuerySyntaxError(
        _clip(mistake.message),
        line,
        column,
        hint=_clip(mistake.hint) if mistake.hint else None,
        token=mistake.token.text[:_LONGEST_TOKEN] or None,
        excerpt=excerpt(query, mistake.token),
    )


def unknown_function(query: str, message: str, prefixes: Mapping[str, str] | None = None) -> QueryRefused:
    """What to say of a query that calls a function which the engine does not have."""
    found = _FUNCTION.search(message)
    iri = found[1] if found else ""
    parsed = parse(query)
    names = {**(prefixes or {}), **dict(declared(parsed.tokens))}
    for token in parsed.tokens:
        if iri and _iri(token, names) == iri:
            near = get_close_matches(iri, _CASTS, n=1, cutoff=0.9)
            known = (
                f"did you mean `xsd:{near[0].removeprefix(_XSD)}`?"
                if near
                else "It has the functions of SPARQL 1.1."
            )
            where = Where("query", *place(query, token.start))
            return QueryRefused(
                f"there is no function `{token.text}` here", where=where, hint=known[0].upper() + known[1:]
            )
    return QueryRefused("the query calls a function that the engine does not have")


def place(query: str, at: int) -> tuple[int, int]:
    """Line and column, from 1, of a place in the text."""
    return query.count("\n", 0, at) + 1, at - query.rfind("\n", 0, at)


def excerpt(query: str, token: Token) -> str:
    """The line of the token, and carets below the token; of a long line the part around it."""
    line, column = place(query, token.start)
    whole = re.sub(r"[^\S\n]|[\x00-\x1f\x7f]", " ", query.split("\n")[line - 1].rstrip("\r"))
    begin = max(0, column - 1 - _WIDEST // 2) if len(whole) > _WIDEST else 0
    shown = whole[begin : begin + _WIDEST]
    before = column - 1 - begin
    marked = max(1, min(len(token.text.split("\n")[0]), len(shown) - before))
    return f"{line} | {shown}\n{' ' * len(str(line))} | {' ' * before}{'^' * marked}"


def _clip(text: str) -> str:
    return (
        text
        if len(text) <= _LONGEST_TEXT
        else f"{text[: _LONGEST_TEXT // 2]} ... {text[-_LONGEST_TEXT // 2 :]}"
    )


def _iri(token: Token, names: Mapping[str, str]) -> str | None:
    if token.kind == "IRI":
        return token.text[1:-1]
    prefix, colon, local = token.text.partition(":")
    return names[prefix] + local if token.kind in ("PNAME", "NS") and colon and prefix in names else None


def _mistake(query: str, message: str, prefixes: Mapping[str, str]) -> Mistake:
    said = _ERROR_AT.match(message)
    detail = said[3] if said else message
    parsed = parse(query)
    at = _offset(query, int(said[1]), int(said[2])) if said else len(query)
    found = undeclared(parsed.tokens[:-1], prefixes)
    if found is None and parsed.stuck:
        found = misfit(query, parsed, parsed.stuck)
    return found or forbidden(parsed, detail, at) or _as_the_engine_says(parsed, detail, at)


def _as_the_engine_says(parsed: Parsed, detail: str, at: int) -> Mistake:
    token = next((t for t in reversed(parsed.tokens) if t.start < at), parsed.tokens[-1])
    phrase = re.search(r"expected (?:one of )?(?:.*, )?([A-Z][\w *]+ [\w *]+ [\w *]+)", detail, re.DOTALL)
    if phrase:
        return Mistake(token, phrase[1][0].lower() + phrase[1][1:])
    words = [word for word in re.findall(r'"([^"\s]+)"|\b([A-Z]{2,})\b', detail) if any(word)]
    fits = " ".join(dict.fromkeys(a or b for a, b in words))
    return Mistake(
        token, f"`{token.text}` does not fit here", f"Here fits {fits}." if 0 < len(words) <= 6 else None
    )


def _offset(query: str, line: int, column: int) -> int:
    lines = query.split("\n")
    return min(len(query), sum(len(text) + 1 for text in lines[: line - 1]) + column - 1)
