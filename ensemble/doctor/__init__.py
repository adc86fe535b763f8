"""A deployed stage beside its assembly: what is otherwise than the templates say, and the command that mends it."""
