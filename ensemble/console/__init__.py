"""The console: what happens on a stage, in a browser. Its server is pure but for what it is given to read AWS with."""
