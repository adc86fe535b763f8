"""The shop in the console, in a real browser."""
