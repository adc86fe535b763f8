"""The conducted shop, demonstrated and simulated: what differs from the choreographed one."""
