"""The judges judged: what is wrong on purpose must be caught, and what is right must not be.

Four kinds of file are put to the judges, each the way that a user's is, in a process of its own:
every form in the catalogue, alive (`live`); mistakes that are no formula (`planted`); the reference
with one small edit (`edits`); and right code of many makes (`correct`). It fails where a mistake
survives, a convention is called by another name, right code is accused, or a judge catches nothing.

It lives beside the judges, and not in `tests`, because it is a run like theirs: it writes a results
file that a page is drawn from, and it starts anywhere, also beside a user's own package `tests`.
"""
