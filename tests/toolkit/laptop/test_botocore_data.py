"""Botocore's list of endpoints is read once for all functions, and nothing else is shared."""

from __future__ import annotations

from pathlib import PurePath

import pytest
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import get_session

from ensemble.laptop.botocore_data import SHARED, read_endpoints_once


def test_two_sessions_read_the_endpoints_once_and_their_clients_are_as_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Loader, "FILE_LOADER_CLASS", JSONFileLoader)
    read: list[str] = []
    load = JSONFileLoader.load_file

    def counted(self: JSONFileLoader, file_path: str) -> object:
        read.append(PurePath(file_path).name)
        return load(self, file_path)

    monkeypatch.setattr(JSONFileLoader, "load_file", counted)
    usual = [get_session().create_client("sqs", region_name="eu-west-1") for _ in range(2)]
    usually = {name: read.count(name) for name in {*read}}
    read_endpoints_once()
    read.clear()

    clients = [get_session().create_client("sqs", region_name="eu-west-1") for _ in range(2)]

    assert {name for name, number in usually.items() if read.count(name) < number} == {*usually} & SHARED
    assert all(read.count(name) <= 1 for name in SHARED)
    assert "endpoints" in usually
    assert [one.meta.endpoint_url for one in clients] == [one.meta.endpoint_url for one in usual]
    assert clients[0].meta.service_model.metadata is not clients[1].meta.service_model.metadata


def test_what_is_not_there_is_none() -> None:
    read_endpoints_once()

    assert Loader().file_loader.load_file("no/such/file") is None
    assert Loader().file_loader.load_file("no/such/endpoints") is None
