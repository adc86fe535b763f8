"""At how many workflows a second each limit bites: the real kit in virtual time, with requests that take time."""
