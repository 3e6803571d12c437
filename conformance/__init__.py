"""The judges: 50-digit truth, catalogue of variants, tolerances, and properties that must hold."""
