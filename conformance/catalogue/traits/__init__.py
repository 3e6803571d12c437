"""What each formula is put together of, and what each of its forms changes about that."""
