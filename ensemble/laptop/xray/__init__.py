"""X-Ray on the laptop: its daemon, the traces it was told of, and the operations that read them."""
