"""What a person sees: results files in, Markdown and PNG out."""
