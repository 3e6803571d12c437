"""The reference, timed with pytest-benchmark: what each formula costs, and how that grows.

`workloads` says what is run on which inputs, `conftest` times it and keeps the record, and
`statistics` turns rounds into medians, ratios and growth, each with an interval.
"""
