"""Where the shipped ontology, shapes and queries are: inside the wheel, or in the checkout."""

from __future__ import annotations

from pathlib import Path

_SHIPPED = Path(__file__).parent / "_shipped"
_CHECKOUT = Path(__file__).resolve().parents[2]
_ELSEWHERE = {"starter": "tests/tiny"}
"""Artefacts whose place in the checkout has another name."""


def artefact(name: str) -> Path:
    """The folder ``name`` (``ontology``, ``shapes``, ``queries`` or ``starter``) as installed.

    Raises:
        FileNotFoundError: neither the wheel nor a checkout holds it.
    """
    for folder in (_SHIPPED / name, _CHECKOUT / _ELSEWHERE.get(name, name)):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the installation of muniment lacks its folder {name}/")
