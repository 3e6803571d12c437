"""The article's figures, recomputed: the data behind each, and what its text says of them."""
