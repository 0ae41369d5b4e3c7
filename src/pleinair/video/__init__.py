"""Frames from video files and pictures, and back into them.

Everything here works on H×W×3 uint8 RGB arrays and knows nothing of networks: what paints a
frame is any function of one.
"""

from pleinair.video.errors import MediaError
from pleinair.video.picture import is_picture, read_picture, stylize_picture, write_picture
from pleinair.video.reader import Clip, Frame, VideoReader, probe
from pleinair.video.stylize import Progress, stylize_images, stylize_video
from pleinair.video.writer import VideoWriter

__all__ = [
    "Clip",
    "Frame",
    "MediaError",
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
