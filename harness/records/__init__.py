"""The lines of a results file, a type for each kind: what is written, what is read, what it means.

Each type tells a field's meaning beside the field; the JSON schema is made from them
(`python -m gradmark.harness.records`), and so is the page that explains results files. A field
keeps its name and its meaning for ever; what is new is `NotRequired`, so that files of before can
still be read.
"""

from typing import Any, TypeAlias, get_args

from gradmark.harness.records.article import ClaimRecord, FindingRecord, SeriesRecord
from gradmark.harness.records.compared import DifferenceRecord
from gradmark.harness.records.ends import FooterRecord, HeaderRecord, Kind
from gradmark.harness.records.fields import Dtype, Number, kind_of
from gradmark.harness.records.judged import (
    AccuracyRecord,
    EnvironmentRecord,
    MutantRecord,
    PracticeRecord,
    PropertyRecord,
    SeparationRecord,
    Verdict,
    VerdictRecord,
)
from gradmark.harness.records.raced import RaceRecord
from gradmark.harness.records.suite import SampleRecord, StatisticRecord
from gradmark.harness.records.timed import (
    BlockRecord,
    ChangeRecord,
    CountRecord,
    GrowthRecord,
    LimitRecord,
    PairRecord,
    PreparationRecord,
    TrialRecord,
    WithheldRecord,
)

Record: TypeAlias = (
    VerdictRecord
    | PropertyRecord
    | PracticeRecord
    | AccuracyRecord
    | EnvironmentRecord
    | SeparationRecord
    | MutantRecord
    | SeriesRecord
    | FindingRecord
    | ClaimRecord
    | SampleRecord
    | StatisticRecord
    | PreparationRecord
    | BlockRecord
    | PairRecord
    | CountRecord
    | LimitRecord
    | GrowthRecord
    | ChangeRecord
    | WithheldRecord
    | TrialRecord
    | DifferenceRecord
    | RaceRecord
)

TYPES: dict[str, Any] = {kind_of(each): each for each in get_args(Record)}
"""The type of each kind, header and footer left out."""

KINDS: tuple[str, ...] = get_args(Kind)

__all__ = [
    "KINDS",
    "TYPES",
    "AccuracyRecord",
    "BlockRecord",
    "ChangeRecord",
    "ClaimRecord",
    "CountRecord",
    "DifferenceRecord",
    "Dtype",
    "EnvironmentRecord",
    "FindingRecord",
    "FooterRecord",
    "GrowthRecord",
    "HeaderRecord",
    "Kind",
    "LimitRecord",
    "MutantRecord",
    "Number",
    "PairRecord",
    "PracticeRecord",
    "PreparationRecord",
    "PropertyRecord",
    "RaceRecord",
    "Record",
    "SampleRecord",
    "SeparationRecord",
    "SeriesRecord",
    "StatisticRecord",
    "TrialRecord",
    "Verdict",
    "VerdictRecord",
    "WithheldRecord",
]
