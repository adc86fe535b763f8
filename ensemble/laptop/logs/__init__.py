"""CloudWatch Logs: what functions print, kept as log events, and searched."""
