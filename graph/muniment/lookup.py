"""Look-ups: queries so plain that what they cost is known before they run.

One triple pattern with a constant subject, perhaps a LIMIT, and nothing else: no join, path, filter, function, order or other server.
The engine answers it by reading one range of one index from its start, and each statement that it reads is a row that it writes. So
whoever bounds the bytes that are written has bounded the time and the memory, too.

The grammar is narrower than SPARQL's: what an engine might read in two ways (a code-point escape, a comment that holds more than
plain text) is no look-up, and is answered like any other query.
"""

from __future__ import annotations

import re

LONGEST = 4_000
"""Characters of a text up to which it is looked at."""
_SPACE = r"(?:[ \t\r\n]|\#[ -\[\]-~\t]*+(?:[\r\n]|\Z))*+"
_IRI = r"<[A-Za-z][A-Za-z0-9+.\-]*+:[^\x00-\x20<>\"{}|^`\\]*+>"
_NAME = r"(?:[A-Za-z][A-Za-z0-9_\-]*+)?+:(?:[A-Za-z_][A-Za-z0-9_\-]*+)?+"
_VARIABLE = r"[?$][A-Za-z_][A-Za-z0-9_]*+"
_LOOKUP = re.compile(
    rf"""{_SPACE}(?:prefix{_SPACE}(?:[A-Za-z][A-Za-z0-9_\-]*+)?+:{_SPACE}{_IRI}{_SPACE})*+
    (?:ask|select{_SPACE}(?:\*|(?P<shown>{_VARIABLE}(?:[ \t\r\n]++{_VARIABLE})*+))){_SPACE}(?:where{_SPACE})?+
    \{{{_SPACE}{_IRI}{_SPACE}(?P<p>{_VARIABLE}|{_IRI}|{_NAME}|a(?![A-Za-z0-9_\-:.]))
    {_SPACE}(?P<o>{_VARIABLE}|{_IRI}|{_NAME}){_SPACE}(?:\.{_SPACE})?+\}}{_SPACE}(?:limit[ \t\r\n]++[0-9]{{1,9}}{_SPACE})?+""",
    re.IGNORECASE | re.VERBOSE,
)


def is_lookup(query: str) -> bool:
    """Whether a query is a look-up.

    Example:
        >>> is_lookup("SELECT ?p ?o { <urn:x> ?p ?o } # all of it")
        True
        >>> is_lookup("SELECT ?p { <urn:x> ?p ?x . ?x ?q ?y }"), is_lookup("SELECT ?o { <urn:x> <urn:p>+ ?o }")
        (False, False)
    """
    if len(query) > LONGEST:
        return False
    found = _LOOKUP.fullmatch(query)
    if found is None or found["p"][1:] == found["o"][1:]:
        return False  # the same variable twice is a filter: statements would be read that write nothing
    of_pattern = {found["p"][1:], found["o"][1:]}
    return all(variable[1:] in of_pattern for variable in (found["shown"] or "").split())
