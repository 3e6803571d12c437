"""How a family of variants is entered: one short factory, one entry for each member."""

from __future__ import annotations

from gradmark.conformance.catalogue.variant import Body


def named(name: str, says: str, body: Body) -> Body:
    """Give a body that a factory made the name and the sentence that it is entered under."""
    body.__name__, body.__doc__ = name, says
    return body
