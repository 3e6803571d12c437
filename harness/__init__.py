"""Runs contenders in their own processes, and keeps what was found out about them.

`contract` says what a contender may provide, `resolve` finds it, `host` runs it, `results` and
`fingerprint` write down what came of it and where.
"""
