"""The clock that can be trusted: contenders timed in turns, and their ratios with intervals.

`workloads` says what is timed, `admission` who may be, `schedule` lets them take turns,
`statistics` turns rounds into ratios with intervals and verdicts, and `record` keeps what was
measured. `costs` says what a formula must cost, `limits` lets the machine show how long that takes,
and `growth` fits how times grow with size. `stored` sets an earlier run beside a new one, `export`
writes the samples for others. `calibration` puts the clock to the test, and `elsewhere` has the
rules that other tools go by.
"""
