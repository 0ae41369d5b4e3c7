"""Photos are found, read and cropped; what is no photo is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pleinair.train import data


def test_images_are_found_at_every_depth_in_a_fixed_order(photos: Path) -> None:
    found = data.find_images([photos])
    assert [p.name for p in found] == ["0.png", "1.png", "2.png", "3.png", "tall.jpg"]


def test_a_missing_or_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nowhere is not a folder"):
        data.find_images([tmp_path / "nowhere"])
    (tmp_path / "notes.txt").write_text("no photo")
    with pytest.raises(ValueError, match="no images"):
        data.find_images([tmp_path])


def test_a_file_that_is_no_image_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not a picture")
    with pytest.raises(ValueError, match=r"cannot read image .*broken\.png"):
        data.read_image(broken)
    with pytest.raises(ValueError, match=r"cannot read image .*gone\.png"):
        data.read_image(tmp_path / "gone.png")


def test_images_shrink_to_a_side_but_never_grow(painting: Path) -> None:
    assert data.read_image(painting).size == (120, 90)
    assert data.read_image(painting, longer=60).size == (60, 45)
    assert data.read_image(painting, shorter=45).size == (60, 45)
    assert data.read_image(painting, longer=500).size == (120, 90)


def test_grey_and_transparent_images_become_rgb(tmp_path: Path) -> None:
    for mode in ("L", "RGBA", "P"):
        path = tmp_path / f"{mode}.png"
        Image.new(mode, (20, 20)).save(path)
        assert data.read_image(path).mode == "RGB"


def test_tensors_and_pixels_are_inverse() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    tensor = data.to_tensor([pixels])
    assert tensor.shape == (1, 3, 5, 7)
    assert tensor[0, 2, 4, 6].item() == pytest.approx(pixels[4, 6, 2] / 255)
    np.testing.assert_array_equal(data.to_pixels(tensor), pixels)


def test_pixels_are_clipped_and_rounded() -> None:
    values = torch.tensor([-1.0, 0.4 / 255, 0.6 / 255, 2.0])
    pixels = data.to_pixels(values.reshape(1, 1, 1, 4).expand(1, 3, 1, 4))
    assert pixels[0, :, 0].tolist() == [0, 0, 1, 255]


def test_batches_depend_on_seed_and_step_alone(photos: Path) -> None:
    images = data.load_photos(data.find_images([photos]), 64)
    first, again = data.Photos(images, 64, seed=3), data.Photos(images, 64, seed=3)
    first.batch(0, 4)
    batch = first.batch(5, 4)
    assert batch.shape == (4, 3, 64, 64)
    assert torch.equal(batch, again.batch(5, 4))
    assert not torch.equal(batch, first.batch(6, 4))
    assert not torch.equal(batch, data.Photos(images, 64, seed=4).batch(5, 4))


def test_several_crops_are_of_one_picture() -> None:
    images = [Image.new("RGB", (80, 80), (shade, 0, 0)) for shade in range(0, 250, 10)]
    pairs = data.Photos(images, 64, seed=0).batch(0, 8, each=2)[:, 0, 0, 0]
    assert torch.equal(pairs[::2], pairs[1::2])
    assert len(set(pairs.tolist())) > 2


def test_crops_stay_inside_the_photo() -> None:
    """A photo of one colour must give crops of that colour: no border comes in."""
    photos = data.Photos([Image.new("RGB", (90, 70), (200, 100, 50))], 64, seed=0)
    for step in range(20):
        batch = photos.batch(step, 2)
        assert torch.equal(batch, batch[:, :, :1, :1].expand_as(batch))


def test_photos_are_kept_no_larger_than_crops_need(photos: Path) -> None:
    calls: list[int] = []
    loaded = data.load_photos(data.find_images([photos]), 20, lambda: calls.append(1))
    assert len(calls) == len(loaded) == 5
    assert {min(image.size) for image in loaded} == {40}
