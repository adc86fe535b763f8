"""Schemas as contracts: which keywords, which versions, what may change, what is generated from them. Pure."""
