"""What is special about one formula: a file each, found by itself."""
