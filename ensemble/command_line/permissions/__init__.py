"""The command `ensemble permissions`: which permission of which role a run of everything has used."""
