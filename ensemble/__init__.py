"""What a person runs: the commands `ensemble up`, `ensemble send` and `ensemble demo`."""
