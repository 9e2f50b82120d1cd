"""What becomes of an original while its dub sounds: muted, ducked or its background alone kept, and all of it can be undone."""
from __future__ import annotations

import contextlib

from ..engine.problems import LineProblem
from . import backgrounds, compat, performers, props


def quieten(scene, strip, uid: str, first: int, length: int, locked: bool, dubbed) -> str:
    """Mutes or ducks an original while a take sounds, as the scene wishes, and notes what it was. Returns a warning.

    Where its background is to be kept it is muted, too: `lacking` tells later what is to be laid beside it.

    An original that is only this line's is muted or lowered as a whole; a longer one by keyframes around the line.
    dubbed: uids of the lines that have a take; where another line was quietened whose take is gone, it sounds again.
    """
    wanted = scene.dubline.original
    if wanted == "KEEP":
        return ""
    if locked:
        return f"{strip.name} is locked: the original still sounds."
    known = props.state(strip)
    was = known.get("was") or {"mute": strip.mute, "volume": strip.volume, "keys": []}
    if wanted == "BACKGROUND" and "was" in known and strip.mute and not was["keys"]:
        return ""  # its background sounds all the time, or will
    if wanted != "BACKGROUND" and was.pop("apart", False):
        backgrounds.withdraw(scene, strip)
    factor = 10 ** (scene.dubline.duck / 20) if wanted == "DUCK" else 0.0
    begin, finish = compat.start(strip), compat.end(strip)
    shared = min(finish, first + length) - max(begin, first)
    if 2 * shared > finish - begin and not was["keys"]:
        if wanted != "DUCK":
            strip.mute, strip.volume = True, was["volume"]
        else:
            strip.mute, strip.volume = was["mute"], was["volume"] * factor
    elif _animated(scene, strip) and not was["keys"]:
        return f"The volume of {strip.name} is animated: the original is left alone."
    else:
        was["keys"] = [key for key in was["keys"] if key[0] in dubbed]
        _dip(scene, strip, was, [uid, max(begin, first), min(finish, first + length), was["volume"] * factor])
    props.update(strip, was=was)
    return ""


def requieten(scene, strip, uid: str, first: int, length: int, dubbed):
    """Takes the low stretch of a line along when its take moves over an original of several lines."""
    was = props.state(strip).get("was")
    if not was or not was["keys"]:
        return
    if min(compat.end(strip), first + length) > max(compat.start(strip), first):
        quieten(scene, strip, uid, first, length, False, dubbed)
        return
    was["keys"] = [key for key in was["keys"] if key[0] != uid]
    _write(scene, strip, was)
    props.update(strip, was=was)


def _dip(scene, strip, was: dict, dip: list):
    """Keyframes that hold the volume low during every line of the strip, with a ramp of one frame before and after.

    dip: uid of the line, first frame, frame after the last, volume; kept by the frame of the content, which moves along.
    """
    zero = round(compat.start(strip) - compat.head(strip))
    uid, first, last, low = dip
    was["keys"] = [*(other for other in was["keys"] if other[0] != uid), [uid, first - zero, last - zero, low]]
    _write(scene, strip, was)


def _write(scene, strip, was: dict):
    path = strip.path_from_id("volume")
    zero = round(compat.start(strip) - compat.head(strip))
    _unanimate(scene, strip)
    level: dict[int, float] = {}
    for _uid, begin, finish, volume in was["keys"]:
        # the mixer rounds a curve's corners over about a frame, so the low stretch is a frame longer at either end
        for frame, value in ((begin - 2, was["volume"]), (begin - 1, volume), (finish, volume), (finish + 1, was["volume"])):
            level[zero + frame] = min(value, level.get(zero + frame, value))
    for frame, value in sorted(level.items()):
        strip.volume = value
        strip.keyframe_insert("volume", frame=frame)
    for _owner_of, curve in compat.fcurves(scene, path):
        for key in curve.keyframe_points:
            key.interpolation = "LINEAR"
    strip.volume = was["volume"]
    if was.get("apart"):
        backgrounds.fill(scene, strip, level, was["volume"])


def lacking(scene, uids) -> list:
    """The originals of these uids that were muted for the sake of their background, and have none yet."""
    if scene.dubline.original != "BACKGROUND" or not uids:
        return []
    known = [(strip, props.state(strip)) for strip in compat.all_strips(scene.sequence_editor) if strip.type == "SOUND" and props.KEY in strip]
    there = {state.get("background") for _strip, state in known}
    return [strip for strip, state in known if "was" in state and state.get("uid") in uids and state["uid"] not in there]


def keep_background(scene, strip, path: str, whole: bool):
    """Lays the background beside the original, in its stead all the time, or where lines of it are dubbed. Raises LineProblem."""
    was = props.state(strip).get("was") or {"mute": strip.mute, "volume": strip.volume, "keys": []}
    backgrounds.lay(scene, strip, path, was["volume"], not was["keys"])
    was["apart"] = True
    if whole and was["keys"]:
        _unanimate(scene, strip)
        was["keys"] = []
    if was["keys"]:
        _write(scene, strip, was)
    else:
        strip.mute, strip.volume = True, was["volume"]
    props.update(strip, was=was)


def follow(scene) -> int:
    """Takes backgrounds along with their originals, and gives one to every piece that was cut off an original; how many were changed or laid."""
    count = 0
    for strip, before in backgrounds.follow(scene):
        count += 1
        for piece in backgrounds.bereft(scene, strip, before):
            with contextlib.suppress(LineProblem):  # no channel is free: the piece stays silent as it is
                keep_background(scene, piece, performers.path_of(strip), False)
                count += 1
    return count


def _unanimate(scene, strip):
    for owner, curve in compat.fcurves(scene, strip.path_from_id("volume")):
        owner.remove(curve)


def _animated(scene, strip) -> bool:
    return bool(compat.fcurves(scene, strip.path_from_id("volume")))


def restore(scene, strips) -> int:
    """Gives the originals among the strips, and those of backgrounds among them, their own mute and volume again; how many there were."""
    count = 0
    for strip in backgrounds.originals_of(scene, strips):
        was = props.state(strip).get("was")
        if was is None:
            continue
        if was.get("apart"):
            backgrounds.withdraw(scene, strip)
        if was["keys"]:
            _unanimate(scene, strip)
        strip.mute, strip.volume = was["mute"], was["volume"]
        props.update(strip, was=None)
        count += 1
    return count
