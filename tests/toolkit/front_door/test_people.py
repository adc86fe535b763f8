"""People come in with a token, and reach what is their own."""

from __future__ import annotations

import pytest

from tests.toolkit.front_door.parcels import Post

ADAS = {"parcel_id": "p-1", "sender": "ada"}


def test_a_person_sends_a_command_about_that_person(post: Post) -> None:
    said = post.person("ada").post("SendParcel", ADAS)

    assert said.status == 202
    assert post.put[0]["detail"]["sender"] == "ada"


def test_a_command_about_somebody_else_is_refused(post: Post) -> None:
    said = post.person("bob").post("SendParcel", ADAS)

    assert said == (403, {"message": "The command is about somebody else"})
    assert post.put == []


def test_a_command_that_says_nothing_of_whose_it_is_takes_no_token(post: Post) -> None:
    assert post.person("ada").post("StopParcel", {"parcel_id": "p-1"}).status == 403


@pytest.mark.parametrize(("name", "pool"), [(None, "eu-west-1_People"), ("ada", "eu-west-1_Others")])
def test_a_token_of_nobody_or_of_another_pool_is_refused(post: Post, name: str | None, pool: str) -> None:
    caller = post.person(name, pool)

    assert caller.post("SendParcel", ADAS) == (401, {"message": "Unauthorized"})
    assert caller.get("status/parcel/p-1").status == 401


def test_a_person_reads_what_is_that_persons_and_of_the_rest_not_even_that_it_is_there(post: Post) -> None:
    post.has("p-1", status="on its way", sender="ada", grams=1, is_insured=False)

    assert post.person("ada").get("status/parcel/p-1").content["status"] == "on its way"
    assert post.person("bob").get("status/parcel/p-1") == post.person("bob").get("status/parcel/p-2")
    assert post.person("bob").get("status/parcel/p-1").status == 404
