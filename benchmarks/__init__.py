"""The clocks: what the reference's formulas cost, and which contender is faster.

`paired` times contenders in turns. The rest measures the reference with pytest-benchmark:

`workloads` says what is run on which inputs, `conftest` times it and keeps the record, and
`statistics` turns rounds into medians, ratios and growth, each with an interval.
"""
