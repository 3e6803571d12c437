"""What the judges find: verdicts, properties, errors, and how well the judges themselves see."""

from typing import Annotated, Any, Literal, NotRequired, TypeAlias, TypedDict

from gradmark.harness.records.fields import AT_LEAST_1, Array, Dtype, Name, Number, limits

Verdict: TypeAlias = Literal[
    "conforms",
    "dialect",
    "inaccurate",
    "deviates",
    "error",
    "crash",
    "timeout",
    "unbound",
    "absent",
]
Ulp: TypeAlias = Annotated[float, limits(minimum=0)] | Literal["NaN", "Infinity"] | None


class VerdictRecord(TypedDict):
    """The verdict on one contender's formula in one dtype."""

    kind: Literal["verdict"]
    implementation: Annotated[Name, "The contender."]
    formula: Annotated[Name, "The formula, by its name in the contract."]
    dtype: Dtype
    verdict: Annotated[Verdict, "What came of it; `gradmark explain WORD` tells what each means."]
    variant: Annotated[
        str | None, "The dialect or the known mistake, by its name; null where it is neither."
    ]
    ulp: Annotated[
        Ulp, "The largest error met, in units in the last place; null where none was measured."
    ]
    detail: Annotated[str, "What a person should know: what differs, where, expected and got."]
    library: NotRequired[
        Annotated[Name, "Of `gradmark wild`: the library, since two may have a module of one name."]
    ]
    distance: NotRequired[
        Annotated[float | None, "The largest error over what is allowed; up to 1 is within it."]
    ]
    margin: NotRequired[
        Annotated[
            float | None,
            "The same for the nearest other form; up to 1, no input told the two apart.",
        ]
    ]
    runner_up: NotRequired[Annotated[str | None, "That nearest other form."]]
    constant: NotRequired[Annotated[float, "The constant of its form, where that was fitted."]]
    constant_between: NotRequired[
        Annotated[list[float], "The least and the greatest that could not be told from it."]
    ]
    case: NotRequired[Annotated[str, "The input that shows it, by its name in the corpus."]]
    reproduce: NotRequired[Annotated[str, "A shell command that shows it again."]]
    not_asked: NotRequired[
        Annotated[
            list[Name], "What it was not asked, or not judged by: the capabilities that it lacks."
        ]
    ]
    non_finite: NotRequired[
        Annotated[
            str,
            "What becomes of a NaN or an infinity among its numbers: `propagated`, `spread` to "
            "others, `zeroed`, `step skipped`, `replaced` by some number, or `refused`.",
        ]
    ]
    equation: NotRequired[
        Annotated[str, "What it computes: the equation of its form, a line for each variable."]
    ]
    canonical: NotRequired[
        Annotated[str, "The equation of the canonical form, where that is another."]
    ]
    file: NotRequired[
        Annotated[str, "The contender's file that defines it, seen from where it was judged."]
    ]
    line: NotRequired[
        Annotated[
            int,
            AT_LEAST_1,
            "The line of that file to look at: of the definition, or of what is wrong there where "
            "that is known.",
        ]
    ]
    advice: NotRequired[
        Annotated[
            dict[str, Any],
            "What to do about it: an `edit` of one `line` (`before`, `after`; moved `above` "
            "another; of a notebook's `cell`) under which a copy is right, or `follows` another "
            "documented form; or how many edits were `tried` in vain; of the first wrong `steps` "
            "of a `case`, what each variable should be and is; what it does in `training`; and "
            "`links` to read more.",
        ]
    ]
    binding: NotRequired[Annotated[Any, "How the contender was called, where it is not by name."]]
    paths: NotRequired[
        Annotated[
            dict[str, Any],
            "What came of each path, such as `foreach` or `biases`: verdict, variant and ulp.",
        ]
    ]
    unasked: NotRequired[
        Annotated[bool, "True where it did not start: no formula of it was asked."]
    ]
    declare: NotRequired[
        Annotated[str, "Lines for `gradmark.toml` that say how it is called, to put right."]
    ]
    defaults: NotRequired[
        Annotated[
            dict[str, Any],
            "The value of each hyperparameter where none is given: `here`, and in libraries.",
        ]
    ]
    traceback: NotRequired[Annotated[str, "Where the contender raised."]]
    output: NotRequired[Annotated[str, "The last that its process printed before it died."]]


