"""Takes over a newer toolkit: `ensemble upgrade`, by git and the standard library alone.

Only what the toolkit owns is touched (`ensemble/owned.txt`), three ways: what the toolkit was, what it is now, and what
the project has made of it. The version that a project has is in its `.ensemble.json`.
"""
