"""Paint a whole video file: decoding, painting and encoding run side by side."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

from pleinair.engine import Picture
from pleinair.video.channel import Channel, ChannelClosedError
from pleinair.video.cuts import Cuts
from pleinair.video.encoder import Shape
from pleinair.video.files import replacing
from pleinair.video.planes import blank
from pleinair.video.reader import Clip, Frame, Image, Item, VideoReader
from pleinair.video.writer import AudioPacket, VideoWriter, encoding_of

Paint: TypeAlias = Callable[[Image], Image]
"""Maps H×W×3 uint8 RGB to the same shape and type."""


@runtime_checkable
class PicturePainter(Protocol):
    """Paints pictures with luma and chroma as decoders give them, without RGB in between.

    `takes_pictures` says whether it really does; else it is called like any `Paint`.
    """

    @property
    def takes_pictures(self) -> bool: ...  # noqa: D102

    def paint(self, image: Picture, out: Picture) -> None:
        """Fill `out`, a picture of any format and of the size of `image`."""


@runtime_checkable
class EarlyPainter(Protocol):
    """Begins frames before the ones ahead of them are done: `in_flight` may be under way."""

    @property
    def in_flight(self) -> int: ...  # noqa: D102

    def begin(self, frame: Image) -> Callable[[], Image]:
        """Give what waits for the painting."""


Begin: TypeAlias = Callable[[Item], Callable[[], Item]]
"""Begins what is to be done with an item; what it gives waits for the end."""

# Frames and audio packets that may wait between two threads: enough to even out slow frames,
# little enough that minutes of 4K don't pile up in memory.
_WAITING = 12


@dataclass(frozen=True)
class Progress:
    """How far a clip is: frames done and in all, frames per second, seconds left."""

    done: int
    total: int
    fps: float
    seconds_left: float


def stylize_video(
    source: Path,
    target: Path,
    paint: Paint,
    *,
    size: tuple[int, int] | None = None,
    progress: Callable[[Progress], None] | None = None,
    on_cut: Callable[[], None] | None = None,
) -> Clip:
    """Paint every frame of `source` and write the result to `target`.

    Frame times, duration and audio stay as they are; rotated clips come out upright. `target`
    appears when it is complete: after an error or an interruption nothing is left of it, and a
    file that was there before is untouched.

    Args:
        source: a video in any format that FFmpeg reads.
        target: the file to write; its suffix is one of `ENCODINGS`.
        paint: called on one frame at a time, in this thread; a `PicturePainter` gets luma and
            chroma as they come.
        size: (width, height) to scale to before painting.
        progress: called after each painted frame.
        on_cut: called before the first frame of each new scene but the first, in this thread.

    Returns:
        What was found in `source`.

    Raises:
        MediaError: `source` can't be read or `target` can't be written.
    """
    encoding_of(target)
    with VideoReader(source, size, planes=takes_pictures(paint)) as reader:
        with (
            replacing(target) as temporary,
            VideoWriter(temporary, shape_of(reader.clip, size), audio=reader.audio) as writer,
        ):
            step = frame_painter(paint, reader.size, on_cut)
            step = _counted(step, reader.clip.frames, progress)
            run(reader, step, writer, in_flight(paint))
        return reader.clip


def stylize_images(
    images: Iterable[Image],
    target: Path,
    paint: Paint,
    *,
    count: int,
    size: tuple[int, int],
    rate: int,
    progress: Callable[[Progress], None] | None = None,
) -> None:
    """Paint pictures and write them to `target` as a video.

    Args:
        images: H×W×3 uint8 RGB, drawn or read while others are painted.
        target: the file to write; its suffix is one of `ENCODINGS`.
        paint: called on one picture at a time, in this thread.
        count: how many pictures come, for the progress.
        size: (width, height) of the pictures in pixels.
        rate: pictures per second.
        progress: called after each painted picture.

    Raises:
        MediaError: `target` can't be written.
    """
    encoding_of(target)
    frames = (Frame(image, index, 1) for index, image in enumerate(images))
    with (
        replacing(target) as temporary,
        VideoWriter(temporary, Shape(size, Fraction(1, rate), Fraction(rate))) as writer,
    ):
        step = _counted(frame_painter(paint, size), count, progress)
        run(frames, step, writer, in_flight(paint))


def shape_of(clip: Clip, size: tuple[int, int] | None) -> Shape:
    """Say what frames of a clip are like once they are scaled to `size`, (width, height)."""
    if size is None:
        return Shape((clip.width, clip.height), clip.time_base, clip.rate, clip.pixel_aspect)
    # A size asked for is a size in square pixels.
    return Shape(size, clip.time_base, clip.rate)


def takes_pictures(paint: Paint) -> bool:
    """Say whether frames should come with luma and chroma."""
    return isinstance(paint, PicturePainter) and paint.takes_pictures


def in_flight(paint: Paint) -> int:
    """Say how many frames should be under way at once."""
    return paint.in_flight if isinstance(paint, EarlyPainter) else 1


def frame_painter(
    paint: Paint, size: tuple[int, int], on_cut: Callable[[], None] | None = None
) -> Begin:
    """Give what paints frames of a size, calling `on_cut` where a new scene begins.

    Anything else than a frame passes as it is.
    """
    onto = _onto(paint, size)
    begin = onto if on_cut is None else _watching(onto, on_cut)

    def step(item: Item) -> Callable[[], Item]:
        if not isinstance(item, Frame):
            return lambda: item
        finish = begin(item.image)
        return lambda: replace(item, image=finish())

    return step


def _onto(paint: Paint, size: tuple[int, int]) -> Callable[[Any], Callable[[], Image | Picture]]:
    """What begins to paint a frame's image: onto what the encoder takes, where it can."""
    if takes_pictures(paint):
        return lambda image: _done(_paint_picture(paint, image, size))
    if isinstance(paint, EarlyPainter):
        return paint.begin
    return lambda image: _done(paint(image))


