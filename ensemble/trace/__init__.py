"""What became of a workflow: what is known of it, step by step, and why it goes no further. Pure."""
