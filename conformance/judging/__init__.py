"""Judging: from answers to a verdict, with its reasons and the smallest input that shows them."""
