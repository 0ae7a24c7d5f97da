"""What is logged beside requests: lines for people, lines of JSON, and in neither what somebody asked."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from muniment.engine import EmbeddedStore
from muniment.errors import InputError
from muniment_service import Settings
from muniment_service.logs import FORMATS, JsonLines, Lines, configuration, name_worker

SECRET = "SELECT ?secret"


@pytest.fixture
def failed() -> logging.LogRecord:
    """The record of an exception that quotes a query, caused by another one that does."""
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise RuntimeError(f"cannot answer {SECRET}") from error
    except RuntimeError:
        info = sys.exc_info()
    record = logging.LogRecord("muniment_service", logging.ERROR, __file__, 1, "failure at %s", ("/x",), info)
    record.request = "mine.1"
    return record


def test_json_is_one_line_with_the_traceback(failed: logging.LogRecord) -> None:
    line = JsonLines(worker=2).format(failed)
    assert "\n" not in line and SECRET not in line
    said = json.loads(line)
    assert (said["level"], said["logger"], said["message"]) == ("error", "muniment_service", "failure at /x")
    assert (said["id"], said["worker"]) == ("mine.1", 2)
    assert "builtins.RuntimeError\nbecause of\n" in said["traceback"]
    assert said["traceback"].endswith("builtins.KeyError")
    assert "in failed" in said["traceback"]


def test_text_has_it_below(failed: logging.LogRecord) -> None:
    said = Lines().format(failed)
    assert said.startswith("[ERROR] failure at /x\n") and SECRET not in said
    assert said.endswith("builtins.KeyError")


@pytest.mark.parametrize("form", [Lines, JsonLines])
def test_details_are_for_those_who_want_them(failed: logging.LogRecord, form: type[Lines]) -> None:
    logging.Formatter().format(failed)  # which keeps what it has made in the record
    assert SECRET not in form().format(failed)
    assert SECRET in form(details=True).format(failed)


def test_a_record_without_failure(caplog: pytest.LogCaptureFixture) -> None:
    record = logging.LogRecord("_granian", logging.INFO, __file__, 1, "hello", (), None)
    said = json.loads(JsonLines().format(record))
    assert set(said) == {"time", "level", "logger", "message"}
    assert (said["logger"], said["level"]) == ("granian", "info")
    assert Lines().format(record) == "[INFO] hello"


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back as it was."""
    found = logging.getLogger()
    handlers, level = found.handlers[:], found.level
    names = ("muniment_service", "muniment_service.access", "_granian")
    before = {name: (logging.getLogger(name).handlers[:], logging.getLogger(name).level, logging.getLogger(name).propagate) for name in names}  # fmt: skip
    yield found
    found.handlers[:], found.level = handlers, level
    for name, (hands, number, propagates) in before.items():
        logger = logging.getLogger(name)
        logger.handlers[:], logger.propagate = hands, propagates
        logger.setLevel(number)


@pytest.mark.parametrize("form", FORMATS)
def test_a_failure_in_the_service(form: Any, root: logging.Logger, connect: Any, small_store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """Through the configuration that the service is run with, to stderr."""
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    logging.config.dictConfig(configuration(form))
    name_worker(3)

    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(SECRET)

    settings = Settings(base="https://example.org/set/", release="r1")
    client: httpx.Client = connect(small_store, settings)
    monkeypatch.setattr("muniment_service.routers.health.NotReady", Broken)
    monkeypatch.setattr(type(small_store), "query", Broken.__getattr__)
    found = client.get("/readyz", headers={"X-Request-Id": "broken.1"})
    assert found.status_code == 500 and found.json()["request_id"] == "broken.1"
    text = stderr.getvalue()
    assert SECRET not in text and "broken.1" in text and "RuntimeError" in text
    if form == "json":
        (line,) = text.splitlines()
        said = json.loads(line)
        assert (said["id"], said["worker"]) == ("broken.1", 3)


def test_settings() -> None:
    found = Settings.from_env({"MUNIMENT_LOG_FORMAT": "json", "MUNIMENT_LOG_DETAILS": "1", "MUNIMENT_PROXIES": "127.0.0.1 10.0.0.0/8 ::1"})  # fmt: skip
    assert (found.log_format, found.log_details) == ("json", True)
    assert found.proxies == ("127.0.0.1/32", "10.0.0.0/8", "::1/128")
    for wrong in ({"MUNIMENT_LOG_FORMAT": "xml"}, {"MUNIMENT_PROXIES": "*"}, {"MUNIMENT_PROXIES": "10.0.0.1/8"}, {"MUNIMENT_TRACES": "yes"}):  # fmt: skip
        with pytest.raises(InputError, match=next(iter(wrong))):
            Settings.from_env(wrong)


PROXIES = {
    "nobody is believed": ((), "203.0.113.9", "http", "127.0.0.0/24"),
    "the proxy is": (("127.0.0.1",), "203.0.113.9", "https", "203.0.113.0/24"),
    "what the client made up is not": (("127.0.0.1",), "1.2.3.4, 203.0.113.9", "https", "203.0.113.0/24"),
    "a chain of proxies": (("127.0.0.1", "10.0.0.0/8"), "203.0.113.9, 10.1.2.3", "https", "203.0.113.0/24"),
}


@pytest.mark.parametrize("case", PROXIES)
def test_who_asks_behind_a_proxy(connect: Any, small_store: EmbeddedStore, caplog: pytest.LogCaptureFixture, case: str) -> None:  # fmt: skip
    proxies, forwarded, scheme, client = PROXIES[case]
    caplog.set_level(logging.INFO, "muniment_service.access")
    asked = connect(small_store, Settings(release="r1", access_log=True, proxies=proxies))
    headers = {"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https", "Accept": "text/turtle"}
    found = asked.get("/sparql", headers=headers)
    assert f"<{scheme}://localhost/sparql>" in found.text
    (line,) = [json.loads(r.getMessage()) for r in caplog.records if r.name == "muniment_service.access"]
    assert line["client"] == client
