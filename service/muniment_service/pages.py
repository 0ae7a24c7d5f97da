"""HTML pages: Jinja2 templates, always escaped, with nothing inline."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from muniment_service import urls
from muniment_service.assets import assets
from muniment_service.facts import Names
from muniment_service.settings import Settings


class Pages:
    """Renders the templates of one service; ``described`` says whether there is a catalogue to link to, ``searchable`` whether names can be searched; ``ways`` which pages the navigation leads to."""

    def __init__(
        self,
        settings: Settings,
        *,
        described: bool = False,
        searchable: bool = False,
        ways: Collection[str] = ("events", "map", "networks"),
    ) -> None:
        loader = PackageLoader("muniment_service", "templates")
        self._templates = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._templates.filters["code"] = _code
        self._settings = settings
        self._templates.globals.update(
            settings=settings,
            urls=urls,
            assets=assets(),
            described=described,
            searchable=searchable,
            ways=ways,
            bundle=None,
            section=None,
            wide=False,
        )

    def render(
        self, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
    ) -> Response:
        """A page from a template of that name."""
        text = self._templates.get_template(template).render(values)
        return HTMLResponse(text.encode("utf-8", "replace"), status, headers)

    @property
    def environment(self) -> Environment:
        """The templates with what all of them know."""
        return self._templates

    def names(
        self, labels: Mapping[str, str], base: urls.Urls, properties: Mapping[str, str] | None = None
    ) -> Names:
        """Names for the terms of a page; ``properties`` are called by other words than their labels."""
        return Names(base, self._settings.prefixes, labels, properties or {})


def _code(text: str) -> Markup:
    """A message for people, in which what stands between backticks is code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # one of them is without its other: it is a character of the text
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )
