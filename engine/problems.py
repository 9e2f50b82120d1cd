"""Everything that can go wrong with a line, each with a code, a sentence that says what happened and one that says what to do."""
from __future__ import annotations

from typing import Any

PROBLEMS: dict[str, tuple[str, str]] = {
    "empty_text": ("The line has no words to speak.", "Write its text, or take the strip out of the selection."),
    "no_words": ("No text strip or marker gives this recording its words.", "Lay a text strip over most of it, or set markers named with its words inside it."),
    "nothing_to_say": ("The text {text!r} holds nothing that can be spoken.", "Write words; signs and pictures alone have no sound."),
    "text_too_long": ("The text has {count} characters; a line may have {most}.", "Split the strip into shorter lines."),
    "word_too_long": ("{word!r} is read in {count} sounds; one word or number may have {most}.", "Put spaces into it."),
    "no_slot": ("The strip has no length.", "Give the strip at least one frame."),
    "slot_too_long": ("The slot of {seconds:.0f} s is longer than the {most:.0f} s that one take may have.", "Split the strip into shorter lines."),
    "does_not_fit": ("The words need at least {needed_ms:.0f} ms more than the slot has.", "Shorten the text, lengthen the strip, or allow it to run over."),
    "runs_into_next": ("The words run {over_ms:.0f} ms into the same speaker's next line.", "Shorten the text, move the next line, or let this one be spoken faster."),
    "no_voice": ("No voice is cast for {speaker!r}.", "Give the character a voice in the cast, or set a default voice."),
    "unknown_voice": ("There is no voice called {voice!r}.", "Choose one of the voices that `voices` lists."),
    "bad_voice": ("The voice in {path} cannot be used: {reason}", "Enrol the person again, or import the voice anew from where it was exported."),
    "voice_name": ("A voice cannot be called {name!r}: {reason}.", "Choose another name, such as anna or anna-2."),
    "voice_there": ("There is a voice called {voice!r} already.", "Choose another name, or replace it."),
    "no_consent": ("Nobody is enrolled without consent: {reason}.", "Say whose voice it is, and in which words they allow its use."),
    "unfit_voice": ("The recording cannot become a voice: {reason}.", "{remedy}"),
    "cannot_keep": ("The voice in {folder!r} could not be written or removed: {reason}.", "Free some space there, or choose a folder for models that can be written to."),
    "unknown_language": ("The language {language!r} is unknown.", "Use one of {languages}."),
    "no_front_end": ("{language} cannot be spoken here: {reason}", "Fetch the models in the preferences of Dubline, install what is missing, or choose another language."),
    "foreign_script": ("The text has characters that {language} cannot read: {characters}", "Set the line's language, or write these words in its script."),
    "no_model": ("The voice model is not on this computer: {reason}", "Fetch it with `models fetch`, or import it from a folder."),
    "bad_model": ("The voice model is damaged: {reason}", "Fetch it again."),
    "cannot_prepare": ("The voice model could not be prepared in {folder!r}: {reason}.", "Free one gigabyte there, or choose a folder for models that can be written to."),
    "no_torch": ("Refining a voice thoroughly needs the package torch, which cannot be used here: {reason}.", "Install it into the engine's Python with `pip install torch`, or take the quick gear, which needs nothing more."),
    "cannot_hear": ("Listening for {what} is not possible here: {reason}.", "Install the missing part; dubbing works without it."),
    "cannot_part": ("The voice cannot be taken out of the background here: {reason}.", "Fetch the models in the preferences of Dubline or with `models fetch deepfilternet3`, or mute or duck the original."),
    "cannot_lay": ("The sound could not be written to {folder!r}: {reason}.", "Free some space there, or choose another folder for takes."),
    "no_recogniser": ("The recogniser of speech, an optional model of 150 MB, is not in {folder!r}.", "Fetch it with the button beside Transcribe, or with `models fetch whisper-base`."),
    "cannot_transcribe": ("Words cannot be recognised here: {reason}.", "Install that package into the Python that runs the engine: `python -m pip install faster-whisper`."),
    "no_effect": ("The effect {effect!r} is not possible here: {reason}.", "Install the missing part, or choose another effect."),
    "no_manner": ("Nobody speaks in {path!r}, so no manner can be taken from it.", "Choose a recording of one person speaking, one second at least."),
    "bad_sound": ("{path!r} cannot be read as sound: {reason}", "Give a WAV, FLAC, OGG or MP3 file that plays."),
    "bad_film": ("{path!r} cannot be read as a film: {reason}.", "Give a film that plays; re-encode it if it plays elsewhere."),
    "no_reader": ("Descriptions in words cannot be read here: {reason}.", "Fetch the models in the preferences of Dubline or with `models fetch universal-sentence-encoder`, or set the emotion by its sliders."),
    "bad_script": ("{path} cannot be read: {reason}.", "{remedy}."),
    "bad_cue": ("{place} is passed over: {reason}.", "Correct it there and import it again."),
    "no_script": ("The marker @{id} stands for a line of the script, and none is chosen.", "Choose the scene's script, or rename the marker."),
    "no_such_line": ("The script {script!r} has no line @{id}.", "Write @{id} before the line there, or rename the marker."),
    "cannot_export": ("{path} could not be written: {reason}.", "Choose another place, name or format."),
    "no_performer": ("Nobody performs the line: {reason}.", "Choose another performer under Emotion, or relink the file."),
    "packed_sound": ("The sound of {strip} is packed into the Blender file, where nobody can listen to it.", "Unpack it with File > External Data."),
    "retimed": ("The speed of {strip} was changed, which {what} cannot follow.", "Give it its own speed again, or {instead}."),
    "missing_media": ("The recording {path!r} is missing.", "Relink the strip's file, or name another."),
    "not_yet": ("{feature} is not built yet.", "Leave it out for now."),
    "bad_wish": ("{reason}", "Correct the setting."),
    "no_device": ("Nothing can be heard by itself here: {reason}.", "Choose a sound device in Blender's Preferences > System; dubbing and rendering need none."),
    "no_take": ("The take {take} is not on this computer: {folder!r} and the folders of the other takes have no such file.", "Bring its files back, or redo the line."),
    "bad_take": ("The take {take} in {folder!r} is damaged: {reason}.", "Use another take, or remove its files and dub the line again."),
    "cannot_write": ("The take could not be written to {folder!r}: {reason}", "Free some space or choose another folder for takes."),
    "cancelled": ("Cancelled before this line was made.", "Dub it again when you like; finished takes are kept."),
    "worker_died": ("The speech engine stopped while this line was open ({reason}). Its log: {log}", "Dub the line again; the engine starts anew by itself."),
    "no_cluster": ("The Dask scheduler at {address} could not have this line spoken: {reason}", "See that it and its workers run, and with this very version, then dub the line again; finished takes are kept."),
    "cannot_start": ("The speech engine could not be started: {reason}.", "Choose another Python in the preferences of Dubline, or let speech be made In Blender there; an antivirus may have to let {program} run."),
    "no_library": ("A part of the engine cannot be loaded here: {reason}.", "Install the zip of Dubline that is made for this system and this Blender; if it is installed, an antivirus may have taken the part away."),
    "no_memory": ("There is not enough memory free for this line.", "Close other programs, or split the line."),
    "cannot_read": ("A file could not be read: {reason}.", "See whether its drive is there and you may read it, then dub the line again."),
    "locked": ("The channel {channel!r} is locked.", "Unlock it, then dub the line again; the take is kept."),
    "line_locked": ("The line was locked while it was spoken: its strip plays what it played. The new take is {take}.", "Unlock the line and dub it again; the take is there already."),
    "no_channel": ("No channel of the sequencer is free here.", "Free a channel at the line's time, then dub the line again."),
    "strip_gone": ("The line's strip was removed while it was spoken; its take is {take!r}.", "Undo the removal and dub again."),
    "engine_not_set_up": ("{engine} is not set up on this computer: nobody chose the Python that runs it.", "Set it up in the preferences of Dubline, or choose another engine for the line."),
    "engine_licence": ("The licence of {engine} was not accepted: {licence}.", "Read and accept it in the preferences of Dubline, or choose another engine for the line."),
    "engine_python": ("{engine} cannot run in the Python that was chosen for it: {reason}.", "Choose another Python in the preferences of Dubline, or let it install what is missing."),
    "engine_version": ("{engine} was started by another version of Dubline: it speaks protocol {theirs}, we speak {ours}.", "Start Blender anew; the engine starts with it."),
    "engine_files": ("{engine} lacks files in {folder!r}: {files}.", "Download them in the preferences of Dubline, or choose the folder that has them."),
    "engine_died": ("{engine} stopped while it made this line ({reason}). Its log: {log}", "Dub the line again; the engine starts anew by itself."),
    "engine_stuck": ("{engine} gave no sign of life for {seconds:.0f} s and was ended. Its log: {log}", "Dub the line again; the engine starts anew by itself."),
    "engine_memory": ("{engine} ran out of memory: {reason}.", "Close what else uses the graphics card, choose half precision or another device in the preferences of Dubline, or split the line."),
    "engine_length": ("{engine} gave {given} samples where {wanted} were asked for: its version is one that cannot be held to a length.", "Install the pinned version in the preferences of Dubline."),
    "engine_language": ("{engine} does not speak {language}; it speaks {languages}.", "Set the line's language, or choose another engine for it."),
    "engine_install": ("{engine} could not be installed: {reason}. The log of it: {log}", "Look into the log; choose another Python, or install the packages by hand and choose the Python that has them."),
    "engine_weights": ("Files of {engine} could not be downloaded into {folder!r}: {reason}.", "Try again, which goes on from here; or choose a folder that has the files."),
    "no_source": ("The voice {voice!r} keeps no recording, which {engine} would imitate.", "Enrol the person again and keep the recording, if they allow that; or choose another engine for the line."),
    "engine_error": ("The engine met an error of its own: {reason}", "Dub the line again; if it comes back, report it with the log."),
}
"""Code -> (what happened, what to do). Fields in braces are filled in by whoever finds the problem."""


class LineProblem(Exception):
    """Why one line cannot become a take. `code` is a key of PROBLEMS, `fields` fill its sentences."""

    def __init__(self, code: str, **fields: Any) -> None:
        what, remedy = PROBLEMS[code]
        self.code = code
        self.message = what.format(**fields)
        if not self.message.endswith((".", "?", "!", "…", "。")):  # a reason of another's need not be a sentence
            self.message += "."
        self.remedy = remedy.format(**fields)
        super().__init__(f"{self.message} {self.remedy}")
