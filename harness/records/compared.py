"""What `gradmark diff` finds: how two contenders differ, formula by formula."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from gradmark.harness.records.fields import AT_LEAST_0, Dtype, Name


class DifferenceRecord(TypedDict):
    """How two contenders differ in one formula."""

    kind: Literal["difference"]
    one: Annotated[Name, "The first contender."]
    other: Annotated[Name, "The second."]
    formula: Annotated[Name, "The formula, by its name in the contract."]
    dtype: Dtype
    outcome: Annotated[
        Literal["same", "different", "not compared"],
        "`same`: alike in everything that both were asked.",
    ]
    of_one: Annotated[
        dict[str, Any], "The first's verdict and variant, what it computes, and its source."
    ]
    of_other: Annotated[dict[str, Any], "The same of the second."]
    asked: NotRequired[Annotated[int, AT_LEAST_0, "How many questions both answered."]]
    equations: NotRequired[
        Annotated[
            list[dict[str, str]],
            "Both equations, line by line: the `variable`, and what it becomes in `one` and in "
            "the `other`, the terms that differ between ⟦ and ⟧.",
        ]
    ]
    parting: NotRequired[
        Annotated[
            dict[str, Any],
            "Where they part: the `case`, the `step` and `variable` of an optimizer, and the first "
            "number that differs, in `one` and in the `other`.",
        ]
    ]
    matter: NotRequired[
        Annotated[
            dict[str, Any],
            "How much it matters in training: its `weight`, by which `rule`, the `worst` share of "
            "the way that weights are apart, in which `problem` and at which `step`, and the "
            "`curves`.",
        ]
    ]
    translation: NotRequired[
        Annotated[
            dict[str, Any],
            "Which hyperparameters make the second compute the first: whether they were `found`, "
            "the `changes` in symbols, their `values` at the usual settings, the `condition`, and "
            "how far apart both are when it was `checked`; how many of the corpus's questions "
            "both answered so (`held_asked`), and how many otherwise (`held_differing`); else what "
            "comes `nearest`, and what that leaves.",
        ]
    ]
