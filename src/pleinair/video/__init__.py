"""Frames from video files and pictures, and back into them.

Nothing here knows of networks: what paints a frame is any function of an H×W×3 uint8 RGB array, or
a `PicturePainter`, which gets luma and chroma as decoders give them.
"""

from pleinair.video.errors import MediaError
from pleinair.video.picture import is_picture, read_picture, stylize_picture, write_picture
from pleinair.video.reader import Clip, Frame, VideoReader, probe
from pleinair.video.stylize import PicturePainter, Progress, stylize_images, stylize_video
from pleinair.video.writer import VideoWriter

__all__ = [
    "Clip",
    "Frame",
    "MediaError",
    "PicturePainter",
    "Progress",
    "VideoReader",
    "VideoWriter",
    "is_picture",
    "probe",
    "read_picture",
    "stylize_images",
    "stylize_picture",
    "stylize_video",
    "write_picture",
]
