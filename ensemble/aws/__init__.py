"""What AWS is, as data and rules without a clock, a thread or chance: laptop, simulator, checks and doctor ask it."""
