"""Names of this dataset that are no longer in use, by what the data says of them (``shapes/withdrawn.ttl`` holds it to that).

Withdrawn: ``owl:deprecated true``, with the reason in ``skos:changeNote`` and perhaps a successor in ``dcterms:isReplacedBy``.
Renamed: nothing is said of the old name, but ``owl:sameAs`` leads to it from the thing.
"""

from __future__ import annotations

from muniment.store import Description
from muniment.terms import DCTERMS, OWL, SKOS, XSD, bare, iri, is_iri, readable
from muniment_service.context import Context
from muniment_service.errors import Gone

_DEPRECATED, _REASON = iri(f"{OWL}deprecated"), iri(f"{SKOS}changeNote")
_SUCCESSOR, _SAME = iri(f"{DCTERMS}isReplacedBy"), iri(f"{OWL}sameAs")
_TRUE = f'"true"^^<{XSD}boolean>'


def refuse_withdrawn(context: Context, name: str, found: Description) -> None:
    """Nothing, or the error that says why a thing of this dataset is no longer described.

    Raises:
        Gone: it was withdrawn.
    """
    said = {q.predicate: q.object for q in sorted(found.outgoing, reverse=True)}
    if said.get(_DEPRECATED) != _TRUE or context.urls.local_part(name) is None:
        return
    label = found.labels.get(iri(name))
    why = readable(said[_REASON]) if _REASON in said else "No reason is given."
    members, headers = {"iri": name, **({"label": label} if label else {})}, {}
    if (successor := said.get(_SUCCESSOR)) and is_iri(successor):
        href = context.urls.document(bare(successor))
        members |= {
            "successor": bare(successor),
            "successor_document": href,
            "successor_label": found.labels.get(successor, bare(successor)),
        }
        headers["Link"] = f'<{href}>; rel="successor-version"'
    raise Gone(f"{label or 'This thing'} was withdrawn. {why}", members=members, headers=headers)


def former_name_of(context: Context, name: str, found: Description) -> str | None:
    """The IRI of the thing that had this name before, if it has another one now."""
    if found.outgoing or context.urls.local_part(name) is None:
        return None
    return next((bare(q.subject) for q in found.incoming if q.predicate == _SAME and is_iri(q.subject)), None)
