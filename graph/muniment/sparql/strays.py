"""Characters that came into a query by copying: quotation marks of documents, escapes of HTML and URLs, strings and IRIs without an end."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

from muniment.sparql.mistakes import Mistake, line_of
from muniment.sparql.parse import Parsed, Stuck
from muniment.sparql.tokens import Token

_QUOTES = dict.fromkeys("“”„‟«»″", '"') | dict.fromkeys("‘’‚‛′`´", "'")  # noqa: RUF001
_DASHES = dict.fromkeys("‐‑‒–—−", "-")  # noqa: RUF001
_ENTITIES = {
    "&lt;": "<",
    "&gt;": ">",
    "&amp;": "&",
    "&quot;": '"',
    "&apos;": "'",
    "&nbsp;": " ",
    "&#39;": "'",
    "&#34;": '"',
}
_PERCENT = re.compile(r"%(?:20|0A|0D|3F|7B|22|3C)", re.IGNORECASE)


def stray(text: str, parsed: Parsed, stuck: Stuck) -> Mistake | None:
    """The mistake, if the token is no word of SPARQL at all."""
    token = stuck.token
    by_kind = {
        "ENTITY": _entity,
        "OPEN_STRING": _open_string,
        "BARE_IRI": _bare_iri,
        "BAD_NUMBER": _bad_number,
        "DATE": _date,
        "TAG": _tag,
        "OTHER": _other,
    }
    if token.kind in by_kind:
        return by_kind[token.kind](text, token, parsed)
    if token.kind in ("<", "<=") and {"IRI", "PNAME"} & stuck.expected:
        return _broken_iri(text, token)
    if token.kind == "WORD":
        return _glued(token, parsed)
    return None


def _entity(text: str, token: Token, parsed: Parsed) -> Mistake:
    meant = _ENTITIES.get(token.text)
    hint = f"Write `{meant}`." if meant and meant.strip() else "Write the character itself."
    return Mistake(token, f"`{token.text}` is an escape of HTML, not SPARQL", hint)


def _open_string(text: str, token: Token, parsed: Parsed) -> Mistake:
    long = token.text[:3] in ("'''", '"""')
    quote = token.text[:3] if long else token.text[0]
    before = parsed.tokens[-2] if len(parsed.tokens) > 1 else None
    if before is not None and before.end == token.start and before.kind in ("STRING", "WORD", "VAR"):
        return Mistake(
            token, f"a quote that opens or closes nothing: {quote}", f"Inside a string write `\\{quote}`."
        )
    hint = f"Close it with `{quote}`" + (
        "." if long else "; a string over several lines stands in three quotes."
    )
    return Mistake(
        Token(token.kind, token.text.splitlines()[0], token.start),
        f"the string of line {line_of(text, token)} is never closed",
        hint,
    )


def _bare_iri(text: str, token: Token, parsed: Parsed) -> Mistake:
    return Mistake(token, "an IRI stands in angle brackets", f"Write `<{token.text}>`.")


def _bad_number(text: str, token: Token, parsed: Parsed) -> Mistake:
    return Mistake(
        token,
        f"`{token.text}` is no number",
        f'Write a number such as 12, 1.5 or 1e6, or text: `"{token.text}"`.',
    )


def _date(text: str, token: Token, parsed: Parsed) -> Mistake:
    return Mistake(
        token,
        f"`{token.text}` is no term: a date is a string with a type",
        f'Write `"{token.text}"^^xsd:date`.',
    )


def _tag(text: str, token: Token, parsed: Parsed) -> Mistake:
    if token.text.lower() in ("@prefix", "@base"):
        word = token.text[1:].upper()
        return Mistake(
            token,
            f"`{token.text}` is Turtle",
            f"In SPARQL write `{word}`, without `@` and without the dot at the end.",
        )
    return Mistake(token, f"the language tag `{token.text}` does not follow a string", 'Write `"text"@en`.')


def _other(text: str, token: Token, parsed: Parsed) -> Mistake | None:
    char = token.text
    if char == "%" and _PERCENT.match(text, token.start):
        begin = unquote(text[:60]).splitlines()[0].strip()
        return Mistake(token, "the query is percent-encoded, as in a URL", f"Decode it first: `{begin}`")
    if plain := _QUOTES.get(char):
        return Mistake(
            token, f"`{char}` is a quotation mark of a document, not of SPARQL", f"Write `{plain}`."
        )
    if plain := _DASHES.get(char):
        return Mistake(token, f"`{char}` is a dash of a document, not of SPARQL", f"Write `{plain}`.")
    if char.isspace() or unicodedata.category(char) in ("Zs", "Cf", "Cc"):
        name = unicodedata.name(char, f"U+{ord(char):04X}").lower()
        return Mistake(
            token,
            f"a character that cannot be seen stands here: {name} (U+{ord(char):04X})",
            "Replace it by a space, or remove it.",
        )
    return None


def _broken_iri(text: str, token: Token) -> Mistake:
    whole = re.compile(r"<[^<>\r\n]*>").match(text, token.start)
    if whole is None:
        written = re.compile(r"<[^\s<>]*").match(text, token.start)
        shown = Token("IRI", written[0] if written else token.text, token.start)
        return Mistake(
            shown, f"the IRI of line {line_of(text, token)} is never closed", f"Write `{shown.text}>`."
        )
    shown = Token("IRI", whole[0], token.start)
    odd = re.search(r"[\x00-\x20\"{}|^`\\]", shown.text)
    what = "a space" if odd and odd[0].isspace() else f"`{odd[0] if odd else '<'}`"
    hint = f"Write `%{ord(odd[0]):02X}` for it, if it belongs there." if odd else None
    return Mistake(shown, f"an IRI cannot hold {what}", hint)


def _glued(token: Token, parsed: Parsed) -> Mistake | None:
    before = parsed.tokens[-2] if len(parsed.tokens) > 1 else None
    if before is None or before.end != token.start:
        return None
    if before.kind == "STRING":
        return Mistake(
            token,
            f"the string ends before `{token.text}`",
            f"Inside a string write `\\{before.text[-1]}` for the quote.",
        )
    if before.kind == "TAG":
        return Mistake(
            token,
            f"`{before.text}{token.text}` is no language tag",
            f"Write `{before.text}{token.text}`".replace("_", "-") + ".",
        )
    if before.kind == "VAR":
        return Mistake(token, f"`{before.text}{token.text}` is no variable")
    return None
