"""Cut a clip into parts that can be painted anywhere, and join what was painted."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from pleinair.video.cuts import Cuts
from pleinair.video.encoder import Encoder, VideoPacket, lone_codec
from pleinair.video.errors import MediaError
from pleinair.video.files import replacing
from pleinair.video.reader import Clip, Frame, Span, VideoReader
from pleinair.video.stylize import Paint, frame_painter, in_flight, run, shape_of, takes_pictures
from pleinair.video.writer import AudioPacket, VideoWriter, encoding_of

SECONDS = 10.0
"""The least length of a part but the last: enough for its beginning to cost little."""

WHOLE = Span()

Times = NDArray[np.int64]


@dataclass(frozen=True)
class Parts:
    """A clip, its spans one after another, and how many frames should be in each."""

    clip: Clip
    spans: tuple[Span, ...]
    frames: tuple[int, ...]

    @property
    def one(self) -> Parts:
        """The same clip in one part."""
        return Parts(self.clip, (WHOLE,), (sum(self.frames),))


def split(
    source: Path,
    paint: Paint,
    *,
    size: tuple[int, int] | None = None,
    at_cuts: bool = False,
    seconds: float = SECONDS,
) -> Parts:
    """Find where to cut a clip: at key frames, where decoding can begin.

    Args:
        source: a video in any format that FFmpeg reads.
        paint: will paint it.
        size: (width, height) to which it will be scaled before painting.
        at_cuts: cut where `stylize_video` calls `on_cut` instead, for a `paint` that remembers the
            frames of a scene. All frames are decoded to find these places.
        seconds: the least length of a part but the last.

    Raises:
        MediaError: `source` can't be read.
    """
    with VideoReader(source) as reader:
        clip = reader.clip
        times, keys = reader.index()
    known = sorted(time for time in times if time is not None)
    if len(known) < len(times) or not keys:
        return Parts(clip, (WHOLE,), (len(times),))
    places = _scenes(clip, paint, size) if at_cuts else keys
    starts: list[int] = [known[0]]
    for place in places:
        if (place - starts[-1]) * clip.time_base >= seconds and place >= keys[0]:
            starts.append(place)
    spans: list[Span] = []
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        key = max(key for key in keys if key <= start) if spans else None
        spans.append(Span(key, start if spans else None, end))
    bounds = [0, *(bisect_left(known, start) for start in starts[1:]), len(known)]
    counts = [after - before for before, after in pairwise(bounds)]
    return Parts(clip, tuple(spans), tuple(counts))


def _scenes(clip: Clip, paint: Paint, size: tuple[int, int] | None) -> Iterator[int]:
    """Times at which scenes but the first begin."""
    cuts = Cuts()
    with VideoReader(clip.path, size, planes=takes_pictures(paint), clip=clip) as reader:
        for frame in reader.frames(WHOLE):
            if cuts.before(frame.image):
                yield frame.pts


def paint_part(
    source: Path,
    clip: Clip,
    span: Span,
    part: Path,
    paint: Paint,
    *,
    kind: str,
    size: tuple[int, int] | None = None,
    on_cut: Callable[[], None] | None = None,
) -> None:
    """Paint the frames of a span and write them, encoded, to the file `part`.

    The file is the same on every machine with the same version of FFmpeg's libraries and the same
    vector instructions; the frames before encoding are the same on all.

    Args:
        source: the clip.
        clip: what is known of it.
        span: one of those that `split` gave for it.
        part: the file to write, for `join` alone.
        paint: as `stylize_video` takes it, `on_cut` too.
        kind: suffix of the video that the parts will make, one of `ENCODINGS`.
        size: (width, height) to scale to before painting.
        on_cut: called before the first frame of each new scene but the first of the span.

    Raises:
        MediaError: `source` can't be read or `part` can't be written.
    """
    with VideoReader(source, size, planes=takes_pictures(paint), clip=clip) as reader:
        encoded = _Encoded(clip, size, kind)
        step = frame_painter(paint, reader.size, on_cut)
        run(reader.frames(span), step, encoded, in_flight(paint))
    with replacing(part) as temporary:
        encoded.save(temporary)


class _Encoded:
    """Frames of a part as packets, and those as arrays in a file of NumPy's."""

    def __init__(self, clip: Clip, size: tuple[int, int] | None, kind: str) -> None:
        encoding, shape = encoding_of(Path(f"_{kind}")), shape_of(clip, size)
        options = encoding.options | encoding.steady
        self._codec = lone_codec(encoding.video, options, shape.rate)
        self._encoder = Encoder(self._codec, shape)
        self._packets: list[VideoPacket] = []

    def write(self, frame: Frame) -> None:
        self._packets += self._encoder.encode(frame)

    def copy(self, packet: AudioPacket) -> None:
        raise AssertionError(f"parts have no sound, but here is {packet}")

    def save(self, path: Path) -> None:
        packets = self._packets + self._encoder.finish()
        with path.open("wb") as file:
            np.savez(
                file,
                header=np.frombuffer(self._codec.extradata or b"", np.uint8),
                times=np.array([packet.pts for packet in packets], np.int64),
                durations=np.array([packet.duration for packet in packets], np.int64),
                keys=np.array([packet.is_keyframe for packet in packets], np.bool_),
                ends=np.cumsum([packet.size for packet in packets], dtype=np.int64),
                data=np.frombuffer(b"".join(map(bytes, packets)), np.uint8),
            )


