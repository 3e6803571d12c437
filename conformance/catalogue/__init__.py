"""Every known form of every formula: canonical, conventions, mistakes. One entry, one place."""

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

__all__ = [
    "Kind",
    "Variant",
    "activations",
    "form",
    "losses",
    "network",
    "optimizers",
    "rosenbrock",
    "schedules",
    "variants",
]
