"""Rewrites a page of the service for a file server: links become relative, and what only a running service can do is left out.

What a template marks with ``data-live`` is left out with all that is in it, and so is a form but the one for search. Another link to
what is no file becomes its text.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from html.parser import HTMLParser
from posixpath import dirname, relpath
from urllib.parse import quote

Resolve = Callable[[str], str | None]
"""From a link of the service to a path within the export, perhaps with a fragment; a link that leads elsewhere stays itself."""
_VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_LEADS = {"href", "src", "action"}


def relative(path: str, page: str) -> str:
    """The link from a page to a file, both as paths within the export."""
    file, mark, fragment = path.partition("#")
    link = quote(relpath(file, dirname(page) or "."), safe="/~!$&'()*+,;=@-._")
    return f"{link}{mark}{fragment}"


def rewritten(html: str, page: str, resolve: Resolve) -> str:
    """The page at that path within the export."""
    writer = _Writer(page, resolve)
    writer.feed(html)
    writer.close()
    return "".join(writer.parts)


class _Writer(HTMLParser):
    def __init__(self, page: str, resolve: Resolve) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self._page, self._resolve = page, resolve
        self._hidden = 0
        """How many elements are open since one began that is left out."""
        self._kept: list[bool] = []
        """For each `a` that is open, whether it is written."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        lead = next(((name, value or "") for name, value in attrs if name in _LEADS), None)
        target = self._link(lead[1]) if lead else None
        if self._hidden:
            self._hidden += tag not in _VOID
            return
        left_out = any(name == "data-live" for name, _ in attrs) or (tag == "form" and target is None)
        gone = lead is not None and target is None
        left_out |= gone and (
            tag in ("link", "script") or ("rel", "alternate") in attrs
        )  # a format that is not written
        if left_out:
            self._hidden = int(tag not in _VOID)
            return
        if tag == "a":
            self._kept.append(lead is None or target is not None)
            if not self._kept[-1]:
                return
        if lead is None or target == lead[1]:
            self.parts.append(self.get_starttag_text() or "")
            return
        shown = "".join(
            f' {name}="{escape(target or "" if name == lead[0] else value)}"'
            if value is not None
            else f" {name}"
            for name, value in attrs
        )
        self.parts.append(f"<{tag}{shown}>")

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            self._hidden -= 1
        elif tag != "a" or self._kept.pop():
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._write(data)

    def handle_entityref(self, name: str) -> None:
        self._write(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._write(f"&#{name};")

    def handle_decl(self, decl: str) -> None:
        self._write(f"<!{decl}>")

    def _write(self, text: str) -> None:
        if not self._hidden:
            self.parts.append(text)

    def _link(self, href: str) -> str | None:
        if not href.startswith("/") or href.startswith("//"):
            return href
        found = self._resolve(href)
        return relative(found, self._page) if found is not None else None
