"""The conducted shop's scenario: the one of the shop, with what is seen of its stories."""

from dataclasses import replace

from scenarios.conducted.stories import STORIES
from scenarios.shop import choreographed_scenario

SCENARIO = replace(choreographed_scenario.SCENARIO, stories=STORIES)
