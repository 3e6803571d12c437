"""The engine: contenders asked formula by formula, and what is found about them, kept."""