class PropertyRecord(TypedDict):
    """One theorem, tried on one contender."""

    kind: Literal["property"]
    implementation: Annotated[Name, "The contender."]
    formula: Annotated[Name, "The formula that the theorem is about."]
    property: Annotated[Name, "The theorem, as a sentence."]
    dtype: Annotated[Dtype | None, "The dtype; null where it has none."]
    outcome: Annotated[
        Literal["passed", "failed", "convention", "moot", "absent"],
        "`convention`: it fails, as it must for the dialect; `moot`: the formula itself is wrong "
        "already; `absent`: a formula that it needs is missing.",
    ]
    detail: Annotated[str, "What failed, or why it was not tried."]
    test: Annotated[Name, "The theorem's name in the source, with the values it was tried with."]
    input: NotRequired[Annotated[str, "The smallest input on which it fails."]]
    reproduce: NotRequired[Annotated[str, "A shell command that shows it again."]]


class PracticeRecord(TypedDict):
    """What an optimizer does in practice: it is saved and resumed, keeps its groups apart."""

    kind: Literal["practice"]
    implementation: Annotated[Name, "The contender."]
    formula: Annotated[Name, "The formula, by its name in the contract."]
    dtype: Dtype
    check: Annotated[Name, "What was looked at."]
    outcome: Annotated[
        Literal["passed", "differs", "failed", "refused"],
        "`refused`: it raised, which is no fault; `differs`: another step, which may be meant.",
    ]
    detail: Annotated[str, "What it raised, or came to instead."]


class AccuracyRecord(TypedDict):
    """How large the errors of one contender's formula are in one dtype."""

    kind: Literal["accuracy"]
    implementation: Annotated[Name, "The contender."]
    formula: Annotated[Name, "The formula, by its name in the contract."]
    dtype: Dtype
    worst: Annotated[Number, "The largest error found, in units in the last place."]
    p99: Annotated[Number, "99 % of the grid's errors are no larger."]
    bound: Annotated[Number, "What is allowed where the worst was found."]
    points: Annotated[int, AT_LEAST_1, "How many values were compared."]
    at: Annotated[str, "Where the worst was found."]


class EnvironmentRecord(TypedDict):
    """What a contender ran with, where it has an environment of its own."""

    kind: Literal["environment"]
    implementation: Annotated[Name, "The contender."]
    packages: Annotated[dict[str, str], "The version of each package that was really installed."]


class SeparationRecord(TypedDict):
    """How far apart the corpus holds the known forms of one formula."""

    kind: Literal["separation"]
    formula: Annotated[Name, "The formula, by its name in the contract."]
    dtype: Dtype
    variants: Annotated[list[Name], "The forms, in the order of rows and columns."]
    excess: Annotated[
        Array, "The row's answers against the column's truth: the worst error over what is allowed."
    ]
    inseparable: Annotated[
        list[Annotated[list[Name], limits(minItems=2, maxItems=2)]],
        "Pairs that no input of the corpus tells apart.",
    ]


class MutantRecord(TypedDict):
    """Something wrong on purpose, and what the judges made of it."""

    kind: Literal["mutant"]
    formula: Annotated[Name, "The formula that is wrong."]
    dtype: Dtype
    name: Annotated[Name, "What was done to it."]
    origin: Annotated[
        Literal["catalogue", "composed", "planted", "generated", "correct"],
        "A known form; a convention with a mistake inside; a trap written by hand; an edit of the "
        "reference; or correct code, which must not be accused.",
    ]
    outcome: Annotated[
        Literal["named", "caught", "survived", "equivalent", "conforms", "false alarm"],
        "`survived` and `false alarm` are the judges' own failures.",
    ]
    expected: NotRequired[Annotated[str, "The verdict that it deserves."]]
    verdict: Annotated[str, "The verdict that it got."]
    variant: Annotated[str | None, "The form that it was taken for."]
    detail: Annotated[str, "Why, in words."]
