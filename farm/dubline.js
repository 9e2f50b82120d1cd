// SPDX-License-Identifier: GPL-3.0-or-later
// A Flamenco job type: several workers speak a film's lines, one places them, then the film is rendered.
// Put it into the folder `scripts` beside Flamenco Manager; docs/batch.md tells the rest.

const JOB_TYPE = {
    label: "Dub and Render",
    description: "Speak the lines of the sequencer on several workers, place them, and render the film",
    settings: [
        // For artists to determine:
        { key: "shards", type: "int32", default: 4, propargs: {min: 1, max: 128}, visible: "submission",
          description: "Tasks that speak lines at the same time" },
        { key: "workers", type: "int32", default: 1, propargs: {min: 0, max: 128}, visible: "submission",
          description: "Processes that speak on each computer; 0: as many as it has cores and memory for" },
        { key: "original", type: "string", default: "as in the film", choices: ["as in the film", "mute", "duck", "background", "keep"], visible: "submission",
          description: "What becomes of the original sound" },
        { key: "check", type: "string", default: "as in the film", choices: ["as in the film", "off", "light", "full"], visible: "submission",
          description: "What judges are asked of every take" },
        { key: "render", type: "bool", default: true, visible: "submission",
          description: "Render the film when it is dubbed" },
        { key: "frames", type: "string", required: true, eval: "f'{C.scene.frame_start}-{C.scene.frame_end}'",
          evalInfo: { showLinkButton: true, description: "Scene frame range" }, visible: "submission",
          description: "Frame range to render. Examples: '47', '1-30', '3, 5-10, 47-327'" },
        { key: "chunk_size", type: "int32", default: 50, propargs: {min: 1}, visible: "submission",
          description: "Frames of one render task; a film that is rendered as a video is one task" },
        { key: "report_root", type: "string", subtype: "dir_path", required: true, default: "//", visible: "submission",
          description: "Where the report and the mixed sound go" },

        // Found out by themselves:
        { key: "report_path", type: "string", subtype: "dir_path", editable: false, eval: "str(Path(abspath(settings.report_root), jobname))",
          description: "Folder of the report and the mixed sound" },
        { key: "blendfile", type: "string", required: true, visible: "web", description: "Path of the film" },
        { key: "scene", type: "string", required: true, eval: "C.scene.name", visible: "web", description: "Scene that is dubbed" },
        { key: "format", type: "string", required: true, eval: "C.scene.render.image_settings.file_format", visible: "web" },
    ]
};

function compileJob(job) {
    const settings = job.settings;
    const shards = [];
    for (let number = 1; number <= settings.shards; number++) {
        shards.push(dubTask(`speak-${number}-of-${settings.shards}`, settings, [
            "dub", "--shard", `${number}/${settings.shards}`, "--workers", String(settings.workers), ...wishes(settings),
        ]));
    }
    // Shards leave their takes beside the film; who places them finds all and makes what a shard could not.
    const place = dubTask("place", settings, [
        "dub", "--save", "--workers", String(settings.workers), ...wishes(settings),
        "--report", path.join(settings.report_path, "report.json"), "--page", path.join(settings.report_path, "report.html"),
    ]);
    const mix = dubTask("mix", settings, ["export", "--to", settings.report_path, "--mix", "--subtitles", "srt"]);

    shards.forEach(task => { place.addDependency(task); job.addTask(task); });
    job.addTask(place);
    mix.addDependency(place);
    job.addTask(mix);
    renderTasks(settings).forEach(task => { task.addDependency(place); job.addTask(task); });
}

function wishes(settings) {
    const found = [];
    for (const name of ["original", "check"]) {
        if (settings[name] && settings[name] !== "as in the film") {
            found.push(`--${name}`, settings[name]);
        }
    }
    return found;
}

// What Blender does with the film after `--command dubline`.
function dubTask(name, settings, args) {
    return blenderTask(name, settings, ["--command", "dubline", ...args, "--scene", settings.scene]);
}

function renderTasks(settings) {
    if (!settings.render) {
        return [];
    }
    if (settings.format === "FFMPEG") {
        return [dubTask("render", settings, ["render"])];
    }
    // `--scene` before the frames: Blender heeds its arguments in order.
    return frameChunker(settings.frames, settings.chunk_size).map(chunk => blenderTask(`render-${chunk}`, settings, [
        "--scene", settings.scene, "--render-frame", chunk.replace(/-/g, ".."),
    ]));
}

function blenderTask(name, settings, args) {
    const task = author.Task(name, "blender");
    task.addCommand(author.Command("blender-render", {
        exe: "{blender}",
        exeArgs: "{blenderArgs}",
        argsBefore: [],
        blendfile: settings.blendfile,
        args: args,
    }));
    return task;
}
