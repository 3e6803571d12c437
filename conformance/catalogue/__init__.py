"""Every known form of every formula: canonical, conventions, mistakes. One entry, one place."""

import hashlib
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from gradmark.conformance.catalogue.forms import variants
from gradmark.conformance.catalogue.recipe import (
    Composed,
    Fitted,
    compose,
    composed,
    families,
    form,
    wider,
)
from gradmark.conformance.catalogue.variant import (
    Kind,
    Variant,
    formulas_entered,
    takes_dtype,
)

# Importing a module enters its variants: a new file needs no other line to be known.
for _module in walk_packages(__path__, f"{__name__}."):
    import_module(_module.name)


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
    "Composed",
    "Fitted",
    "Kind",
    "Variant",
    "catalogue_hash",
    "compose",
    "composed",
    "families",
    "form",
    "formulas_entered",
    "takes_dtype",
    "variants",
    "wider",
]
