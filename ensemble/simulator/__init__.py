"""A deterministic simulator: the real functions on simulated AWS services, with faults, in virtual time."""
