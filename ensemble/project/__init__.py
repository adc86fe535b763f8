"""Where the project is that a command works on, and how its parts are found."""
