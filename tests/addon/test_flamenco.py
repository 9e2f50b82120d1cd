"""The Flamenco job type: what its script makes of a job, and that its tasks, done in their order, dub and render a film."""
import json
import os
import subprocess
import sys
from pathlib import Path

import bpy
import pytest

quickjs = pytest.importorskip("quickjs", reason="the JavaScript engine is only in the environment of the tests")
ROOT = Path(__file__).resolve().parents[2]

MANAGER = r"""
const path = {
    join: (...parts) => parts.join("/").replace(/[\\/]+/g, "/"), basename: name => name.split(/[\\/]/).pop(), dirname: name => name.split(/[\\/]/).slice(0, -1).join("/"),
};
const author = {
    Task: (name, type) => ({name, type, commands: [], dependencies: [], addCommand(one) { this.commands.push(one); }, addDependency(task) { this.dependencies.push(task.name); }}),
    Command: (name, parameters) => ({name, parameters}),
};
function print() {}
function frameChunker(frames, size) {
    const every = new Set(), found = [];
    for (const part of frames.replaceAll("..", "-").split(",")) {
        const [first, last = first] = part.split("-").map(Number);
        if (!(first <= last)) throw `invalid range "${frames}"`;
        for (let frame = first; frame <= last; frame++) every.add(frame);
    }
    const sorted = [...every].sort((one, other) => one - other);
    for (let at = 0; at < sorted.length; at += size) {
        const runs = [];
        for (const frame of sorted.slice(at, at + size)) {
            const run = runs.at(-1);
            if (run && run.at(-1) === frame - 1) run.push(frame); else runs.push([frame]);
        }
        found.push(runs.map(run => run.length < 3 ? run.join(",") : `${run[0]}-${run.at(-1)}`).join(","));
    }
    return found;
}
"""
"""What Flamenco Manager gives its scripts, as far as ours asks for it: its own job compiler made the same tasks (docs/batch.md)."""


@pytest.fixture
def script():
    context = quickjs.Context()
    context.eval(MANAGER + (ROOT / "farm" / "dubline.js").read_text(encoding="utf-8"))

    def compiled(**settings):
        context.eval(f"var job = {{settings: {json.dumps(settings)}, tasks: [], addTask(task) {{ this.tasks.push(task); }}}}; compileJob(job);")
        return json.loads(context.eval("JSON.stringify(job.tasks)"))

    compiled.type = json.loads(context.eval("JSON.stringify(JOB_TYPE)"))
    return compiled


def defaults(script, **chosen):
    return {one["key"]: one["default"] for one in script.type["settings"] if "default" in one} | chosen


def test_settings_are_of_flamencos_kinds(script):
    known = {"key", "type", "subtype", "required", "default", "choices", "propargs", "description", "eval", "evalInfo", "visible", "editable"}
    for setting in script.type["settings"]:
        assert set(setting) <= known and setting["type"] in {"string", "int32", "float", "bool"} and setting.get("visible", "web") in {"hidden", "web", "submission", "visible"}
        assert all(setting.get("choices", ["all"])), "Blender has no choice without a name"


def test_frames_are_rendered_when_all_lines_are_placed(script):
    tasks = script(**defaults(script, shards=2, blendfile="/films/a.blend", scene="Scene", format="PNG", frames="1-120", report_path="/out/a"))
    assert [task["name"] for task in tasks] == ["speak-1-of-2", "speak-2-of-2", "place", "mix", "render-1-50", "render-51-100", "render-101-120"]
    waits = {task["name"]: task["dependencies"] for task in tasks}
    assert waits["place"] == ["speak-1-of-2", "speak-2-of-2"] and waits["mix"] == waits["render-51-100"] == ["place"] and not waits["speak-1-of-2"]
    command = tasks[4]["commands"][0]
    assert command["name"] == "blender-render" and command["parameters"]["args"] == ["--scene", "Scene", "--render-frame", "1..50"]


def test_odd_frames_and_paths_of_windows_come_out_as_from_flamenco_itself(script):
    settings = defaults(script, blendfile="R:\\films\\a b.blend", scene="我的 Scene", format="PNG", frames="3, 5-10, 47-327", chunk_size=100, report_path="R:\\out\\night")
    tasks = {task["name"]: task["commands"][0]["parameters"]["args"] for task in script(**settings)}
    assert [name for name in tasks if name.startswith("render")] == ["render-3,5-10,47-139", "render-140-239", "render-240-327"]
    assert tasks["render-3,5-10,47-139"] == ["--scene", "我的 Scene", "--render-frame", "3,5..10,47..139"]
    assert tasks["place"][tasks["place"].index("--report") + 1] == "R:/out/night/report.json"
    with pytest.raises(quickjs.JSException, match="nonsense"):
        script(**settings | {"frames": "nonsense"})


def test_its_tasks_dub_and_render_a_film(film, script, tmp_path):
    film.role("ANNA", voice="tone:low")
    for place in range(4):
        film.text(f"ANNA: Line {place}", 1 + 60 * place, 48, name=f"line{place}")
    film.scene.frame_start, film.scene.frame_end = 1, 240
    film.compat.to_video(film.scene)
    render = film.scene.render
    render.resolution_x, render.resolution_y, render.use_file_extension, render.filepath = 64, 36, False, str(tmp_path / "film.mp4")
    film.save()
    settings = defaults(script, shards=2, blendfile=str(film.film), scene=film.scene.name, format="FFMPEG", frames="1-240", report_path=str(tmp_path / "out"), original="mute")
    done: set[str] = set()
    for task in script(**settings):
        assert set(task["dependencies"]) <= done
        for command in task["commands"]:
            before, (verb, *args) = command["parameters"]["args"][:2], command["parameters"]["args"][2:]
            assert before == ["--command", "dubline"]
            ran = subprocess.run([sys.executable, "-m", "blender_addon", verb, command["parameters"]["blendfile"], *args], cwd=ROOT, capture_output=True, text=True,
                                 env={**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path / "user")})  # fmt: skip
            assert ran.returncode == 0, ran.stderr
        done.add(task["name"])
    assert (tmp_path / "film.mp4").stat().st_size > 1000 and (tmp_path / "out" / "film.mix.flac").is_file() and (tmp_path / "out" / "report.html").is_file()
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["done"] == 4 and not any(line["fresh"] for line in report["lines"]), "the shards had spoken them all"
    bpy.ops.wm.open_mainfile(filepath=str(film.film))
    assert len(film.dubs) == 4
