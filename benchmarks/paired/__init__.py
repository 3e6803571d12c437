"""The clock that can be trusted: contenders timed in turns, and their ratios with intervals.

`workloads` says what is timed, `admission` who may be, `schedule` lets them take turns,
`statistics` turns rounds into ratios with intervals and verdicts, and `record` keeps them.
`costs` says what a formula must cost, `limits` lets the machine show how long that takes, and
`growth` fits how times grow with size.
"""
