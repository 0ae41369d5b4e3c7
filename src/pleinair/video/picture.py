"""Read and write single pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from pleinair.video.errors import MediaError
from pleinair.video.files import check_readable, replacing
from pleinair.video.reader import Image
from pleinair.video.stylize import Paint

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
"""Pictures that we read and write, by their suffix."""

_QUALITY = 92  # of JPEG and WebP, where artefacts stop being visible in brush strokes


def is_picture(path: Path) -> bool:
    """Say whether a file of this name is a single picture."""
    return path.suffix.lower() in SUFFIXES


def read_picture(path: Path, size: tuple[int, int] | None = None) -> Image:
    """Read a picture upright, as H×W×3 uint8 RGB; transparent parts become white.

    Args:
        path: the file.
        size: (width, height) to scale to.

    Raises:
        MediaError: missing, empty, truncated or damaged file, or not a picture.
    """
    check_readable(path)
    try:
        with Pillow.open(path) as file:
            picture = ImageOps.exif_transpose(file)
            if picture.has_transparency_data:
                white = Pillow.new("RGBA", picture.size, "white")
                picture = Pillow.alpha_composite(white, picture.convert("RGBA"))
            picture = picture.convert("RGB")
    except UnidentifiedImageError as error:
        raise MediaError(f"{path}: not a picture") from error
    except (OSError, SyntaxError, ValueError, Pillow.DecompressionBombError) as error:
        raise MediaError(f"{path}: truncated or damaged picture") from error
    if size is not None:
        picture = picture.resize(size, Pillow.Resampling.LANCZOS)
    return np.asarray(picture)


def write_picture(path: Path, image: Image) -> None:
    """Write H×W×3 uint8 RGB, in the format that the suffix says.

    Raises:
        MediaError: unknown suffix, or the file can't be written.
    """
    if not is_picture(path):
        raise MediaError(f"{path}: unknown kind of picture (known: {' '.join(SUFFIXES)})")
    with replacing(path) as temporary:
        Pillow.fromarray(image).save(temporary, quality=_QUALITY)


def stylize_picture(
    source: Path, target: Path, paint: Paint, *, size: tuple[int, int] | None = None
) -> None:
    """Paint the picture `source` and write the result to `target`.

    Args and errors are those of `pleinair.video.stylize_video`.
    """
    write_picture(target, paint(read_picture(source, size)))
