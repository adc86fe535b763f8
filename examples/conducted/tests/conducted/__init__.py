"""Tests of the conducted shop's participants: each command in any order, once or again."""
