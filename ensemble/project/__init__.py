"""A project: where it is, what it is made of, how it is made and added to, what of it is deployed."""
