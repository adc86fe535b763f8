"""`shadow`: tries a service's code on stored events, beside older code or what was published, and writes nothing."""
