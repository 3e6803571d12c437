"""Small edits of source text: slips that make right code wrong, and repairs that make it right."""
