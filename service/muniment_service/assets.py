"""Files that pages need: stylesheet, icon, and the bundles of scripts, which Vite builds from ``service/frontend`` where Node is present.

Without bundles all pages are as they are for a browser without JavaScript.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path

MISSING = (
    "The scripts of the pages are not built, so that drawings stay still and search has no type-ahead. "
    "With Node 20.19 or newer, `make serve` builds them."
)
_STATIC = Path(str(files("muniment_service"))) / "static"
_MANIFEST = "manifest.json"
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True)
class Bundle:
    """Addresses of what one page loads."""

    scripts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    preloads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assets:
    """What can be loaded: address below ``/static/`` -> file; name of a page -> bundle."""

    paths: Mapping[str, Path]
    bundles: Mapping[str, Bundle] = field(default_factory=dict)

    def address(self, name: str) -> str:
        """The address of a file that is not bundled, which changes with its content, so that browsers may keep it for ever."""
        return f"/static/{_versioned(self.paths[name])}"

    def lasts(self, name: str) -> bool:
        """Whether the content below an address never changes."""
        return name != self.paths[name].name

    def bundle(self, page: str) -> Bundle:
        """What a page loads; nothing if it is not built."""
        return self.bundles.get(page, Bundle())


@cache
def assets() -> Assets:
    """The files of this installation."""
    return read_assets(_STATIC)


def read_assets(static: Path) -> Assets:
    """The files in a folder, with the bundles that its ``built/manifest.json`` lists, if there is one."""
    plain = [path for path in sorted(static.iterdir()) if path.is_file() and path.suffix in _TYPES]
    paths = {name: path for path in plain for name in (path.name, _versioned(path))}
    built = static / "built"
    try:
        manifest = json.loads((built / _MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        return Assets(paths)
    paths |= {f"built/{path.name}": path for path in built.iterdir() if path.suffix in _TYPES}
    entries = {chunk["name"]: key for key, chunk in manifest.items() if chunk.get("isEntry")}
    return Assets(paths, {name: _bundle(manifest, key) for name, key in entries.items()})


def media_type(path: Path) -> str:
    """The media type of a file by its ending."""
    return _TYPES[path.suffix]


def _bundle(manifest: Mapping[str, dict[str, object]], entry: str) -> Bundle:
    """An entry with all chunks that it imports at once (not those that it may load later)."""
    seen: dict[str, None] = {}
    waiting = [entry]
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen[key] = None
            waiting += _list(manifest[key], "imports")
    chunks = [manifest[key] for key in seen]
    styles = dict.fromkeys(style for chunk in chunks for style in _list(chunk, "css"))
    first, *others = (f"/static/built/{chunk['file']}" for chunk in chunks)
    return Bundle((first,), tuple(f"/static/built/{style}" for style in styles), tuple(others))


def _list(chunk: Mapping[str, object], name: str) -> list[str]:
    found = chunk.get(name, [])
    assert isinstance(found, list)
    return found


@cache
def _versioned(path: Path) -> str:
    return f"{path.stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}{path.suffix}"
