"""The contract of a service with its own rows: what was written by what is deployed is read by the present code.

`shape.py` says what may lie in a row, `examples.py` makes such states, `marks.py` looks for what is sensitive in
them, and `evolution.py` says which change may go out.
"""
