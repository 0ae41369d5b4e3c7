"""Write a video file: frames in, H.264 or VP9 out, beside copied audio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeAlias, cast

import av
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from pleinair.video.encoder import Encoder, Shape, VideoPacket
from pleinair.video.errors import MediaError
from pleinair.video.reader import Frame

AudioPacket: TypeAlias = "av.Packet[AudioStream]"


@dataclass(frozen=True)
class Encoding:
    """How to encode for one kind of file: FFmpeg codec names and the video codec's options.

    `steady` are further options with which the same frames always become the same bytes.
    """

    video: str
    audio: str
    options: dict[str, str]
    container: dict[str, str]
    steady: dict[str, str]


_X264 = {"preset": "veryfast", "crf": "18"}
# In its AVX-512 form x264's macroblock tree gives other bytes each time.
_STEADY = {"mbtree": "0"}
_VP9 = {"deadline": "realtime", "cpu-used": "6", "crf": "28", "b": "0", "row-mt": "1"}
_WEB = {"movflags": "+faststart"}  # the index comes first, so that a browser can start at once

ENCODINGS = {
    ".mp4": Encoding("libx264", "aac", _X264, _WEB, _STEADY),
    ".m4v": Encoding("libx264", "aac", _X264, _WEB, _STEADY),
    ".mov": Encoding("libx264", "aac", _X264, _WEB, _STEADY),
    ".mkv": Encoding("libx264", "aac", _X264, {}, _STEADY),
    ".webm": Encoding("libvpx-vp9", "libopus", _VP9, {}, {}),
}
"""Video files that we write, by their suffix."""


class VideoWriter:
    """Writes one video file; use as a context manager, which closes it.

    Frames keep the times that they come with, so a variable frame rate stays variable. A picture
    with an odd width or height is one pixel larger in the file.

    Args:
        path: the file; its suffix, one of `ENCODINGS`, says the format.
        shape: of the frames.
        audio: streams of the input whose packets `copy` will get.

    Raises:
        MediaError: the suffix is none that we write.
        av.FFmpegError: the file can't be written.
    """

    def __init__(self, path: Path, shape: Shape, *, audio: Sequence[AudioStream] = ()) -> None:
        encoding = encoding_of(path)
        self._container = av.open(str(path), "w", container_options=encoding.container)
        self._video = cast(
            VideoStream,
            self._container.add_stream(encoding.video, shape.rate, dict(encoding.options)),
        )
        self._encoder = Encoder(self._video.codec_context, shape)
        self._audio = {stream.index: self._add_audio(stream, encoding) for stream in audio}

    def _add_audio(self, stream: AudioStream, encoding: Encoding) -> _Copy | _Transcode:
        if stream.codec_context.codec.canonical_name in self._container.supported_codecs:
            return _Copy(self._container.add_stream_from_template(stream))
        rate = 48000 if encoding.audio == "libopus" else stream.codec_context.sample_rate
        target = cast(AudioStream, self._container.add_stream(encoding.audio, rate))
        target.codec_context.layout = stream.codec_context.layout
        return _Transcode(target, stream)

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._finish()
        self._container.close()

    @property
    def header(self) -> bytes:
        """What a decoder must know before the first packet of the video."""
        self._container.start_encoding()
        return self._video.codec_context.extradata or b""

    def write(self, frame: Frame) -> None:
        """Encode one frame. Frames come in the order of their times.

        Raises:
            ValueError: the frame isn't of the size that the file was opened for.
            av.FFmpegError: the file can't be written, for example because the disk is full.
        """
        self._mux(self._encoder.encode(frame))

    def add(self, packet: VideoPacket) -> None:
        """Pass on a packet of the video that was encoded elsewhere, as frames are here."""
        self._mux([packet])

    def copy(self, packet: AudioPacket) -> None:
        """Pass on one audio packet of the input, re-encoded only where the format needs it."""
        self._container.mux(self._audio[packet.stream.index].packets(packet))

    def _finish(self) -> None:
        self._mux(self._encoder.finish())
        for track in self._audio.values():
            self._container.mux(track.packets(None))

    def _mux(self, packets: list[VideoPacket]) -> None:
        for packet in packets:
            packet.stream = self._video
        self._container.mux(packets)


class _Copy:
    """Audio packets as they are."""

    def __init__(self, target: AudioStream) -> None:
        self._target = target

    def packets(self, packet: AudioPacket | None) -> list[AudioPacket]:
        if packet is None:
            return []
        packet.stream = self._target
        return [packet]


class _Transcode:
    """Audio packets decoded and encoded again."""

    def __init__(self, target: AudioStream, source: AudioStream) -> None:
        self._target = target
        self._source = source
        codec = target.codec_context
        self._resampler = av.AudioResampler(codec.format, codec.layout, codec.sample_rate)

    def packets(self, packet: AudioPacket | None) -> list[AudioPacket]:
        frames = self._source.codec_context.decode(packet)
        ready = [part for frame in frames for part in self._resampler.resample(frame)]
        if packet is None:
            ready += self._resampler.resample(None)
        encoded = [out for frame in ready for out in self._target.encode(frame)]
        return encoded + self._target.encode(None) if packet is None else encoded


def encoding_of(path: Path) -> Encoding:
    """Say how to encode a file of this name, or raise `MediaError` with the suffixes we know."""
    try:
        return ENCODINGS[path.suffix.lower()]
    except KeyError:
        known = " ".join(ENCODINGS)
        raise MediaError(f"{path}: unknown kind of video (known: {known})") from None
