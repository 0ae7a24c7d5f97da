"""Lists in pages: which page is asked for, and the links to the others."""

from __future__ import annotations

from collections.abc import Mapping

from muniment_service import urls
from muniment_service.errors import MalformedRequest, NotFound


def page_number(text: str) -> int:
    """The number of a page.

    Raises:
        MalformedRequest: it is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 7 and int(text) > 0):
        raise MalformedRequest(f"`page={text[:50]}` is no page.", hint="Pages are numbered from 1.")
    return int(text)


def page_links(
    path: str, given: Mapping[str, str], page: int, total: int, size: int
) -> tuple[int, dict[str, str]]:
    """The number of the last page, and links to others: ``first``, ``prev``, ``next`` and ``last``, those that there are.

    Raises:
        NotFound: there is no such page.
    """
    last = max(1, -(-total // size))
    if page > last:
        raise NotFound(f"There is no page {page}.", hint=f"The last page is {last}.")
    around = {"first": 1, "prev": page - 1, "next": page + 1, "last": last}
    return last, {
        rel: urls.set_url(path, {**given, "page": str(number)})
        for rel, number in around.items()
        if 1 <= number <= last and last > 1
    }
