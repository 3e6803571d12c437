"""What a person sees: results files in, Markdown, HTML and PNG out."""
