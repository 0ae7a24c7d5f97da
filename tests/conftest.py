"""Fixtures for every test.

Policy: prefer the smallest input, written in the test itself. Where a whole dataset is needed, take ``tiny``; take
``release`` (the real dataset) only for what must hold of the real data. Session fixtures are read-only: a test that changes a project
copies it first. Nothing is patched but the environment; nothing sleeps; no test depends on another or on the clock. The network is out
of bounds, loopback excepted. What only some machines have (``../shared``, pandas) is skipped with the reason.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, settings
from spread import ByPart, in_order

from muniment.build import build
from muniment.engine import EmbeddedStore
from muniment.project import Project, find_project
from muniment.release import Release
from muniment.store import Store

# The same examples on every machine, however slow it is.
settings.register_profile(
    "muniment", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("muniment")

# What is compiled is kept, also where the machine would not: hundreds of processes begin with the same modules.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

ROOT = Path(__file__).resolve().parents[1]
TINY = ROOT / "tests" / "tiny"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Part by part, the longest first; within a part as pytest has ordered them."""
    items[:] = [items[n] for n in in_order([item.nodeid for item in items])]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByPart | None:
    """Whoever asks for no other distribution (``--dist``) gets ours."""
    if config.getvalue("dist") != "load":
        return None
    config.option.loadscopereorder = False
    return ByPart(config, log)


@dataclasses.dataclass(frozen=True)
class Built:
    """A project, a release built from it, and its store."""

    project: Project
    release: Release
    store: Store


@pytest.fixture(scope="session", autouse=True)
def _clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No variable of the machine changes a result, and no client trusts any authority: none meets one here, and to read a hundred of
    them takes ``httpx.get`` 20 ms each time, longer than most of what is asked."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("MUNIMENT_", "SSL_", "REQUESTS_", "GRANIAN_")) or name.lower().endswith(
                "_proxy"
            ):
                patch.delenv(name)
        for name in ("PORT", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
            patch.delenv(name, raising=False)
        patch.setenv("TZ", "UTC")
        patch.setenv("SSL_CERT_DIR", str(tmp_path_factory.mktemp("authorities")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """A connection to another machine is an error; sockets to this one are not."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: Any) -> None:
        _refuse(self.family, address)
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        _refuse(self.family, address)
        return connect_ex(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        patch.setattr(socket.socket, "connect_ex", guarded_ex)
        yield


def _refuse(family: int, address: Any) -> None:
    if family not in (socket.AF_INET, socket.AF_INET6):
        return
    host = str(address[0])
    try:
        allowed = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        allowed = False
    if not allowed:
        raise RuntimeError(f"a test tried to reach {host}: tests use no network")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder ``../shared`` with the source documents as they were handed over."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs ../shared, which is not in this checkout")
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of ``tests/tiny``."""
    folder = tmp_path_factory.mktemp("tiny") / "tiny"
    shutil.copytree(TINY, folder, ignore=shutil.ignore_patterns("releases"))
    return find_project(folder)


@pytest.fixture(scope="session")
def tiny_release(tiny: Project) -> Release:
    """The release of ``tests/tiny``."""
    return build(tiny)


@pytest.fixture(scope="session")
def tiny_store(tiny: Project, tiny_release: Release) -> EmbeddedStore:
    """The store of that release, in memory."""
    return tiny_release.open(tiny.in_memory_quads)


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The real dataset of this repository, built into a temporary folder."""
    project = dataclasses.replace(find_project(ROOT), releases=tmp_path_factory.mktemp("releases"))
    built = build(project)
    return Built(project, built, built.open(project.in_memory_quads))


@pytest.fixture(scope="module")
def unused_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def wait_until_ready() -> Callable[[str], None]:
    """Waits until the service at a URL says that it is ready."""

    def wait(url: str) -> None:
        for _ in range(300):
            try:
                if httpx.get(f"{url}/readyz").is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(f"{url} is not ready after half a minute")

    return wait
