"""What a project's own tests take from the toolkit: the promises of its contracts, and the rules of who imports whom.

A project's tests of both are a few lines:

    @pytest.mark.parametrize("promise", promises(ROOT), ids=str)
    def test_a_service_keeps_its_contracts(promise: Promise) -> None:
        promise.check()


    def test_nobody_imports_what_is_not_theirs() -> None:
        assert list(forbidden_imports(ROOT)) == []

`contracts.py` has the promises, `exploration.py` the states and decisions that they are checked in, and `imports.py`
the rules.
"""
