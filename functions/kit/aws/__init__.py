"""The kit's own client of AWS: the few operations that consumers use, over http.client and without service models.

What it does not know, it leaves to botocore, which is imported then (`functions/kit/clients.py`).
"""
