"""What a project tests itself with: import the tests of `every_contract` into a file of `tests/`."""
