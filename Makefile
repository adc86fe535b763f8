# The commands of this project: `make help` lists them. Most are the toolkit's; add your own below.
include ensemble/Makefile

.PHONY: bench night outages pictures second-opinions tested

bench: setup ## Measure, as ratios in one run
	@$(BIN)/python -m tests.bench

night: setup ## Play a bad night of the shop against the commands, and write docs/night.md
	@$(BIN)/python -m tests.shop.night

outages: setup ## Play the bad days of the shop: what is down for hours or days, and what comes of it
	@$(BIN)/python -m tests.shop.outage

pictures: setup ## Take the pictures of the console that the documents show
	@$(BIN)/python -m tests.shop.console.pictures

second-opinions: setup ## Ask two other tools what the comparison of schemas is asked
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement tests/toolkit/contracts/second-opinions.txt
	@$(BIN)/python -m tests.toolkit.contracts.second_opinions

tested: .venv/made ## Record the lock files' versions as those that the toolkit is tested with
	@$(BIN)/python -m ensemble.project.locking --tested
