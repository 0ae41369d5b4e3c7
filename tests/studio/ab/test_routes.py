"""What raters can reach, and what nobody can."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pleinair.studio.ab.routes import raters_app
from pleinair.studio.ab.store import Store
from pleinair.studio.ab.tables import AbTest

from .conftest import MakeTest

HOST = "studio.test:8000"


@pytest.fixture
def client(store: Store) -> Iterator[TestClient]:
    with TestClient(raters_app(store, {HOST}), base_url=f"http://{HOST}") as opened:
        yield opened


@pytest.fixture
def test(make_test: MakeTest) -> AbTest:
    return make_test()


def _vote(look: dict[str, Any], **more: Any) -> dict[str, Any]:
    vote = {"showing": look["id"], "vote": "vote-0001", "choice": "left", "milliseconds": 700}
    return {**vote, **more}


def test_a_whole_sitting(client: TestClient, test: AbTest) -> None:
    home = f"/ab/{test.token}"
    answer = client.post(f"{home}/join", json={}).json()
    assert answer["question"] == "Which looks better?"
    assert answer["of"] == 10
    for number in range(10):
        look = answer["next"][0]
        for side in ("left", "right"):
            picture = client.get(f"{home}/media/{look[side]}")
            assert picture.headers["content-type"] == "image/png"
        sent = client.post(f"{home}/vote", json=_vote(look, vote=f"vote-{number:04}"))
        answer = sent.json()
        assert answer["done"] == number + 1
    assert answer["next"] == []
    assert client.post(f"{home}/join", json={}).json()["done"] == 10  # the cookie knows
    assert client.post(f"{home}/more", json={"after": 10}).json()["of"] > 10


def test_nothing_says_what_is_behind_a_pair(client: TestClient, test: AbTest, store: Store) -> None:
    home = f"/ab/{test.token}"
    joined = client.post(f"{home}/join", json={})
    look = joined.json()["next"][0]
    assert set(look) == {"id", "left", "right", "width", "height", "frames", "rate"}
    media = [client.get(f"{home}/media/{look[side]}") for side in ("left", "right")]
    said = joined.text + client.get(f"{home}/").text
    said += "".join(str(answer.headers) for answer in media)
    secrets = [test.name, *(e.name for e in store.entrants(test))]
    secrets += [c.name for c in store.contents(test)]
    assert not [word for word in secrets if word in said]
    names = [path.stem for path in (store.folder / "media").iterdir()]
    assert all(len(name) == 22 for name in names)  # 128 random bits


def test_every_other_address_is_the_same_404(client: TestClient, test: AbTest) -> None:
    home = f"/ab/{test.token}"
    unknown = client.get("/nothing")
    assert unknown.status_code == 404
    for path in (
        "/",
        "/ab",
        "/ab/",
        "/docs",
        "/openapi.json",
        "/ab/unknown-token",
        "/ab/unknown-token/",
        "/ab/unknown-token/assets/rater.js",
        f"{home}/media/",
        f"{home}/media/unknown",
        f"{home}/media/..%2f..%2fabtests.sqlite",
        f"{home}/assets/",
        f"{home}/assets/..%2froutes.py",
        f"{home}/assets/index.html",
        f"{home}/results",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.content) == (404, unknown.content), path
    for path in ("/ab/unknown-token/join", "/ab/unknown-token/vote"):
        answer = client.post(path, json={})
        assert answer.status_code in (404, 422), path


def test_pages_and_files_come_with_what_keeps_them_closed(client: TestClient, test: AbTest) -> None:
    home = f"/ab/{test.token}"
    assert client.get(home, follow_redirects=False).headers["location"] == f"{home}/"
    page = client.get(f"{home}/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-robots-tag"] == "noindex"
    for name in ("rater.js", "rater.css", "clips.js", "post.js"):
        assert f"{name}" in page.text + client.get(f"{home}/assets/rater.js").text
        assert client.get(f"{home}/assets/{name}").status_code == 200
    cookie = client.post(f"{home}/join", json={}).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert f"path={home.lower()}" in cookie


def test_votes_from_elsewhere_are_refused(client: TestClient, test: AbTest) -> None:
    home = f"/ab/{test.token}"
    look = client.post(f"{home}/join", json={}).json()["next"][0]
    vote = _vote(look)

    def sent(headers: dict[str, str], **body: Any) -> int:
        return int(
            client.post(f"{home}/vote", headers=headers, **(body or {"json": vote})).status_code
        )

    assert sent({"host": "evil.test"}) == 421
    assert sent({"origin": "http://evil.test"}) == 403
    assert sent({"origin": "null"}) == 403
    assert sent({"sec-fetch-site": "cross-site"}) == 403
    assert sent({"content-type": "text/plain"}, content=b"{}") == 415
    assert sent({"content-type": "application/json"}, content=b" " * 5000) == 413
    assert sent({"content-type": "application/json"}, content=b"[" * 4000) == 422
    assert client.get(f"{home}/", headers={"host": "evil.test"}).status_code == 421
    assert sent({"origin": f"http://{HOST}", "sec-fetch-site": "same-origin"}) == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"choice": "both"},
        {"milliseconds": -1},
        {"milliseconds": "many"},
        {"vote": "x"},
        {"vote": "v" * 40},
        {"showing": None},
        {"more": 1},
    ],
    ids=str,
)
def test_wrong_votes_are_refused(client: TestClient, test: AbTest, wrong: dict[str, Any]) -> None:
    home = f"/ab/{test.token}"
    look = client.post(f"{home}/join", json={}).json()["next"][0]
    assert client.post(f"{home}/vote", json={**_vote(look), **wrong}).status_code == 422
    assert client.post(f"{home}/join", json={}).json()["done"] == 0


def test_a_second_vote_on_a_pair_is_told_and_goes_on(client: TestClient, test: AbTest) -> None:
    home = f"/ab/{test.token}"
    look = client.post(f"{home}/join", json={}).json()["next"][0]
    assert client.post(f"{home}/vote", json=_vote(look)).status_code == 200
    again = client.post(f"{home}/vote", json=_vote(look, vote="vote-0002"))
    assert again.status_code == 409
    assert again.json()["done"] == 1


def test_a_closed_test_says_so(client: TestClient, test: AbTest, store: Store) -> None:
    store.set_status(test.token, "closed")
    assert client.post(f"/ab/{test.token}/join", json={}).status_code == 410
    assert client.get(f"/ab/{test.token}/").status_code == 200
