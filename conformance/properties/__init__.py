"""Theorems: what a formula must satisfy, whoever computes it, and what runs them."""
