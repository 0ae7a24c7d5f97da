"""The grammar of SPARQL queries (1.1, and what 1.2 adds) as data, and the tokens that each part of it may begin with.

It follows the grammar of the recommendation, folded where the folding changes no answer. It is LL(1): one token tells the way, so the
first token that fits nowhere is the one to show.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_RULES = """
Query: Prologue (SelectQuery | ConstructQuery | DescribeQuery | AskQuery) ValuesClause EOF
Prologue: (BaseDecl | PrefixDecl | VersionDecl)*
BaseDecl: 'BASE' IRI
PrefixDecl: 'PREFIX' NS IRI
VersionDecl: 'VERSION' STRING
SelectQuery: SelectClause DatasetClause* WhereClause SolutionModifier
SubSelect: SelectClause WhereClause SolutionModifier ValuesClause
SelectClause: 'SELECT' ('DISTINCT' | 'REDUCED')? (SelectItem+ | '*')
SelectItem: VAR | '(' Expression 'AS' VAR ')'
ConstructQuery: 'CONSTRUCT' (Template DatasetClause* WhereClause SolutionModifier | DatasetClause* 'WHERE' Template SolutionModifier)
Template: '{' TriplesBlock? '}'
DescribeQuery: 'DESCRIBE' (VarOrIri+ | '*') DatasetClause* WhereClause? SolutionModifier
AskQuery: 'ASK' DatasetClause* WhereClause SolutionModifier
DatasetClause: 'FROM' 'NAMED'? Iri
WhereClause: 'WHERE'? GroupGraphPattern
SolutionModifier: GroupClause? HavingClause? OrderClause? LimitOffset?
GroupClause: 'GROUP' 'BY' GroupCondition+
GroupCondition: VAR | BuiltInCall | FunctionCall | '(' Expression ('AS' VAR)? ')'
HavingClause: 'HAVING' Constraint+
OrderClause: 'ORDER' 'BY' OrderCondition+
OrderCondition: ('ASC' | 'DESC') Bracketed | Constraint | VAR
LimitOffset: Limit Offset? | Offset Limit?
Limit: 'LIMIT' NUMBER
Offset: 'OFFSET' NUMBER
ValuesClause: InlineData?

GroupGraphPattern: '{' (SubSelect | GroupContent) '}'
GroupContent: TriplesBlock? (NotTriples '.'? TriplesBlock?)*
NotTriples: GroupOrUnion | Optional | Lateral | Minus | Graph | Service | Filter | Bind | InlineData
GroupOrUnion: GroupGraphPattern ('UNION' GroupGraphPattern)*
Optional: 'OPTIONAL' GroupGraphPattern
Lateral: 'LATERAL' GroupGraphPattern
Minus: 'MINUS' GroupGraphPattern
Graph: 'GRAPH' VarOrIri GroupGraphPattern
Service: 'SERVICE' 'SILENT'? VarOrIri GroupGraphPattern
Filter: 'FILTER' Constraint
Bind: 'BIND' '(' Expression 'AS' VAR ')'
InlineData: 'VALUES' (VAR '{' DataValue* '}' | VarList '{' DataRow* '}')
VarList: NIL | '(' VAR* ')'
DataRow: NIL | '(' DataValue+ ')'
DataValue: 'UNDEF' | Iri | Literal | TripleTerm
Constraint: Bracketed | BuiltInCall | FunctionCall

TriplesBlock: Triples ('.' TriplesBlock?)?
Triples: VarOrTerm PropertyList | (TriplesNode | ReifiedTriple) PropertyList?
PropertyList: Verb ObjectList (';' (Verb ObjectList)?)*
Verb: VAR | Path
ObjectList: Object (',' Object)*
Object: GraphNode (Reifier | '{|' PropertyList '|}')*
Reifier: '~' (VAR | Iri | BlankNode)?
GraphNode: VarOrTerm | TriplesNode | ReifiedTriple
TriplesNode: Collection | BlankNodeProperties
Collection: '(' GraphNode+ ')'
BlankNodeProperties: '[' PropertyList ']'
TripleTerm: '<<(' VarOrTerm Verb VarOrTerm ')>>'
ReifiedTriple: '<<' (VarOrTerm | ReifiedTriple) Verb (VarOrTerm | ReifiedTriple) Reifier? '>>'
VarOrTerm: VAR | Iri | Literal | BlankNode | NIL | TripleTerm
VarOrIri: VAR | Iri
Path: PathSequence ('|' PathSequence)*
PathSequence: PathStep ('/' PathStep)*
PathStep: '^'? PathPrimary ('?' | '*' | '+')?
PathPrimary: Iri | 'a' | '!' PathNegated | '(' Path ')'
PathNegated: PathOne | NIL | '(' PathOne ('|' PathOne)* ')'
PathOne: '^'? (Iri | 'a')

