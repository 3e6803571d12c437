"""Every known form of every formula: canonical, conventions, mistakes. One entry, one place."""

import hashlib
from functools import cache
from pathlib import Path

# Importing a module enters its variants.
from gradmark.conformance.catalogue import (
    activations,
    losses,
    network,
    optimizers,
    rosenbrock,
    schedules,
)
from gradmark.conformance.catalogue.variant import Kind, Variant, form, variants


@cache
def catalogue_hash() -> str:
    """Identify the catalogue: any change of any form changes this hash.

    It is of the source, the words that are said of a form included.
    """
    digest = hashlib.sha256()
    folder = Path(__file__).parent
    for file in sorted(folder.rglob("*.py"), key=lambda file: file.relative_to(folder).as_posix()):
        digest.update(file.relative_to(folder).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


__all__ = [
    "Kind",
    "Variant",
    "activations",
    "catalogue_hash",
    "form",
    "losses",
    "network",
    "optimizers",
    "rosenbrock",
    "schedules",
    "variants",
]
