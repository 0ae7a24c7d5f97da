"""Sets of things in the formats of people's own tools. Each module writes one family of formats, piece by piece."""
