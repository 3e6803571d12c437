"""The judges: 50-digit truth, the catalogue of variants, tolerances, and properties that must hold."""