def add_up(parts: Parts, files: Sequence[Path]) -> bool:
    """Say whether the files of several parts have the frames that the clip should have.

    Of damaged clips they may not; such a clip should be painted in one.

    Raises:
        MediaError: a file can't be read.
    """
    return len(files) == 1 or parts.frames == tuple(len(_array(file, "times")) for file in files)


def join(
    source: Path,
    parts: Parts,
    files: Sequence[Path],
    target: Path,
    *,
    size: tuple[int, int] | None = None,
) -> None:
    """Make a video of painted parts and the sound of their source.

    Times, durations and packets of sound are those that `stylize_video` would write. `target`
    appears when it is complete, or not at all.

    Args:
        source: the clip that was painted.
        parts: as `split` gave them.
        files: of the parts, in their order.
        target: the video to write, of the kind that the parts were made for.
        size: (width, height) that the frames were scaled to.

    Raises:
        MediaError: a file can't be read or written.
    """
    shown, decoded = _in_order(np.concatenate([_array(file, "times") for file in files]))
    with (
        VideoReader(source, size, clip=parts.clip) as reader,
        replacing(target) as temporary,
        VideoWriter(temporary, shape_of(parts.clip, size), audio=reader.audio) as writer,
    ):
        video = _packets(files, shown, decoded, writer.header, parts.clip.time_base)
        # Sound is mixed in as it is due, or the container would keep all of it in memory.
        for packet, is_sound in heapq.merge(
            ((packet, False) for packet in video),
            ((packet, True) for packet in reader.sound()),
            key=lambda each: float((each[0].dts or 0) * each[0].time_base),
        ):
            if is_sound:
                writer.copy(packet)
            else:
                writer.add(packet)


def _packets(
    files: Sequence[Path], shown: Times, decoded: Times, header: bytes, time_base: Fraction
) -> Iterator[av.Packet[Any]]:
    """Packets of all parts in a row, with their new times."""
    number = 0
    for file in files:
        if _array(file, "header").tobytes() != header:
            raise MediaError(f"{file}: was encoded by another version of FFmpeg's libraries")
        data = _array(file, "data").tobytes()
        durations, keys = _array(file, "durations"), _array(file, "keys")
        start = 0
        for index, end in enumerate(_array(file, "ends").tolist()):
            packet: av.Packet[Any] = av.Packet(data[start:end])
            packet.time_base = time_base
            packet.pts, packet.dts = int(shown[number]), int(decoded[number])
            packet.duration = int(durations[index])
            packet.is_keyframe = bool(keys[index])
            yield packet
            start, number = end, number + 1


def _in_order(times: Times) -> tuple[Times, Times]:
    """For packets in the order of decoding: when their frames are shown, and decoded.

    No two frames are shown at one time: the later one waits a tick. A frame is decoded when the
    one is shown that is `delay` places before it, or as long before as the first few take.
    """
    if not len(times):
        return times, times
    order = np.argsort(times, kind="stable")
    ticks = np.arange(len(times))
    ranks = np.empty_like(order)
    ranks[order] = ticks
    sorted_times = np.maximum.accumulate(times[order] - ticks) + ticks
    delay = int((ticks - ranks).max())
    lead = sorted_times[:delay] - (sorted_times[delay] - sorted_times[0])
    decoded = np.concatenate([lead, sorted_times[: len(times) - delay]])
    return sorted_times[ranks], decoded


def _array(file: Path, name: str) -> NDArray[Any]:
    try:
        with np.load(file, allow_pickle=False) as arrays:
            array: NDArray[Any] = arrays[name]
            return array
    except (OSError, ValueError, KeyError) as error:
        raise MediaError(f"{file}: not a painted part, or a damaged one") from error
