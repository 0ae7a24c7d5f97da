"""The W3C test suites of SPARQL 1.1, run against the service over HTTP; see docs/conformance.md."""
