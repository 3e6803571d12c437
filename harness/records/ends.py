"""The first line of a results file and its last."""

from typing import Annotated, Any, Literal, NotRequired, TypeAlias, TypedDict

from gradmark.harness.records.fields import AT_LEAST_1, Name, limits

Kind: TypeAlias = Literal[
    "verdict",
    "property",
    "practice",
    "accuracy",
    "environment",
    "separation",
    "mutant",
    "series",
    "finding",
    "claim",
    "sample",
    "statistic",
    "preparation",
    "block",
    "pair",
    "count",
    "limit",
    "growth",
    "change",
    "withheld",
    "trial",
    "difference",
    "race",
]
_ABOUT = ("machine", "python", "blas", "packages", "git")


class HeaderRecord(TypedDict):
    """What is the same for the whole run. It is the first line."""

    kind: Literal["header"]
    schema: Annotated[Literal[1], "The version of this format."]
    program: Annotated[Literal["gradmark"], "Who wrote the file."]
    gradmark: Annotated[Name, "The version of gradmark; the changelog tells what it changed."]
    catalogue: Annotated[
        Name, "Which forms were known: a hash that changes with any of them; `none: …` for clocks."
    ]
    corpus: Annotated[str, "Which questions were asked: a hash that changes with any of them."]
    seed: Annotated[int, "Of every random choice."]
    quick: Annotated[bool, "Whether this is a first look, with fewer examples and sizes."]
    fingerprint: Annotated[
        dict[str, Any],
        limits(required=_ABOUT),
        "Machine, interpreter, libraries and commit.",
    ]
    examples: NotRequired[Annotated[int, "How many inputs each property was tried with."]]
    contenders: NotRequired[
        Annotated[dict[str, str], "A digest of each contender's files, by its name."]
    ]
    races: NotRequired[
        Annotated[
            dict[str, Any],
            "What every optimizer of a tournament has: the `problems` and how many `instances` of"
            " each, how many others its rate was `tuned_on`, the `rates` to choose from, the"
            " `steps` it may take, and the `share` of the loss in reach that may be left.",
        ]
    ]
    libraries: NotRequired[
        Annotated[
            dict[str, list[str]], "What belongs to each library, with its version, in the wild."
        ]
    ]
    judged: NotRequired[
        Annotated[
            dict[str, dict[str, Any]],
            "The catalogue and the commit that each library was judged with: not all in one run.",
        ]
    ]
    shard: NotRequired[
        Annotated[
            dict[str, Any],
            "Which part of a run this is, of how many, and a digest of the questions that the"
            " whole run asks; `gradmark merge` makes one file of all.",
        ]
    ]
    baseline: NotRequired[
        Annotated[Name, "The contender that the others' times and counts are divided by."]
    ]
    machine: NotRequired[
        Annotated[Name, "What the machine is called where its own limits are measured."]
    ]
    margin: NotRequired[
        Annotated[float, "The smallest difference of times that matters: 0.05 is 5 %."]
    ]
    budget: NotRequired[Annotated[float, "Seconds for each workload and pair."]]
    threads: NotRequired[Annotated[int, "How many threads each contender may use."]]
    formulas: NotRequired[Annotated[list[str] | None, "Those asked for; null for all."]]
    dtypes: NotRequired[Annotated[list[str] | None, "Those asked for; null for all."]]
    python: NotRequired[
        Annotated[str | None, "The interpreter asked for; null for environments of their own."]
    ]
    stored: NotRequired[Annotated[dict[str, Any], "The earlier run that this is compared with."]]
    left_out: NotRequired[Annotated[list[str], "Benchmarks that were not run."]]
    elsewhere: NotRequired[
        Annotated[
            dict[str, Any], "The versions of the other tools that the clock is compared with."
        ]
    ]


class FooterRecord(TypedDict):
    """The end of a whole run. It is the last line; without it the run was cut off."""

    kind: Literal["footer"]
    counts: Annotated[
        dict[Kind, Annotated[int, AT_LEAST_1]], "How many records of each kind the file holds."
    ]
    sha256: Annotated[Name, "A checksum of all lines before this one."]
