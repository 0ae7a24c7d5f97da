"""Writes the parts of the documentation that are made from the code and the data; ``--check`` only says whether they are in step.

A part stands between ``<!-- generated: name -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import rdflib
from rdflib.namespace import OWL, RDF, RDFS, SKOS

ROOT = Path(__file__).parents[1]
MUN = rdflib.Namespace("https://w3id.org/muniment/ontology#")
SCHEMA = rdflib.Namespace("https://schema.org/")
COMMANDS = (
    "init",
    "build",
    "check",
    "serve",
    "query",
    "search",
    "network",
    "export",
    "publish",
    "release",
    "release list",
    "release use",
    "release prune",
    "release check",
    "sources",
    "format",
)


def term_table() -> str:
    """The classes and properties of core.ttl, with the standard terms beside them."""
    graph = rdflib.Graph().parse(ROOT / "ontology/core.ttl")
    lines = []
    for title, kinds in (
        ("Class", [OWL.Class]),
        ("Property", [OWL.ObjectProperty, OWL.DatatypeProperty]),
    ):
        lines += [f"| {title} | Of | Definition | Why not a standard term |", "|---|---|---|---|"]
        for term in sorted({t for kind in kinds for t in graph.subjects(RDF.type, kind)}):
            of = [*graph.objects(term, RDFS.subClassOf), *graph.objects(term, SCHEMA.domainIncludes)]
            cells = (
                f"`{graph.qname(term)}`",
                ", ".join(sorted(f"`{graph.qname(other)}`" for other in of)),
                str(graph.value(term, SKOS.definition)),
                str(graph.value(term, SKOS.scopeNote)),
            )
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines).strip()


def scheme_table() -> str:
    """The concept schemes of concepts.ttl with their concepts."""
    graph = rdflib.Graph().parse(ROOT / "ontology/concepts.ttl")
    lines = ["| Scheme | For | Concepts |", "|---|---|---|"]
    for scheme in sorted(graph.subjects(RDF.type, SKOS.ConceptScheme)):
        concepts = sorted(
            str(concept).rpartition("/")[2] for concept in graph.subjects(SKOS.inScheme, scheme)
        )
        name = str(scheme).rpartition("/")[2]
        lines.append(f"| `{name}` | {graph.value(scheme, SKOS.definition)} | {', '.join(concepts)} |")
    return "\n".join(lines)


_HELP = """
import json, sys
from typer.testing import CliRunner
from muniment.cli import app
print(json.dumps([CliRunner().invoke(app, [*c.split(), "--help"], prog_name="muniment").stdout for c in sys.argv[1:]]))
"""


def command_help() -> str:
    """What ``muniment --help`` and each command's ``--help`` print, on a terminal of 100 columns that can do nothing."""
    environ = {
        "PATH": "/usr/bin:/bin",
        "COLUMNS": "100",
        "TERM": "dumb",
        "NO_COLOR": "1",
        "LC_ALL": "C.UTF-8",
    }
    commands = ["", *COMMANDS]
    done = subprocess.run(
        [sys.executable, "-c", _HELP, *commands], capture_output=True, text=True, check=True, env=environ
    )
    parts = []
    for command, said in zip(commands, json.loads(done.stdout), strict=True):
        text = "\n".join(line.rstrip() for line in said.strip().splitlines())
        parts.append(f"## muniment {command}".rstrip() + f"\n\n```text\n{text}\n```")
    return "\n\n".join(parts)


PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "terms": ("ontology/README.md", term_table),
    "schemes": ("ontology/README.md", scheme_table),
    "commands": ("docs/cli.md", command_help),
}


def main(check: bool) -> int:
    """Write the parts, or with ``check`` name those that are out of step; the exit code."""
    stale = []
    for name, (file, make) in PARTS.items():
        path = ROOT / file
        text = path.read_text(encoding="utf-8")
        pattern = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"{file} has no place for the generated part `{name}`")
        part = make()
        new = pattern.sub(lambda match, part=part: f"{match[1]}{part}\n{match[2]}", text)
        if new != text:
            stale.append(f"{file}: {name}")
            if not check:
                path.write_text(new, encoding="utf-8")
    for part in stale:
        print(f"{'out of step' if check else 'written'}: {part}")
    if check and stale:
        print("run `make format`")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
