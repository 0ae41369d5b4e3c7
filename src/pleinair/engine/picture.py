"""Pictures of 8 bits as cameras and decoders give them, seen through NumPy without a copy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleinair.engine import library as c

Plane = NDArray[np.uint8]

PACKED = {"rgb": 3, "bgr": 3, "rgba": 4, "bgra": 4}  # bytes of a pixel
FORMATS = (*PACKED, "nv12", "i420")
MATRICES = ("601", "709")


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture in one of `FORMATS`.

    `planes` are uint8 arrays, seen and not copied; H is the height and W the width in pixels, h
    and w are their halves, rounded up:

    - "rgb", "bgr": one plane of H×W×3; "rgba", "bgra": one of H×W×4, whose alpha is ignored when
      read and 255 when written;
    - "nv12": luma H×W, then Cb and Cr side by side h×w×2;
    - "i420": luma H×W, then Cb h×w, then Cr h×w.

    The bytes of a row must adjoin, rows may lie anywhere: a window of a larger array will do.

    `matrix`, "601" or "709", and `full_range` (0..255 instead of luma 16..235 and chroma 16..240)
    say what luma and chroma mean (ITU-R BT.601, BT.709). `mirrored` reads or writes each row from
    right to left.

    Raises ValueError for planes that are not of these shapes.
    """

    planes: tuple[Plane, ...]
    format: str = "rgb"
    matrix: str = "601"
    full_range: bool = False
    mirrored: bool = False

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise ValueError(f"no pixel format {self.format!r} (known: {', '.join(FORMATS)})")
        if self.matrix not in MATRICES:
            raise ValueError(f"no matrix {self.matrix!r} (known: {', '.join(MATRICES)})")
        if not self.planes or self.planes[0].ndim < 2:
            raise ValueError("a picture's first plane has a height and a width")
        shapes = plane_shapes(self.format, *self.planes[0].shape[1::-1])
        if len(shapes) != len(self.planes):
            raise ValueError(f"{self.format} has {len(shapes)} planes, not {len(self.planes)}")
        for index, (plane, shape) in enumerate(zip(self.planes, shapes, strict=True)):
            _check_plane(plane, shape, f"plane {index} of {self.format}")

    @classmethod
    def of(cls, image: Plane | Picture) -> Picture:
        """Gives an array H×W×3 as RGB, H×W×4 as RGBA, and a picture as it is."""
        if isinstance(image, Picture):
            return image
        channels = image.shape[2] if image.ndim == 3 else 0
        if channels not in (3, 4):
            raise ValueError(f"an image is H×W×3 or H×W×4, not of shape {image.shape}")
        return cls((image,), "rgb" if channels == 3 else "rgba")

    def like(self, width: int, height: int) -> Picture:
        """Makes a picture of the same format with another size and nothing in it; not mirrored."""
        shapes = plane_shapes(self.format, width, height)
        planes = tuple(np.empty(shape, np.uint8) for shape in shapes)
        return Picture(planes, self.format, self.matrix, self.full_range)

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.planes[0].shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.planes[0].shape[0])

    def rgb(self) -> Plane:
        """The plane of a packed format as red, green and blue from left to right: a view.

        Raises ValueError for formats with chroma.
        """
        if self.format not in PACKED:
            raise ValueError(f"{self.format} has no plane of red, green and blue")
        plane = self.planes[0][..., :3]
        if self.format.startswith("bgr"):
            plane = plane[..., ::-1]
        return plane[:, ::-1] if self.mirrored else plane

    def native(self) -> c.Image:
        """The same as the engine sees it; holds no reference to the planes."""
        image = c.Image(width=self.width, height=self.height, mirrored=self.mirrored)
        image.format = FORMATS.index(self.format)
        image.matrix = MATRICES.index(self.matrix)
        image.range = int(self.full_range)
        for index, plane in enumerate(self.planes):
            image.data[index] = plane.ctypes.data
            image.stride[index] = plane.strides[0]
        return image


def plane_shapes(pixels: str, width: int, height: int) -> tuple[tuple[int, ...], ...]:
    """Shapes of the planes of a picture of `width`×`height` pixels in one of `FORMATS`."""
    if pixels in PACKED:
        return ((height, width, PACKED[pixels]),)
    half = (height + 1) // 2, (width + 1) // 2
    if pixels == "nv12":
        return (height, width), (*half, 2)
    return (height, width), half, half


def _check_plane(plane: Plane, shape: tuple[int, ...], name: str) -> None:
    if plane.dtype != np.uint8:
        raise ValueError(f"{name} is {plane.dtype} instead of uint8")
    if plane.shape != shape:
        raise ValueError(f"{name} has shape {plane.shape} instead of {shape}")
    adjoining = (*shape[2:], 1)  # bytes from pixel to pixel, and from colour to colour
    for size, stride, wanted in zip(shape[1:], plane.strides[1:], adjoining, strict=True):
        if size > 1 and stride != wanted:
            raise ValueError(f"{name} has gaps within its rows (strides {plane.strides})")
