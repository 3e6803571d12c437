"""Tells whether code computes the formulas neural networks learn by, and proves it.

``gradmark check my_file.py`` on the command line; `check`, `assert_conforms` and `results` in
Python; ``pytest --gradmark my_pkg.optim`` in a test suite.
"""

__version__ = "0.2.0"
