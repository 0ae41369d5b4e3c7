"""Uploads are what they seem, under names of our making; addresses give away nothing else."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pleinair.studio import files
from pleinair.studio.files import Shelf, Uploads, shown_name
from pleinair.video import MediaError
from pleinair.video.stylize import stylize_images


def _png(colour: str = "red", kind: str = "PNG") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(content, format=kind)
    return content.getvalue()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    frames = [np.full((64, 64, 3), 20 * i, np.uint8) for i in range(6)]
    stylize_images(frames, path, lambda image: image, count=6, size=(64, 64), rate=25)
    return path.read_bytes()


def test_a_picture_is_kept_under_a_name_of_its_content(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "uploads")
    source = uploads.add("../../etc/My Cat.php", _png())
    assert source.path.parent == tmp_path / "uploads"
    assert source.path.name == f"{source.key}.png"
    assert source.title == "My Cat"
    assert source.still
    assert uploads.all() == [source]
    assert uploads.add("another name.png", _png()) == source
    assert len(list(source.path.parent.iterdir())) == 2


def test_the_content_says_what_it_is(tmp_path: Path, clip: bytes) -> None:
    uploads = Uploads(tmp_path)
    assert uploads.add("a.png", _png(kind="JPEG")).path.suffix == ".jpg"
    film = uploads.add("b.jpg", clip)
    assert film.path.suffix == ".mp4"
    assert not film.still
    with pytest.raises(MediaError, match="b: a clip"):
        Uploads(tmp_path / "paintings").add("b.jpg", clip, clips=False)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"RIFF\0\0\0\0WEBPnonsense",
        b"\0\0\0\x18ftypisom but no film",
        _png()[:60],
        _png(kind="GIF"),
    ],
)
def test_anything_else_is_refused_and_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(MediaError, match=r"^name: "):
        Uploads(tmp_path).add("name.jpg", content)
    assert list(tmp_path.iterdir()) == []


def test_size_pixels_and_number_are_limited(
    tmp_path: Path, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, limit, content in (
        ("PICTURE_BYTES", 50, _png()),
        ("_PIXELS", 1199, _png()),
        ("CLIP_BYTES", 50, clip),
        ("_SECONDS", 0.1, clip),
        ("_COUNT", 0, _png()),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(files, name, limit)
            with pytest.raises(MediaError):
                Uploads(tmp_path).add("name", content)
    assert list(tmp_path.iterdir()) == []


def test_names_are_shown_without_what_could_do_harm() -> None:
    assert shown_name("C:\\photos\\me.jpeg") == "me"
    assert shown_name("a\u202eb\x00c\n.png") == "abc"
    assert shown_name("x" * 500) == "x" * 60
    assert shown_name("") == "unnamed"


def test_only_what_a_page_showed_can_be_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(_png())
    shelf = Shelf()
    url = shelf.url(path)
    assert url.startswith("/file/")
    assert str(tmp_path) not in url
    assert shelf.url(path) == url
    assert shelf.find(url.removeprefix("/file/")) == path
    for name in ("a.png", "../a.png", str(path), "", url):
        assert shelf.find(name) is None
    assert Shelf().url(path) != url
