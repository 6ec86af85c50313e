"""What browsers record, made whole: a WebM of pieces gets its length and an index, so that players can seek in it.

A recorder writes without knowing the end: no duration, elements of unknown size (Matroska specification, "Live
streaming"). A lost piece leaves a hole and a lost tab half an element; what lies whole between them is kept. Pure.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from struct import pack, unpack
from typing import Final

EBML: Final = 0x1A45DFA3
SEGMENT: Final = 0x18538067
INFO: Final = 0x1549A966
TRACKS: Final = 0x1654AE6B
CLUSTER: Final = 0x1F43B675
CUES: Final = 0x1C53BB6B
SCALE: Final = 0x2AD7B1
DURATION: Final = 0x4489
TIME: Final = 0xE7
SIMPLE_BLOCK: Final = 0xA3
BLOCK_GROUP: Final = 0xA0
BLOCK: Final = 0xA1
# What stands directly in a segment, and so ends a cluster of unknown size.
ABOVE: Final = frozenset({EBML, SEGMENT, INFO, TRACKS, CLUSTER, CUES, 0x114D9B74, 0x1254C367, 0x1043A770, 0x1941A469})
UNKNOWN: Final = -1
A_DAY: Final = 86_400.0  # seconds
LAST_BLOCK: Final = 0.06  # seconds that the newest block lasts; recorders write blocks of 20 to 60 ms


@dataclass(frozen=True, slots=True)
class Whole:
    """A recording that can be played and sought in. `seconds` is its length."""

    content: bytes
    seconds: float


@dataclass(slots=True)
class _Cluster:
    """Some seconds of sound: when it begins, its blocks as they were, when its last block begins."""

    time: int
    body: bytearray
    last: int
    track: int = 1

    def move(self, time: int) -> int:
        """Let it begin at another time, which is given back; never before the beginning."""
        time = max(time, 0)
        self.time, self.last = time, time + self.last - self.time
        return time


class _Broken(Exception):
    """The bytes here are no whole element."""


def make_whole(data: bytes, *, longest: float = A_DAY) -> Whole | None:
    """The recording with its length and index; None when these bytes are no WebM with sound in it. It cannot last
    longer than `longest` seconds: times beyond are damage, and that sound follows what lies before it."""
    try:
        head, tracks, scale, start = _beginning(data)
    except _Broken:
        return None
    clusters = [one for one in _clusters(data, start) if one.body]
    if not clusters:
        return None
    _steady(clusters, most=round(longest * 1e9 / scale), step=round(LAST_BLOCK * 1e9 / scale))
    first = min(cluster.time for cluster in clusters)
    end = max(cluster.last for cluster in clusters) - first
    seconds = end * scale / 1e9 + LAST_BLOCK
    for cluster in clusters:
        cluster.time -= first
    info = _element(
        INFO,
        _element(SCALE, scale.to_bytes(4, "big"))
        + _element(DURATION, pack(">d", seconds * 1e9 / scale))
        + _element(0x4D80, b"Hospes")
        + _element(0x5741, b"Hospes"),
    )
    return Whole(head + _segment(info + tracks, clusters), seconds)


def _steady(clusters: list[_Cluster], *, most: int, step: int) -> None:
    """Put clusters whose time a hole has torn right beside their neighbours; `most` and `step` are in ticks."""
    believed = set(_believed([cluster.time for cluster in clusters], most))
    first = min(believed)
    begin = clusters[first].time
    for cluster in reversed(clusters[:first]):
        begin = cluster.move(begin - step - (cluster.last - cluster.time))
    end = begin
    for at, cluster in enumerate(clusters[first:], first):
        if at not in believed:
            cluster.move(end + step)
        end = cluster.last


def _believed(times: list[int], most: int) -> list[int]:
    """Where the times stand that can all be true: the longest row that never goes back and spans `most` at most."""
    ends: list[int] = []
    places: list[int] = []
    before: list[int] = []
    for at, time in enumerate(times):
        length = bisect_right(ends, time)
        before.append(places[length - 1] if length else -1)
        ends[length : length + 1] = [time]
        places[length : length + 1] = [at]
    row, at = [], places[-1]
    while at >= 0:
        row.append(at)
        at = before[at]
    row.reverse()
    middle = times[row[len(row) // 2]]
    while times[row[-1]] - times[row[0]] > most:
        row.pop(0 if middle - times[row[0]] > times[row[-1]] - middle else -1)
    return row


def _segment(before: bytes, clusters: list[_Cluster]) -> bytes:
    """The segment: what describes it, the index, the sound. The index comes first, so its size must not depend on
    what it says: positions have eight bytes each."""
    made = [_element(CLUSTER, _element(TIME, c.time.to_bytes(8, "big")) + bytes(c.body)) for c in clusters]
    at = len(before) + len(_index(clusters, [0] * len(clusters)))
    places = []
    for cluster in made:
        places.append(at)
        at += len(cluster)
    return _element(SEGMENT, b"".join([before, _index(clusters, places), *made]))


def _index(clusters: list[_Cluster], places: list[int]) -> bytes:
    points = []
    for cluster, place in zip(clusters, places, strict=True):
        where = _element(0xF7, bytes([cluster.track])) + _element(0xF1, place.to_bytes(8, "big"))
        points.append(_element(0xBB, _element(0xB3, cluster.time.to_bytes(8, "big")) + _element(0xB7, where)))
    return _element(CUES, b"".join(points))


def _beginning(data: bytes) -> tuple[bytes, bytes, int, int]:
    """(EBML header, tracks, length of a tick in ns, where what follows the tracks begins). Raises _Broken."""
    name, start, end = _read(data, 0)
    if name != EBML or end == UNKNOWN:
        raise _Broken
    head, at = data[:end], end
    name, at, _end = _read(data, at)
    if name != SEGMENT or start == at:
        raise _Broken
    scale = 1_000_000
    while True:
        name, body, end = _read(data, at)
        if end == UNKNOWN or name == CLUSTER:
            raise _Broken
        if name == INFO:
            scale = _scale(data[body:end]) or scale
        if name == TRACKS:
            return head, data[at:end], scale, end
        at = end


def _scale(info: bytes) -> int:
    for name, body, end in _children(info, 0, len(info)):
        if name == SCALE:
            return int.from_bytes(info[body:end], "big") % (1 << 32)
    return 0


def _clusters(data: bytes, at: int) -> Iterator[_Cluster]:
    """Every cluster that can be found; after a hole, those that come after it."""
    mark = CLUSTER.to_bytes(4, "big")
    while (at := data.find(mark, at)) >= 0:
        try:
            _name, body, end = _read(data, at)
        except _Broken:
            at += 4
            continue
        cluster, at = _cluster(data, body, len(data) if end == UNKNOWN else end)
        if cluster is not None:
            yield cluster


def _cluster(data: bytes, at: int, end: int) -> tuple[_Cluster | None, int]:
    """(the cluster, where it ended): its whole blocks up to `end`, or up to what cannot belong to it."""
    found: _Cluster | None = None
    while at < end:
        try:
            name, body, stop = _read(data, at)
        except _Broken:
            break
        if name in ABOVE or stop == UNKNOWN or stop > len(data):
            break
        if name == TIME and found is None and stop - body <= 8:
            time = int.from_bytes(data[body:stop], "big")
            found = _Cluster(time, bytearray(), time)
        elif found is not None and name in (SIMPLE_BLOCK, BLOCK_GROUP):
            _take(found, data, name, at, body, stop)
        at = stop
    return found, at


def _take(cluster: _Cluster, data: bytes, name: int, at: int, body: int, stop: int) -> None:
    block = body
    if name == BLOCK_GROUP:
        block = next((start for inner, start, _e in _children(data, body, stop) if inner == BLOCK), stop)
    if stop - block < 4:
        return
    (ticks,) = unpack(">h", data[block + 1 : block + 3])
    if not cluster.body:
        cluster.track = data[block] & 0x7F
    cluster.body += data[at:stop]
    cluster.last = max(cluster.last, cluster.time + ticks)


def _children(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    while at < end:
        try:
            name, body, stop = _read(data, at)
        except _Broken:
            return
        if stop == UNKNOWN or stop > end:
            return
        yield name, body, stop
        at = stop


def _read(data: bytes, at: int) -> tuple[int, int, int]:
    """(name, where its body begins, where it ends or UNKNOWN) of the element at a place. Raises _Broken."""
    if at >= len(data) or not data[at]:
        raise _Broken
    length = 9 - data[at].bit_length()
    if length > 4 or at + length >= len(data):
        raise _Broken
    name = int.from_bytes(data[at : at + length], "big")
    at += length
    if not data[at]:
        raise _Broken
    width = 9 - data[at].bit_length()
    if at + width > len(data):
        raise _Broken
    size = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
    body = at + width
    return name, body, UNKNOWN if size == (1 << 7 * width) - 1 else body + size


def _element(name: int, body: bytes) -> bytes:
    size = (len(body) | 1 << 56).to_bytes(8, "big")
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + size + body
