"""Every service keeps its contracts: the toolkit's tests, on the services and schemas of this project."""

from ensemble.testing.every_contract import (
    test_a_reaction_handles_every_example_of_every_live_version_in_every_state_it_can_reach,
    test_a_reaction_publishes_all_that_it_declares_and_nothing_else,
    test_a_reader_refuses_every_broken_example,
    test_whatever_a_reaction_publishes_satisfies_its_own_schema,
)

__all__ = [
    "test_a_reaction_handles_every_example_of_every_live_version_in_every_state_it_can_reach",
    "test_a_reaction_publishes_all_that_it_declares_and_nothing_else",
    "test_a_reader_refuses_every_broken_example",
    "test_whatever_a_reaction_publishes_satisfies_its_own_schema",
]
