"""The plugin for pytest: inert unless asked with ``--gradmark``; registering it imports nothing."""

from __future__ import annotations

import pytest

from gradmark.pytest_options import add_options

ID = "gradmark::"  # what the ids of its items begin with


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add gradmark's options to pytest's."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Get to work, where there is some."""
    if config.option.gradmark or any(argument.startswith(ID) for argument in config.args):
        from gradmark.items import Suite  # only here: it brings the engine with it

        config.pluginmanager.register(Suite(config), "gradmark-suite")
