"""How networks are judged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pleinair.sweep.config import SweepConfig
from pleinair.sweep.quality import CONTENT, Jury, Material, Quality, painters
from pleinair.sweep.run import _material

Make = Callable[..., SweepConfig]


@pytest.fixture
def material(make_config: Make) -> Material:
    return _material(make_config(judged_count=2))[1]


def test_an_unpainted_photo_keeps_its_content_and_has_no_style(material: Material) -> None:
    jury = Jury(material)
    plain = jury.quality([lambda frame: frame])
    assert plain.content == pytest.approx(0, abs=1e-6)
    assert plain.style > 0.01
    assert plain.score == plain.style


def test_the_painting_itself_has_its_style(material: Material, painting: Path) -> None:
    art = Image.open(painting).convert("RGB")
    found = Jury(material).quality([lambda f: np.asarray(art.resize((f.shape[1], f.shape[0])))])
    plain = Jury(material).quality([lambda frame: frame])
    assert found.style < plain.style


def test_the_score_is_style_and_a_share_of_content() -> None:
    assert Quality(1.5, 0.5).score == pytest.approx(1.5 + 0.5 * CONTENT)
    assert pytest.approx(0.2) == CONTENT


def test_unrest_is_relative_to_what_is_painted(material: Material) -> None:
    jury = Jury(material)
    still = jury.unrest([lambda frame: np.full_like(frame, 99)])
    assert still == {"shift": 0, "flicker": 0, "mean": 0}
    same = jury.unrest([lambda frame: frame])
    assert same["flicker"] == pytest.approx(1)
    assert same["mean"] == pytest.approx((same["shift"] + same["flicker"]) / 2)


def test_a_mean_is_taken_over_styles(material: Material) -> None:
    both = Jury(Material(**{**vars(material), "paintings": material.paintings * 2}))
    one = Jury(material).unrest([lambda frame: frame])["flicker"]
    found = both.unrest([lambda frame: frame, lambda frame: np.full_like(frame, 99)])
    assert found["flicker"] == pytest.approx(one / 2)


def test_features_of_the_training_are_not_held_out(make_config: Make) -> None:
    assert Jury(_material(make_config())[1]).held_out
    assert not Jury(_material(make_config(held_out=None))[1]).held_out


def test_photos_are_judged_or_trained_on(make_config: Make, photos: Path, tmp_path: Path) -> None:
    training, material = _material(make_config(judged_count=2))
    assert len(training) == len(material.photos) == 2
    assert not set(training) & set(material.photos)
    (tmp_path / "a.png").write_bytes((photos / "0.png").read_bytes())
    training, material = _material(make_config(judged=(tmp_path,)))
    assert len(training) == 4
    assert material.photos == (tmp_path / "a.png",)
    with pytest.raises(ValueError, match="all of them are needed to judge by"):
        _material(make_config(judged_count=9))


def test_painters_paint_one_style_each(easel: Path) -> None:
    model = easel.read_bytes()
    frame = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    made = [paint(frame) for paint in painters(model, 4)]
    assert all(picture.shape == frame.shape for picture in made)
    assert len({picture.tobytes() for picture in made}) == 4
