"""Everything that a curator should look at before a build: shape violations, style of the ontology, and the checks in ``queries/checks``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from muniment.build import ASSEMBLY, Graph, assemble, check_graph
from muniment.claims import locate
from muniment.engine import EmbeddedStore
from muniment.errors import InputError, ParameterError, QueryError, Where, did_you_mean, raise_all
from muniment.parameters import Parameter, Space, term_of
from muniment.progress import OnStage
from muniment.project import Project
from muniment.queries import QueryFile, read_queries, read_saved, try_out
from muniment.sections import section_of
from muniment.terms import iri, nquads, readable, to_graph
from muniment.validation import ValidationResult, validate

STAGES = (*ASSEMBLY, "read queries", "validate", "check the ontology", "run the checks")
"""What ``on_stage`` is told, in this order, when each stage begins."""


@dataclass(frozen=True)
class Finding:
    """One thing to look at: in which record, how grave, what is wrong and how to mend it, and the rule that says so."""

    record: str
    severity: str
    """``Violation``, ``Warning`` or ``Info``."""
    message: str
    rule: str
    where: Where | None = None

    def sort_key(self) -> tuple[str, int, str, str]:
        """By file, line and record."""
        where = self.where or Where("")
        return (where.path, where.line or 0, self.record, self.message)


def review(project: Project, on_stage: OnStage) -> list[Finding]:
    """All findings of a project, in order of file and line.

    Raises:
        InputError: something that people wrote cannot even be read.
    """
    graph = assemble(project, on_stage)
    from muniment.network.files import read_networks  # here, since networkx takes its time to load

    on_stage("read queries")
    raise_all(list(_of_parameters(read_saved(project.queries), graph, project)))
    read_networks(project.queries / "network")
    for query in read_queries(project.queries / "pages"):
        section_of(query)
    on_stage("validate")
    found = [_of_result(result, graph, project.ids) for result in check_graph(graph).results]
    on_stage("check the ontology")
    style = validate(to_graph(graph.vocabulary.ontology), to_graph(graph.vocabulary.style_guide))
    found += [_finding(result, result.focus[1:-1], None) for result in style.results]
    on_stage("run the checks")
    found += _of_checks(read_queries(project.queries / "checks"), graph, project.ids)
    return sorted(found, key=Finding.sort_key)


def _of_parameters(queries: list[QueryFile], graph: Graph, project: Project) -> Iterator[InputError]:
    """What the header of a query says that the vocabulary does not know, and what the engine does not read once it is bound."""
    space = Space(graph.vocabulary.prefixes(), project.base)
    known = {q.subject for q in graph.vocabulary.ontology} | {q.object for q in graph.default}
    empty = EmbeddedStore.in_memory(b"", space.prefixes)
    for query in queries:
        for parameter in query.parameters:
            yield from _unknown(parameter, space, known)
        try:
            empty.query(try_out(query, {}))
        except QueryError as error:
            where = error.where or Where("")
            place = Where(str(query.path), where.line, None if query.parameters else where.column)
            yield InputError(f"the query is not answered: {error.message}", where=place, hint=error.hint)


def _unknown(parameter: Parameter, space: Space, known: set[str]) -> Iterator[InputError]:
    if parameter.of:
        found = space.iri(parameter.of)
        if found is None or iri(found) not in known:
            what = "class" if parameter.type == "iri" else "scheme"
            short = {
                f"{p}:{t[len(n) + 1 : -1]}"
                for p, n in space.prefixes.items()
                for t in known
                if t.startswith(f"<{n}")
            }
            hint = did_you_mean(parameter.of, [*short, *(term[1:-1] for term in known)])
            yield InputError(f"nothing knows the {what} `{parameter.of}`", where=parameter.where, hint=hint)
            return
    for value in (parameter.default, parameter.example, *parameter.values):
        try:
            if value is not None:
                term_of(parameter, value, space)
        except ParameterError as error:
            yield InputError(error.message, where=parameter.where, hint=error.hint)


def _finding(result: ValidationResult, record: str, where: Where | None) -> Finding:
    severity = result.severity.rpartition("#")[2]
    return Finding(record, severity, result.message, result.shape, where)


def _of_result(result: ValidationResult, graph: Graph, base: str) -> Finding:
    place = _place(result.focus, graph)
    where = place
    if place and result.value:
        where = locate(place, readable(result.value).removeprefix(base)) or place
    return _finding(result, readable(result.focus).removeprefix(base), where)


def _place(subject: str, graph: Graph) -> Where | None:
    """Where a thing is first stated: its own record, or that of the first claim about it."""
    places = graph.claims.places
    if subject in places:
        return places[subject]
    stated = (places[q.graph] for q in graph.claims.quads if q.subject == subject and q.graph in places)
    return min(stated, default=None)


def _of_checks(checks: list[QueryFile], graph: Graph, base: str) -> Iterator[Finding]:
    """What the checks find; the record is the first thing of the dataset in a row, wherever it stands."""
    if not checks:
        return
    lines = "".join(nquads([*graph.default, *graph.named, *graph.vocabulary.graphs()])).encode()
    store = EmbeddedStore.in_memory(lines, graph.vocabulary.prefixes())
    for check in checks:
        for row in store.query(check.text):
            terms = [str(term) for term in row.values()]
            subject = next((term for term in terms if term.startswith(base)), terms[0] if terms else "")
            shown = ", ".join(term.removeprefix(base) for term in terms if term != subject)
            message = f"{check.title}: {shown}" if shown else check.title
            place = _place(iri(subject), graph)
            yield Finding(subject.removeprefix(base), "Violation", message, check.name, place)


def by_record(findings: list[Finding]) -> Mapping[str, list[Finding]]:
    """The findings of each record."""
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        found[finding.record].append(finding)
    return found
