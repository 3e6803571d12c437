"""The learning-rate schedules: canonical forms, conventions and mistakes."""
