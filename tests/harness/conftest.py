"""Miniature contenders are run by the host, never imported by pytest."""

collect_ignore = ["contenders"]
