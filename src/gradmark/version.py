"""The version, in the one place that every room may read it from."""

__version__ = "0.2.0"
