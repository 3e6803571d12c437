"""The contract as data: which names a contender may provide, and all that is known about each.

Accuracy grids, climbing moves, sample inputs, benchmark inputs and tables are derived from these
rows. A new formula is one more row in the file of its kind.
"""

from collections.abc import Mapping
from types import MappingProxyType

from gradmark.harness.contract.activations import ACTIVATIONS
from gradmark.harness.contract.capabilities import CAPABILITIES
from gradmark.harness.contract.chance import CHANCE
from gradmark.harness.contract.cost import Cost
from gradmark.harness.contract.formula import Formula, Kind, State
from gradmark.harness.contract.in_hand import IN_HAND
from gradmark.harness.contract.losses import GRADIENTS, LOSSES
from gradmark.harness.contract.network import NETWORK
from gradmark.harness.contract.norms import NORMS
from gradmark.harness.contract.optimizers import OPTIMIZERS
from gradmark.harness.contract.parameter import Parameter, Role
from gradmark.harness.contract.schedules import SCHEDULES
from gradmark.harness.contract.test_functions import TEST_FUNCTIONS

CONTRACT: Mapping[str, Formula] = MappingProxyType(
    {
        formula.name: formula
        for formula in (
            *LOSSES,
            *GRADIENTS,
            *ACTIVATIONS,
            *NORMS,
            *NETWORK,
            *IN_HAND,
            *OPTIMIZERS,
            *SCHEDULES,
            *TEST_FUNCTIONS,
            *CHANCE,
        )
    }
)

# What follows from what it is given, so that there is a true answer: all but what is drawn.
DETERMINED: Mapping[str, Formula] = MappingProxyType(
    {name: formula for name, formula in CONTRACT.items() if not formula.by_chance}
)


def kinds() -> tuple[Kind, ...]:
    """Return the kinds of formula, in the contract's order.

    Examples
    --------
    >>> kinds()[:5]
    ('loss', 'gradient', 'activation', 'norm', 'network')
    """
    return tuple(dict.fromkeys(formula.kind for formula in CONTRACT.values()))


__all__ = [
    "CAPABILITIES",
    "CONTRACT",
    "DETERMINED",
    "Cost",
    "Formula",
    "Kind",
    "Parameter",
    "Role",
    "State",
    "kinds",
]
