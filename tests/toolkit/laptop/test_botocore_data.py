"""Botocore's data files are read once for all functions."""

from __future__ import annotations

import pytest
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import get_session

from ensemble.laptop.botocore_data import read_data_once


def test_two_sessions_read_a_file_once_and_clients_of_both_are_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Loader, "FILE_LOADER_CLASS", JSONFileLoader)
    read: list[str] = []
    load = JSONFileLoader.load_file

    def counted(self: JSONFileLoader, file_path: str) -> object:
        read.append(file_path)
        return load(self, file_path)

    monkeypatch.setattr(JSONFileLoader, "load_file", counted)
    usual = get_session().create_client("codeguru-security", region_name="eu-west-1")
    get_session().create_client("codeguru-security", region_name="eu-west-1")
    usually = [read.count(one) for one in read if one.endswith("endpoints")]
    read_data_once()
    read.clear()

    clients = [get_session().create_client("codeguru-security", region_name="eu-west-1") for _ in range(2)]

    assert usually == [2, 2]
    assert len(read) == len(set(read)) > 0
    assert [one.meta.endpoint_url for one in clients] == [usual.meta.endpoint_url] * 2
    assert [one.meta.service_model.operation_names for one in clients] == [usual.meta.service_model.operation_names] * 2


def test_what_is_not_there_is_none() -> None:
    read_data_once()

    assert Loader().file_loader.load_file("no/such/file") is None