Bracketed: '(' Expression ')'
Expression: And ('||' And)*
And: Relation ('&&' Relation)*
Relation: Sum (Compared Sum | 'NOT'? 'IN' ExpressionList)?
Compared: '=' | '!=' | '<' | '>' | '<=' | '>='
Sum: Product (('+' | '-') Product | SIGNED (('*' | '/') Unary)*)*
Product: Unary (('*' | '/') Unary)*
Unary: ('!' | '+' | '-')? Primary
Primary: Bracketed | BuiltInCall | IriOrFunction | Literal | VAR | TripleTerm
IriOrFunction: Iri Arguments?
FunctionCall: Iri Arguments
Arguments: NIL | '(' 'DISTINCT'? Expression (',' Expression)* ')'
ExpressionList: NIL | '(' Expression (',' Expression)* ')'
BuiltInCall: Aggregate | FUNC0 NIL | FUNC01 (NIL | Bracketed) | FUNC1 Bracketed | FUNCN ExpressionList | BoundCall | ExistsCall
  | FUNC2 '(' Expression ',' Expression ')' | FUNC3 '(' Expression ',' Expression ',' Expression ')'
  | FUNC23 '(' Expression ',' Expression (',' Expression)? ')'
  | FUNC34 '(' Expression ',' Expression ',' Expression (',' Expression)? ')'
BoundCall: 'BOUND' '(' VAR ')'
ExistsCall: 'NOT'? 'EXISTS' GroupGraphPattern
Aggregate: 'COUNT' '(' 'DISTINCT'? ('*' | Expression) ')' | AGGREGATE '(' 'DISTINCT'? Expression ')' | GroupConcat
GroupConcat: 'GROUP_CONCAT' '(' 'DISTINCT'? Expression (';' 'SEPARATOR' '=' STRING)? ')'

Literal: STRING (TAG | '^^' Iri)? | NUMBER | SIGNED | BOOLEAN
Iri: IRI | PNAME | NS
BlankNode: BLANK | ANON
"""


@dataclass(frozen=True)
class Part:
    """A part of a rule: a ``token`` or a ``rule`` (by name), or ``inner`` parts: in a row, one of them, at most one, any number."""

    sort: Literal["token", "rule", "row", "choice", "maybe", "many"]
    name: str = ""
    inner: tuple[Part, ...] = ()


class Grammar:
    """Rules by name, and what each part may begin with."""

    def __init__(self, text: str) -> None:
        blocks = (block.split(":", 1) for block in re.split(r"\n(?=\w)", text) if block.strip())
        self.rules: dict[str, Part] = {}
        names = {name.strip(): body for name, body in blocks}
        for name, body in names.items():
            words = re.findall(r"'[^']+'|\w+|[()|*+?]", body)
            self.rules[name] = _choice(words, names.keys())
        self._first: dict[str, frozenset[str]] = dict.fromkeys(self.rules, frozenset())
        self._empty: dict[str, bool] = dict.fromkeys(self.rules, False)
        self._settle()

    def _settle(self) -> None:
        before: object = None
        while before != (now := (dict(self._first), dict(self._empty))):
            before = now
            for name, part in self.rules.items():
                self._first[name], self._empty[name] = self.first(part), self.empty(part)
        self._parts: dict[Part, frozenset[str]] = {}

    def first(self, part: Part) -> frozenset[str]:
        """The kinds of token that the part may begin with."""
        if part.sort == "token":
            return frozenset({part.name})
        if part.sort == "rule":
            return self._first[part.name]
        found: frozenset[str] = frozenset()
        for inner in part.inner:
            found |= self.first(inner)
            if part.sort == "row" and not self.empty(inner):
                break
        return found

    def empty(self, part: Part) -> bool:
        """Whether the part may be nothing at all."""
        if part.sort in ("token", "rule"):
            return part.sort == "rule" and self._empty[part.name]
        if part.sort in ("row", "choice"):
            return (all if part.sort == "row" else any)(self.empty(inner) for inner in part.inner)
        return True


def _choice(words: list[str], rules: object) -> Part:
    """Read ``a b | c`` up to the end or a closing bracket; what is read is taken from ``words``."""
    options: list[tuple[Part, ...]] = []
    row: list[Part] = []
    while words and words[0] != ")":
        word = words.pop(0)
        if word == "|":
            options.append(tuple(row))
            row = []
        elif word in ("?", "*", "+"):
            last = row.pop()
            many = Part("many", inner=(last,))
            row += {"?": [Part("maybe", inner=(last,))], "*": [many], "+": [last, many]}[word]
        elif word == "(":
            row.append(_choice(words, rules))
            words.pop(0)
        else:
            row.append(Part("rule" if word in rules else "token", word.strip("'")))  # type: ignore[operator]
    options.append(tuple(row))
    rows = tuple(option[0] if len(option) == 1 else Part("row", inner=option) for option in options)
    return rows[0] if len(rows) == 1 else Part("choice", inner=rows)


GRAMMAR = Grammar(_RULES)
