"""The routes: each parses a request, calls what knows the answer, and renders it."""
