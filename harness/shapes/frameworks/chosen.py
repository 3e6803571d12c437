"""Where a framework is to compute, as the user has chosen it; empty for its own choice."""

device = ""
