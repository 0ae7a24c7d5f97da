"""SPARQL read by its grammar, with the place of every token: for those who explain a query, never to evaluate one."""
