"""Broken queries and what is said of each: exact place, token, message and hint; and that no broken text is too odd to be explained."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.engine import EmbeddedStore
from muniment.errors import QueryRefused, QuerySyntaxError
from muniment.sparql.parse import parse
from muniment.syntax import syntax_error

ROOT = Path(__file__).resolve().parents[1]
PREFIXES = {
    "schema": "https://schema.org/",
    "ex": "https://example.org/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
STORE = EmbeddedStore.in_memory(b'<https://example.org/a> <https://example.org/p> "o" .\n', PREFIXES)
QUERIES = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "queries").rglob("*.rq"))]


def broken(text: str) -> QuerySyntaxError:
    with pytest.raises(QuerySyntaxError) as caught:
        STORE.query(text)
    return caught.value


# fmt: off
TABLE: list[tuple[str, int, int, str | None, str, str | None]] = [
    ('SELEC * {}', 1, 1, 'SELEC', '`SELEC` is not known here: did you mean `SELECT`?', None),
    ('SELECT * { ?s schma:name ?o }', 1, 15, 'schma:name', '`schma:` is not declared: did you mean `schema:`?', 'Or declare the prefix at the beginning: `PREFIX schma: <...>`.'),
    ('SELECT * { ?s dbo:name ?o }', 1, 15, 'dbo:name', '`dbo:` is not declared', 'Declare the prefix at the beginning: `PREFIX dbo: <http://dbpedia.org/ontology/>`.'),
    ('SELECT * { ?s ?p ?o', 1, 20, None, 'the `{` of line 1 is never closed', 'Add `}`.'),
    ('SELECT * { ?s ?p ?o }}', 1, 22, '}', 'this `}` closes nothing', 'Remove it, or add what it should close.'),
    ('SELECT * { ?s ?p ?o ?x ?y ?z }', 1, 21, '?x', 'a `.` is missing before `?x`', 'Write `.` after `?o`, or `;` if the subject stays.'),
    ('SELECT * { ?s ?p ?o ?x ?y }', 1, 21, '?x', 'a `;` is missing before `?x`', 'Write `;` after `?o`, or `.` if the subject changes.'),
    ('SELECT * { ?s ?p "abc }', 1, 18, '"abc }', 'the string of line 1 is never closed', 'Close it with `"`; a string over several lines stands in three quotes.'),
    ('SELECT * { ?s ?p <http://a b> }', 1, 18, '<http://a b>', 'an IRI cannot hold a space', 'Write `%20` for it, if it belongs there.'),
    ('SELECT * { ?s ?p <http://a }', 1, 18, '<http://a', 'the IRI of line 1 is never closed', 'Write `<http://a>`.'),
    ('SELECT ?a (COUNT(?b) AS ?n) { ?a ?p ?b }', 1, 8, '?a', '`?a` is neither grouped nor aggregated', 'Add `GROUP BY ?a`, or an aggregate such as `(SAMPLE(?a) AS ?one)`.'),
    ('SELECT ?a ?c (COUNT(?b) AS ?n) { ?a ?p ?b } GROUP BY ?a', 1, 11, '?c', '`?c` is neither grouped nor aggregated', 'Write `GROUP BY ... ?c`, or an aggregate such as `(SAMPLE(?c) AS ?one)`.'),
    ('SELECT (1 AS ?x) (2 AS ?x) {}', 1, 24, '?x', '`?x` stands twice in SELECT', 'Remove one, or give it another name.'),
    ('SELECT ?x ?x {}', 1, 11, '?x', '`?x` stands twice in SELECT', 'Remove one, or give it another name.'),
    ('SELECT * { ?s ?p ?o BIND(1 AS ?o) }', 1, 31, '?o', '`?o` is in use before this BIND', 'Choose another name after AS, or compare with FILTER.'),
    ('SELECT * { ?s ?p ?o FILTER(COUNT(?s) > 1) }', 1, 28, 'COUNT', 'the aggregate `COUNT` has no place in FILTER', 'Use HAVING: `GROUP BY ... HAVING (COUNT(...) > 1)`.'),
    ('SELECT * { ?s name ?o }', 1, 15, 'name', '`name` is no term', 'Write `?name` (a variable) or `prefix:name` (a name).'),
    ('SELECT * { ?s ?p \u201ca\u201d }', 1, 18, '\u201c', '`\u201c` is a quotation mark of a document, not of SPARQL', 'Write `"`.'),
    ('SELECT * { ?s ?p ?o };', 1, 22, ';', 'a query does not end with `;`', 'Remove it; only one query is asked at a time.'),
    ('SELECT * { ?s ?p ?o } // comment', 1, 23, '//', '`//` follows the end of the query', 'A comment begins with `#`.'),
    ('SELECT * { ?s ?p ?o FILTER(?o &lt; 3) }', 1, 31, '&lt;', '`&lt;` is an escape of HTML, not SPARQL', 'Write `<`.'),
    ('SELECT%20*%20%7B%7D', 1, 7, '%', 'the query is percent-encoded, as in a URL', 'Decode it first: `SELECT * {}`'),
    ('SELECT * { ?s ?p ?o FILTER(CONCATT(?o,?s) = "x") }', 1, 28, 'CONCATT', '`CONCATT` is no function: did you mean `CONCAT`?', None),
    ('SELECT * { ?s ?p 1.2.3 }', 1, 18, '1.2.3', '`1.2.3` is no number', 'Write a number such as 12, 1.5 or 1e6, or text: `"1.2.3"`.'),
    ('SELECT * { ?s ?p 12abc }', 1, 18, '12abc', '`12abc` is no number', 'Write a number such as 12, 1.5 or 1e6, or text: `"12abc"`.'),
    ('SELECT ?s WHERE { ?s ?p ?o } GROUP BY ?o', 1, 8, '?s', '`?s` is neither grouped nor aggregated', 'Write `GROUP BY ... ?s`, or an aggregate such as `(SAMPLE(?s) AS ?one)`.'),
    ('SELECT * WHERE { ?s ?p ?o } GROUP BY ?o', 1, 8, '*', '`SELECT *` cannot be grouped', 'Name what to show: the variables of GROUP BY, and aggregates.'),
    ('SELECT ?s, ?p WHERE { ?s ?p ?o }', 1, 10, ',', 'the variables of SELECT have no commas between them', 'Leave a space only.'),
    ('SELECT ?s WHERE { ?s ?p ?o } ORDER ?s', 1, 36, '?s', '`BY` is missing before `?s`', 'Write `ORDER BY ?s`.'),
    ('SELECT ?s WHERE { ?s ?p ?o } LIMIT x', 1, 36, 'x', '`x` is no whole number', 'Write `LIMIT 10`.'),
    ('SELECT ?s WHERE { ?s ?p ?o } LIMIT 10 ORDER BY ?s', 1, 39, 'ORDER', '`ORDER` comes too late, or twice', 'The order is GROUP BY, HAVING, ORDER BY, LIMIT and OFFSET, VALUES; each once.'),
    ('SELECT ?s WHERE { ?s ?p ?o } ORDER BY ?s LIMIT 10 GROUP BY ?s', 1, 51, 'GROUP', '`GROUP` comes too late, or twice', 'The order is GROUP BY, HAVING, ORDER BY, LIMIT and OFFSET, VALUES; each once.'),
    ('SELECT COUNT(?s) WHERE { ?s ?p ?o }', 1, 8, 'COUNT', '`COUNT(...)` in SELECT needs brackets and a name', 'Write `(COUNT(...) AS ?name)`.'),
    ('SELECT (COUNT(?s)) WHERE { ?s ?p ?o }', 1, 18, ')', '`AS` and a variable are missing before `)`', 'Write `(expression AS ?name)`.'),
    ('SELECT (COUNT(?s) AS n) WHERE { ?s ?p ?o }', 1, 22, 'n', '`n` is no variable', 'Write `?n`.'),
    ('SELECT WHERE { ?s ?p ?o }', 1, 8, 'WHERE', 'SELECT names no variable', 'Write `SELECT *` or `SELECT ?name`.'),
    ('SELECT * { ?s ?p ?o FILTER ?o > 3 }', 1, 28, '?o', 'a `(` is missing before `?o`', 'Put the condition in brackets: `FILTER ( ... )`.'),
    ('SELECT * { ?s ?p ?o FILTER(?o = 3 }', 1, 35, '}', 'the `(` of line 1 is never closed', 'Add `)` before `}`.'),
    ('SELECT * { ?s ?p ?o FILTER(?o == 3) }', 1, 31, '==', '`==` is no operator of SPARQL', 'Write `=`.'),
    ('SELECT * { ?s ?p ?o FILTER(?o > 3 AND ?o < 5) }', 1, 35, 'AND', '`AND` is no operator of SPARQL', 'Write `&&`.'),
    ('SELECT * { ?s ?p ?o FILTER(regex(?o, "a" "i")) }', 1, 42, '"i"', 'a `,` is missing before `"i"`', None),
    ('SELECT * { ?s ?p ?o . OPTIONAL ?s ?p ?o }', 1, 32, '?s', 'a `{` is missing before `?s`', 'Write `OPTIONAL { ... }`.'),
    ('SELECT * { BIND(?x + 1 ?y) }', 1, 24, '?y', '`AS` and a variable are missing before `?y`', 'Write `(expression AS ?name)`.'),
    ('SELECT * { ?s ?p ?o . FILTER NOT EXIST { ?s ?p ?o } }', 1, 34, 'EXIST', '`EXIST` is not known here: did you mean `EXISTS`?', None),
    ('SELECT * { VALUES ?x { 1 ?y } }', 1, 26, '?y', '`?y` does not fit here', None),
    ('SELECT * { VALUES (?x ?y) { (1) } }', 1, 29, '(', 'this row of VALUES has 1 value for 2 variables', 'Write UNDEF where there is no value.'),
    ('PREFIX foaf <http://x> SELECT * {}', 1, 8, 'foaf', 'the prefix `foaf` has no `:` behind it', 'Write `PREFIX foaf: <...>`.'),
    ('PREFIX foaf: http://x SELECT * {}', 1, 14, 'http://x', 'an IRI stands in angle brackets', 'Write `<http://x>`.'),
    ('@prefix foaf: <http://x> . SELECT * {}', 1, 1, '@prefix', '`@prefix` is Turtle', 'In SPARQL write `PREFIX`, without `@` and without the dot at the end.'),
    ("SELECT * { ?s ?p ?o FILTER(?o = 'a'@en_US) }", 1, 39, '_US', '`@en_US` is no language tag', 'Write `@en-US`.'),
    ('SELECT * { ?s ?p "a\\q" }', 1, 20, '\\q', '`\\q` is no escape', 'Write `\\\\` for a backslash.'),
    ('SELECT * { ?s "a" ?o }', 1, 15, '"a"', '`"a"` does not fit here', 'Here fits `!`, `(`, `^`, `a`, a variable or an IRI.'),
    ('SELECT * { _:a ?p ?o . { _:a ?p ?o } }', 1, 26, '_:a', '`_:a` stands in two groups', 'A blank node belongs to one group; use a variable.'),
    ('SELECT * { ?s ?p ?o FILTER(SUM(?o)) }', 1, 28, 'SUM', 'the aggregate `SUM` has no place in FILTER', 'Use HAVING: `GROUP BY ... HAVING (SUM(...) > 1)`.'),
    ('SELECT (?y AS ?x) { ?x ?p ?y }', 1, 15, '?x', '`?x` is already a variable of the pattern', 'Choose another name after AS.'),
    ('CONSTRUCT { ?s ?p } WHERE { ?s ?p ?o }', 1, 19, '}', 'an object is missing before `}`', 'A pattern is `subject predicate object`.'),
    ('CONSTRUCT WHERE { ?s ?p ?o FILTER(?o) }', 1, 28, 'FILTER', '`FILTER` does not fit here', 'Here fits `,`, `.`, `;`, `{|`, `}` or `~`.'),
    ('ASK', 1, 4, None, 'a `{` is missing before the end', 'Write `ASK { ... }`.'),
    ('DESCRIBE', 1, 9, None, 'the query ends too early', 'Here fits `*`, a variable or an IRI.'),
    ('SELECT * FROM { ?s ?p ?o }', 1, 15, '{', '`{` does not fit here', 'Here fits `NAMED` or an IRI.'),
    ('SELECT * { ?s ?p ?o } LIMIT -1', 1, 29, '-1', '`-1` is no whole number', 'Write `LIMIT 10`.'),
    ('SELECT * { ?s ?p ?o } LIMIT 10 LIMIT 5', 1, 32, 'LIMIT', '`LIMIT` comes too late, or twice', 'The order is GROUP BY, HAVING, ORDER BY, LIMIT and OFFSET, VALUES; each once.'),
    ('SELECT * { GRAPH { ?s ?p ?o } }', 1, 18, '{', '`{` does not fit here', 'Here fits a variable or an IRI.'),
    ('SELECT * { ?s ex:a|ex:b ?o . ?s ^ ?x ?y }', 1, 35, '?x', '`?x` does not fit here', 'Here fits `!`, `(`, `a` or an IRI.'),
    ('SELECT * { ?s ?p+ ?o }', 1, 17, '+', 'a path cannot hold a variable', 'Name the predicate.'),
    ('SELECT ?-x { ?s ?p ?o }', 1, 8, '?', '`?` has no name behind it', 'A variable is written `?name`.'),
    ('SELECT $ { ?s ?p ?o }', 1, 8, '$', '`$` has no name behind it', 'A variable is written `?name`.'),
    ('SELECT * { ?s ?p ?o , }', 1, 23, '}', 'an object is missing before `}`', 'A pattern is `subject predicate object`.'),
    ('SELECT * { ?s ?p ?o .. }', 1, 22, '.', 'one `.` too many', 'One stands between two patterns.'),
    ('SELECT * { ?s ?p }', 1, 18, '}', 'an object is missing before `}`', 'A pattern is `subject predicate object`.'),
    ('SELECT * { ?s }', 1, 15, '}', 'a predicate and an object are missing before `}`', 'A pattern is `subject predicate object`.'),
    ('SELECT * { ?s ?p ?o . ?x }', 1, 26, '}', 'a predicate and an object are missing before `}`', 'A pattern is `subject predicate object`.'),
    ('SELECT * { ?s ?p [ ?a ?b }', 1, 26, '}', 'the `[` of line 1 is never closed', 'Add `]` before `}`.'),
    ('SELECT * { ?s ?p ( 1 2 }', 1, 24, '}', 'the `(` of line 1 is never closed', 'Add `)` before `}`.'),
    ('SELECT * { ?s ?p ?o FILTER(IF(?o, 1)) }', 1, 36, ')', '`IF` takes 3 arguments', None),
    ('SELECT * { ?s ?p ?o FILTER(STRLEN(?o, 1)) }', 1, 37, ',', '`STRLEN` takes 1 argument', None),
    ('SELECT * { ?s ?p ?o FILTER(regex(?o)) }', 1, 36, ')', '`regex` takes 2 or 3 arguments', None),
    ('SELECT * { ?s ?p <http://ex/{id}> }', 1, 18, '<http://ex/{id}>', 'an IRI cannot hold `{`', 'Write `%7B` for it, if it belongs there.'),
    ('SELECT * { ?s ?p <http://ex/%zz> }', 1, 18, '<http://ex/%zz>', '`<http://ex/%zz>` is no valid IRI', 'After `%` come two hexadecimal digits; `%25` is the sign itself.'),
    ('SELECT * { ?s ?p <http://[bad> }', 1, 18, '<http://[bad>', '`<http://[bad>` is no valid IRI', None),
    ('SELECT * { ?s http://a/b ?o }', 1, 15, 'http://a/b', 'an IRI stands in angle brackets', 'Write `<http://a/b>`.'),
    ('SELECT * { ?s ex:a/b ?o }', 1, 20, 'b', '`b` is no term', 'Write `prefix:b` (a name).'),
    ('SELECT * { ?s ?p ?o . FILTR(?o) }', 1, 23, 'FILTR', '`FILTR` is not known here: did you mean `FILTER`?', None),
    ('SELECT * { ?s ?p ?o UNION { ?s ?p ?o } }', 1, 21, 'UNION', 'UNION stands between two groups', 'Write `{ ... } UNION { ... }`.'),
    ('SELECT * { { ?s ?p ?o } UNION ?s ?p ?o }', 1, 31, '?s', 'a `{` is missing before `?s`', 'Write `UNION { ... }`.'),
    ('SELECT * { SELECT ?s { ?s ?p ?o } ?s ?p ?o }', 1, 35, '?s', '`?s` follows a subquery', 'A subquery stands in braces of its own: `{ SELECT ... }`.'),
    ('SELECT * { INSERT { ?s ?p ?o } }', 1, 12, 'INSERT', '`INSERT` is a word of updates, not of queries', 'The graph is read-only: ask with SELECT, ASK, CONSTRUCT or DESCRIBE.'),
    ("SELECT * { ?s ?p 'it's' }", 1, 22, 's', 'the string ends before `s`', "Inside a string write `\\'` for the quote."),
    ('SELECT * { ?s ?p """abc }', 1, 18, '"""abc }', 'the string of line 1 is never closed', 'Close it with `"""`.'),
    ('SELECT * { ?s ?p 1e }', 1, 18, '1e', '`1e` is no number', 'Write a number such as 12, 1.5 or 1e6, or text: `"1e"`.'),
    ('SELECT * { ?s ?p 2024-01-01 }', 1, 18, '2024-01-01', '`2024-01-01` is no term: a date is a string with a type', 'Write `"2024-01-01"^^xsd:date`.'),
    ('SELECT * { ?s ?p ?o FILTER(LANG(?o) = en) }', 1, 39, 'en', '`en` is no term', 'Write `?en` (a variable), `prefix:en` (a name) or `"en"` (text).'),
    ('SELECT * { ?s ?p ?o MINUS ?s ?p ?o }', 1, 27, '?s', 'a `{` is missing before `?s`', 'Write `MINUS { ... }`.'),
    ('SELECT (GROUP_CONCAT(?o, ",") AS ?x) { ?s ?p ?o }', 1, 24, ',', 'the separator of GROUP_CONCAT comes after `;`', 'Write `GROUP_CONCAT(?x ; SEPARATOR=", ")`.'),
    ('SELECT (GROUP_CONCAT(?o ; SEPARATOR=",") AS ?x { ?s ?p ?o }', 1, 48, '{', 'the `(` of line 1 is never closed', 'Add `)` before `{`.'),
    ('SELECT * { ?s ?p ?o } ORDER BY DESC ?s', 1, 37, '?s', 'a `(` is missing before `?s`', 'Write `DESC ( ... )`.'),
    ('SELECT * WHERE ?s ?p ?o', 1, 16, '?s', 'a `{` is missing before `?s`', 'Write `WHERE { ... }`.'),
    ('SELECT * WHERE { ?s ?p ?o } HAVING COUNT(?s) > 1', 1, 46, '>', '`>` does not fit here', 'Put the condition in brackets: `HAVING (COUNT(?x) > 1)`.'),
    ('SELECT * WHERE { ?s ?p ?o } GROUP BY', 1, 37, None, 'the query ends too early', 'Here fits `(`, `EXISTS`, `NOT`, a function, a variable or an IRI.'),
    ('SELECT * { ?s ?p ?o . FILTER(?o IN 1,2) }', 1, 36, '1', 'a `(` is missing before `1`', 'Write `IN ( ... )`.'),
    ('SELECT * { ?s ?p ?o . FILTER(?o NOT IN [1,2]) }', 1, 40, '[', 'a `(` is missing before `[`', 'Write `IN ( ... )`.'),
    ('SELECT (COUNT(*) AS ?n) (?n + ?q AS ?m) { ?s ?p ?o }', 1, 31, '?q', '`?q` is neither grouped nor aggregated', 'Add `GROUP BY ?q`, or an aggregate such as `(SAMPLE(?q) AS ?one)`.'),
    ('SELECT ?s (AVG(?o) AS ?x) { ?s ?p ?o } ORDER BY ?s', 1, 8, '?s', '`?s` is neither grouped nor aggregated', 'Add `GROUP BY ?s`, or an aggregate such as `(SAMPLE(?s) AS ?one)`.'),
    ('SELECT * { ?s ?p ?o } ORDER BY COUNT(?s)', 1, 8, '*', '`SELECT *` cannot be grouped', 'Name what to show: the variables of GROUP BY, and aggregates.'),
    ('SELECT * { BIND(SUM(?x) AS ?y) }', 1, 17, 'SUM', 'the aggregate `SUM` has no place in BIND', 'Aggregates stand in SELECT, HAVING and ORDER BY.'),
    ('SELECT * { ?s ?p ?o } GROUP BY COUNT(?s)', 1, 32, 'COUNT', 'the aggregate `COUNT` has no place in GROUP BY', 'Aggregates stand in SELECT, HAVING and ORDER BY.'),
    ('SELECT * { ?s ?p ?o FILTER(?o & 3) }', 1, 31, '&', '`&` is no operator of SPARQL', 'Write `&&`.'),
    ('SELECT * { LET (?x := 3) }', 1, 12, 'LET', 'SPARQL has no LET', 'Write `BIND(expression AS ?x)`.'),
    ('SELECT * { ?s ?p ?o SERVICE { } }', 1, 29, '{', '`{` does not fit here', 'Here fits `SILENT`, a variable or an IRI.'),
    ('SELECT TOP 10 * { ?s ?p ?o }', 1, 8, 'TOP', 'SPARQL has no TOP', 'Write `LIMIT 10` at the end of the query.'),
    ('SELECT DISTINCT(?s) { ?s ?p ?o }', 1, 19, ')', '`AS` and a variable are missing before `)`', 'Or write `?s` without brackets.'),
    ('SELECT COUNT(*) AS ?n { ?s ?p ?o }', 1, 8, 'COUNT', '`COUNT(...)` in SELECT needs brackets and a name', 'Write `(COUNT(...) AS ?name)`.'),
    ('SELECT * { ?s ?p ?o FILTER(UCASEE(?o)) }', 1, 28, 'UCASEE', '`UCASEE` is no function: did you mean `UCASE`?', None),
    ('SELECT * { ?s ?p ?o FILTER(SUBSTRING(?o,1)) }', 1, 28, 'SUBSTRING', '`SUBSTRING` is no function: did you mean `SUBSTR`?', None),
    ('SELECT * { ?s ?p ?o FILTER(!BOUN(?o)) }', 1, 29, 'BOUN', '`BOUN` is not known here: did you mean `BOUND`?', None),
    ('SELECT * {\n ?s ex:a ?o ;\n ex:b ?x\n ex:c ?y }', 4, 2, 'ex:c', 'a `;` is missing before `ex:c`', 'Write `;` after `?x`, or `.` if the subject changes.'),
    ('SELECT * {\n ?s ex:a ?o\n ?s ex:b ?o }', 3, 2, '?s', 'a `.` is missing before `?s`', 'Write `.` after `?o`, or `;` if the subject stays.'),
    ('', 1, 1, None, 'there is no query', 'A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE.'),
    ('  ', 1, 1, None, 'there is no query', 'A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE.'),
    ('# only a comment', 1, 1, None, 'there is no query', 'A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE.'),
    ('PREFIX a: <http://a/>', 1, 22, None, 'there is no query', 'A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE.'),
    ("SELECT * { ?s ?p '''é😀''' \n # (\n ) }", 3, 2, ')', 'this `)` closes nothing', 'Remove it, or add what it should close.'),
    ('SELECT * { ?é😀 ?p schm:x }', 1, 14, '😀', '`😀` does not fit here', 'Here fits `!`, `(`, `^`, `a`, a variable or an IRI.'),
    ('\ufeffSELECT * {}', 1, 1, '\ufeff', 'a character that cannot be seen stands here: zero width no-break space (U+FEFF)', 'Replace it by a space, or remove it.'),
    ('SELECT * {\n  ?s ?p ?o .\xa0?x ?y ?z }', 2, 13, '\xa0', 'a character that cannot be seen stands here: no-break space (U+00A0)', 'Replace it by a space, or remove it.'),
    ('SELECT * { ?s ?p ?o . FILTER(?o > 1 && ?o<?p&&?s>?q }', 1, 53, '}', 'the `(` of line 1 is never closed', 'Add `)` before `}`.'),
    ('SELECT ?s {\n  OPTIONAL {\n    ?s ?p ?o\n}', 4, 2, None, 'the `{` of line 1 is never closed', 'Add `}`.'),
    ('CONSTRUCT { ?s ex:a/ex:b ?o } WHERE { ?s ?p ?o }', 1, 20, '/', 'a template of CONSTRUCT cannot hold a path', 'Name one predicate.'),
    ('SELECT * { ?s ?p "a"^^xsd:date@en }', 1, 31, '@en', 'the language tag `@en` does not follow a string', 'Write `"text"@en`.'),
    ('SELECT * { ?s :p ?o }', 1, 15, ':p', '`:` is not declared', 'Declare the prefix at the beginning: `PREFIX : <...>`.'),
    ('PREFIX ex2: <http://ex2/> SELECT * { ?s ex2:p ?o . ?o exx2:p ?q }', 1, 55, 'exx2:p', '`exx2:` is not declared: did you mean `ex2:`?', 'Or declare the prefix at the beginning: `PREFIX exx2: <...>`.'),
    ("SELECT * { ?s ?p ?o FILTER(CONTAIN(?o, 'x')) }", 1, 28, 'CONTAIN', '`CONTAIN` is no function: did you mean `CONTAINS`?', None),
    ('SELECT * { ?s ?p \u2018a\u2019 }', 1, 18, '\u2018', '`\u2018` is a quotation mark of a document, not of SPARQL', "Write `'`."),
    ('SELECT * { ?s ?p \u20131 }', 1, 18, '\u2013', '`\u2013` is a dash of a document, not of SPARQL', 'Write `-`.'),
    ('ORDER BY ?s', 1, 1, 'ORDER', 'a query cannot begin with `ORDER`', 'A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE.'),
    ("SELECT * { ?s ?p ?o LIKE 'x' }", 1, 21, 'LIKE', 'SPARQL has no LIKE', 'Write `FILTER(CONTAINS(?x, "text"))`.'),
    ('<p>SELECT * {}</p>', 1, 1, '<p>', 'a query cannot begin with `<p>`', 'A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE.'),
    ('?s ?p ?o', 1, 1, '?s', 'a query cannot begin with `?s`', 'A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE.'),
    ('SELECT ?x (COUNT(?y) AS ?n) { ?x ?p ?y }\nGROUP BY ?p', 1, 8, '?x', '`?x` is neither grouped nor aggregated', 'Write `GROUP BY ... ?x`, or an aggregate such as `(SAMPLE(?x) AS ?one)`.'),
    ('SELECT * { ?s ?p ?o } SELECT * {}', 1, 23, 'SELECT', 'a second query begins at `SELECT`', 'Ask one query at a time.'),
]
# fmt: on
"""Query, line, column, token, message, hint."""


def test_the_table_is_long() -> None:
    assert len(TABLE) >= 60


@pytest.mark.parametrize(("text", "line", "column", "token", "message", "hint"), TABLE)
def test_what_is_said(
    text: str, line: int, column: int, token: str | None, message: str, hint: str | None
) -> None:
    found = broken(text)
    assert (found.line, found.column, found.token) == (line, column, token)
    assert (found.message, found.hint) == (message, hint)
    assert "\n" not in found.message


def test_the_excerpt_marks_the_token() -> None:
    found = broken("SELECT * {\n\t?s schma:name ?o\n}")
    assert found.excerpt == "2 |  ?s schma:name ?o\n  |     ^^^^^^^^^^"
    assert str(found).splitlines()[1:3] == ["  2 |  ?s schma:name ?o", "    |     ^^^^^^^^^^"]


def test_the_excerpt_of_a_long_line_is_short() -> None:
    found = broken("SELECT * { " + "?s ?p ?o . " * 500 + "?s nope:x ?o }")
    assert found.excerpt is not None and found.token == "nope:x"
    shown, carets = found.excerpt.split("\n")
    assert len(shown) < 120
    assert shown[carets.index("^") : carets.rindex("^") + 1] == "nope:x"


def test_the_excerpt_at_the_end() -> None:
    assert broken("ASK {").excerpt == "1 | ASK {\n  |      ^"


@pytest.mark.parametrize(
    ("text", "shown", "hint"),
    [
        (
            "SELECT * { ?s ?p ?o\n FILTER(ex:f(?o)) }",
            "query:2:9: there is no function `ex:f` here",
            "functions",
        ),
        ("SELECT * { ?s ?p ?o FILTER(xsd:integr(?o)) }", "`xsd:integr`", "Did you mean `xsd:integer`?"),
        ("SELECT * { ?s ?p ?o FILTER(<urn:f>(?o)) }", "`<urn:f>`", "functions"),
        ("PREFIX f: <urn:f#> ASK { ?s ?p ?o FILTER(f:x(?o)) }", "`f:x`", "functions"),
    ],
)
def test_unknown_functions(text: str, shown: str, hint: str) -> None:
    with pytest.raises(QueryRefused) as caught:
        STORE.query(text)
    assert shown in str(caught.value)
    assert caught.value.hint is not None and hint in caught.value.hint


@pytest.mark.parametrize(
    ("message", "said", "hint"),
    [
        (
            "error at 1:12: expected one of Some rule of SELECT is broken, [_]",
            "some rule of SELECT is broken",
            None,
        ),
        ('error at 1:12: expected one of "{", UNION', "does not fit here", "Here fits { UNION."),
        ("error at 9:99: expected [_]", "does not fit here", None),
        ("", "does not fit here", None),
    ],
)
def test_what_only_the_engine_knows(message: str, said: str, hint: str | None) -> None:
    found = syntax_error("SELECT * { ?s ?p ?o }", message)
    assert said in found.message
    assert found.hint == hint


@pytest.mark.parametrize("text", QUERIES)
def test_the_grammar_reads_every_query_of_ours(text: str) -> None:
    assert parse(text).stuck is None


SPARQL = [
    'SELECT * { ?s ?p 1, -1, +1.5, 1e6, true, \'x\'@en, """a"b"""^^ex:t, (1 2), [ ex:p [] ] ; }',
    "SELECT (COUNT(DISTINCT *) AS ?n) (GROUP_CONCAT(?x ; SEPARATOR=',') AS ?y) { ?x ^ex:a/(ex:b|!(ex:c|^a))* ?z }",
    "ASK { ?a ?b ?c FILTER(?a<?b&&?c>1) FILTER(?x IN () || ?x NOT IN (1, 2) && NOT EXISTS { ?a ?b ?c }) }",
    "DESCRIBE ?x ex:y FROM <urn:a> FROM NAMED <urn:b>",
    "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 1 OFFSET 2",
    "SELECT ?x { { SELECT ?x { ?x ?y ?z } GROUP BY ?x HAVING (COUNT(*) > 1) } } ORDER BY DESC(?x) VALUES ?x { UNDEF }",
    "BASE <urn:a> SELECT * { << ?s ?p ?o >> ?q <<( ?a ?b ?c )>> . ?s ?p ?o {| ?x ?y |} LATERAL { ?s ?p ?z } }",
    "SELECT ?x { ?x ex:p ?y BIND(IF(BOUND(?y), -?y * 2 -1, COALESCE(?y, REPLACE(STR(?y), 'a', 'b'))) AS ?z) }",
]


@pytest.mark.parametrize("text", SPARQL)
def test_the_grammar_reads_sparql(text: str) -> None:
    assert parse(text).stuck is None


def answered_or_explained(text: str) -> None:
    try:
        STORE.query(text)
    except QuerySyntaxError as error:
        lines = text.split("\n")
        assert error.line is not None and error.column is not None
        assert 1 <= error.line <= len(lines)
        assert 1 <= error.column <= len(lines[error.line - 1]) + 1
        assert error.message and "\n" not in error.message and len(error.message) < 400
        assert error.excerpt is not None and "^" in error.excerpt
        assert str(ROOT) not in str(error) and "['" not in error.message
    except QueryRefused:
        pass


@given(st.sampled_from(QUERIES), st.data())
def test_a_query_cut_off_anywhere(text: str, data: st.DataObject) -> None:
    answered_or_explained(text[: data.draw(st.integers(0, len(text)))])


PIECES = ["", "{", "}", "(", ")", "'", '"', "<", ">", ".", ";", "?", "nope:x", "\u00a0", "&lt;", "%20", "\\u0041", "\n", "SELECT", "AS", "\x00", "\U0001f600"]  # fmt: skip


@given(st.sampled_from(QUERIES), st.data())
def test_a_query_with_a_piece_changed(text: str, data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, min(len(text), begin + 12)))
    answered_or_explained(text[:begin] + data.draw(st.sampled_from(PIECES)) + text[end:])


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_any_text(text: str) -> None:
    answered_or_explained(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * " + "{" * 50_000,
        "SELECT * { ?s ?p " + "(" * 50_000,
        "SELECT * { FILTER(" + "!" * 50_000,
        "x" * 200_000,
        "a:" * 50_000,
        "'" * 50_001,
        "SELECT * { " + "?s ?p ?o . " * 20_000 + "}}",
    ],
)
def test_hostile_texts_take_no_long_time(text: str) -> None:
    started = time.process_time()  # of the processor: a busy machine has nothing to do with it
    found = syntax_error(text, "error at 1:1: expected [_]")
    assert time.process_time() - started < 10
    assert len(found.message) < 400
