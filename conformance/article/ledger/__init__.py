"""The ledger: what the article states, each statement put to the test.

Every module of this folder is imported here, so that its claims are in `CLAIMS`.
"""

from importlib import import_module
from pkgutil import iter_modules

from gradmark.conformance.article.ledger.claim import CLAIMS, Claim, Outcome, Scale

for _module in iter_modules(__path__, prefix=f"{__name__}."):
    import_module(_module.name)

__all__ = ["CLAIMS", "Claim", "Outcome", "Scale"]
