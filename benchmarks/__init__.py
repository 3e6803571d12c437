"""The clocks: which contender is faster, and what the reference's formulas cost.

`paired` times contenders in turns; `suite` times the reference with pytest-benchmark. What both
draw is in `inputs`, and what both say of the machine in pytest-benchmark's files in `machine_info`.
"""
