"""Drawings of events in time and space as SVG: models that templates write out, with nothing inline but presentation attributes.

Positions are percentages of the width (and, on maps, the height), so that a drawing fits its place while texts and dots keep their size.
"""