def _paint_picture(paint: Any, image: Image | Picture, size: tuple[int, int]) -> Picture:
    out = blank(size)
    paint.paint(Picture.of(image), out)
    return out


def _done(image: Image | Picture) -> Callable[[], Image | Picture]:
    return lambda: image


def _watching(
    begin: Callable[[Any], Callable[[], Image | Picture]], on_cut: Callable[[], None]
) -> Callable[[Any], Callable[[], Image | Picture]]:
    cuts = Cuts()

    def step(image: Image | Picture) -> Callable[[], Image | Picture]:
        if cuts.before(image):
            on_cut()
        return begin(image)

    return step


def _counted(begin: Begin, total: int, progress: Callable[[Progress], None] | None) -> Begin:
    if progress is None:
        return begin
    start = time.perf_counter()
    done = 0

    def counting(item: Item) -> Callable[[], Item]:
        finish = begin(item)

        def finished() -> Item:
            nonlocal done
            painted = finish()
            if isinstance(item, Frame):
                done += 1
                fps = done / (time.perf_counter() - start)
                progress(Progress(done, total, fps, max(0, total - done) / fps))
            return painted

        return finished

    return counting


def in_order(items: Iterable[Item], begin: Begin, most: int) -> Iterator[Item]:
    """Do something with every item, `most` of them under way at once."""
    waiting: deque[Callable[[], Item]] = deque()
    for item in items:
        waiting.append(begin(item))
        if len(waiting) >= most:
            yield waiting.popleft()()
    for finish in waiting:
        yield finish()


class Sink(Protocol):
    """Takes what comes out of a clip, painted."""

    def write(self, frame: Frame) -> None:
        """Take a frame."""

    def copy(self, packet: AudioPacket) -> None:
        """Take a packet of audio."""


def run(reader: Iterable[Item], step: Begin, writer: Sink, most: int = 1) -> None:
    """Read in one thread, do `step` in this one, of `most` items at once, write in a third."""
    decoded: Channel[Item] = Channel(_WAITING)
    painted: Channel[Item] = Channel(_WAITING)

    def decode() -> None:
        for item in reader:
            decoded.put(item)
        decoded.end()

    def encode() -> None:
        for item in painted:
            if isinstance(item, Frame):
                writer.write(item)
            else:
                writer.copy(item)

    workers = [_Worker(decode, decoded, painted), _Worker(encode, decoded, painted)]
    try:
        for item in in_order(decoded, step, most):
            painted.put(item)
        painted.end()
    except ChannelClosedError:
        pass  # a worker failed; its error is raised below
    except BaseException:
        decoded.close()
        painted.close()
        raise
    finally:
        for worker in workers:
            worker.join()
    for worker in workers:
        if worker.error is not None:
            raise worker.error


class _Worker(threading.Thread):
    """A started thread that keeps its error, and closes the channels so that others stop too."""

    def __init__(self, work: Callable[[], None], *channels: Channel[Item]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._channels = channels
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self._work()
        except ChannelClosedError:
            pass
        except BaseException as error:
            self.error = error
            for channel in self._channels:
                channel.close()
