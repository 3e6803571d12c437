"""The clocks: what the reference's formulas cost, measured with pytest-benchmark.

`workloads` says what is run on which inputs, `conftest` times it and keeps the record, and
`statistics` turns rounds into medians, ratios and growth, each with an interval.
"""
