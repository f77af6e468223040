# SPDX-License-Identifier: Apache-2.0
"""apps/slurm/ansatz.sbatch: a run that is stopped in time, queued again, and ends with the bytes of a run that was not stopped.
usage: test_slurm.py stub|daemons SCRIPT SMOKE
  stub      the script itself, srun and scontrol being a few lines of shell
  daemons   a job in a real Slurm of one node.  Exit 77, with the reason, where it cannot run."""
import contextlib
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from daemons import Cluster, Unavailable

try:
    import h5py
    import numpy as np
except ImportError:
    sys.exit(77)

PART, SCRIPT, SMOKE = sys.argv[1:4]


def require(holds, *what):
    if not holds:
        raise AssertionError(what)


def case(steps):
    return ["--grid", "40", "--steps", str(steps), "--frames-every", "10", "--progress", "none"]


def require_equal(path, other):
    """Two series with the same bytes in their fields and the same history, seconds apart."""
    with h5py.File(path) as a, h5py.File(other) as b:
        require(list(a["frames"]) == list(b["frames"]) and len(a["frames"]) > 1, list(a["frames"]), list(b["frames"]))
        for name in a["frames"]:
            ours, theirs = a[f"frames/{name}/fields"], b[f"frames/{name}/fields"]
            require(list(ours) == list(theirs) and len(ours) >= 3, list(ours))
            for field in ours:
                require(np.array_equal(ours[field][:], theirs[field][:]), name, field)
        for column in a["history"]:
            if not column.endswith("_seconds"):
                require(np.array_equal(a["history"][column][:], b["history"][column][:]), column)


def whole(steps):
    start = time.monotonic()
    subprocess.run([SMOKE, *case(steps), "--output", "whole.h5"], check=True, capture_output=True)
    return time.monotonic() - start


def stub():
    """srun sends USR1 as soon as there is a second frame; scontrol takes a note."""
    os.mkdir("bin")
    commands = {"srun": 'echo "srun $*" >>calls\n"$@" &\npid=$!\nif [[ -e interrupt ]]; then\n  until [[ -e cut_0001.h5 ]]; do sleep 0.02; done\n'
                        '  kill -USR1 "${pid}"\nfi\nwait "${pid}"\n',
                "scontrol": 'echo "scontrol $*" >>calls\n'}
    for name, text in commands.items():
        with open("bin/" + name, "w") as f:
            f.write("#!/bin/bash\n" + text)
        os.chmod("bin/" + name, 0o755)
    os.symlink(SMOKE, "bin/ansatz-smoke")
    calls = []

    def start(count, *words, **more):
        environment = {**os.environ, "PATH": os.path.abspath("bin") + ":" + os.environ["PATH"], "SLURM_JOB_ID": "17", **more}
        if count:
            environment["SLURM_RESTART_COUNT"] = str(count)
        done = subprocess.run(["/bin/bash", SCRIPT, *words], capture_output=True, text=True, timeout=100, env=environment)
        calls.clear()
        with contextlib.suppress(FileNotFoundError), open("calls") as f:
            calls.extend(f.read().splitlines())
        with contextlib.suppress(FileNotFoundError):
            os.remove("calls")
        return done

    steps = 40
    whole(steps)
    words = ["smoke", *case(steps), "--output", "cut.h5"]
    open("interrupt", "w").close()
    done = start(0, *words)
    require(done.returncode == 5 and calls[-1] == "scontrol requeue 17", done, calls)
    require(not any("--restart" in call for call in calls), calls)
    with open("ansatz-17.json") as f:
        require(json.load(f)["exit"]["reason"] == "stopped_signal")
    os.remove("interrupt")
    done = start(1, *words)
    require(done.returncode == 0 and calls == ["srun ansatz-smoke --restart ./cut_checkpoint.h5 --overwrite --json ansatz-17.json"], done, calls)
    require_equal("cut.h5", "whole.h5")

    # The counter; the file "stop", which is no reason to start again; a first start that left nothing; an error.
    os.mkdir("late")
    open("late/stop", "w").close()
    late = ["smoke", *case(steps), "--output", "late/cut.h5"]
    done = start(0, *late)
    require(done.returncode == 5 and len(calls) == 1 and "remove it" in done.stderr, done, calls)
    os.remove("late/stop")
    for name in glob.glob("cut*"):
        os.remove(name)
    open("interrupt", "w").close()
    done = start(1, *words, ANSATZ_MOST_RESTARTS="1")
    require(done.returncode == 5 and len(calls) == 1 and "stopped after 1 restarts" in done.stderr, done, calls)
    os.remove("interrupt")
    require("--overwrite" in calls[0] and "--restart" not in calls[0], calls)
    done = start(0, "smoke", "--grid", "0", "--output=cut.h5")
    require(done.returncode == 2 and len(calls) == 1, done, calls)
    for foolish in ([], ["smoke"], ["smoke", "--grid", "8"], ["smoke", "--output"]):
        done = start(0, *foolish)
        require(done.returncode == 2 and "usage: sbatch" in done.stderr and calls == [], foolish, done)
    # A launcher whose ranks are no job step: USR1 comes to the script, which passes it on.
    for name in glob.glob("cut*"):
        os.remove(name)
    environment = {**os.environ, "PATH": os.path.abspath("bin") + ":" + os.environ["PATH"], "SLURM_JOB_ID": "18", "ANSATZ_LAUNCHER": "env A=1"}
    process = subprocess.Popen(["/bin/bash", SCRIPT, *words], env=environment, stdout=subprocess.DEVNULL)
    while process.poll() is None and not os.path.exists("cut_0001.h5"):
        time.sleep(0.02)
    process.send_signal(10)
    require(process.wait(timeout=60) == 5)


def submitted(cluster, folder, *words):
    environment = "ALL,PATH=" + folder + "/bin:" + cluster.environment["PATH"]
    return cluster.run("sbatch", "--parsable", "--ntasks=1", "--time=1", "--signal=USR1@55", "--export=" + environment, f"--output={folder}/out.txt", SCRIPT, *words)


def cut(cluster, folder, steps, seconds):
    """Submits the run of `steps` steps so that a third of it is done at the next look at limits; the script's output when it has ended."""
    period = 30
    for name in glob.glob("cut*"):
        os.remove(name)
    time.sleep((period - 0.35 * seconds - (time.monotonic() - cluster.started)) % period)
    job = submitted(cluster, folder, "smoke", *case(steps), "--output", "cut.h5")
    state, ended, end = "", False, time.monotonic() + 110
    while time.monotonic() < end:
        state = cluster.run("scontrol", "--oneliner", "show", "job", job)
        if "Reason=BeginTime" in state:
            # Slurm lets two minutes pass before it starts a job again.
            cluster.run("scontrol", "update", f"JobId={job}", "StartTime=now")
        if any(f"JobState={word}" in state for word in ("COMPLETED", "FAILED", "TIMEOUT", "CANCELLED")):
            if ended:
                break
            ended = True  # a job that is queued again passes through FAILED
            time.sleep(3)
        else:
            ended = False
        time.sleep(0.5)
    with open("out.txt") as f:
        said = f.read()
    require("JobState=COMPLETED" in state and "ExitCode=0:0" in state, state, said)
    return said


def daemons():
    """The least time limit is a minute, and limits are looked at every 30 s after the start of slurmctld: USR1 comes then, 55 s being left or less."""
    folder = os.getcwd()
    os.mkdir("bin")
    os.symlink(SMOKE, "bin/ansatz-smoke")
    os.mkdir("slurm")
    with Cluster(folder + "/slurm") as cluster:
        seconds, steps, said = whole(40), 40, ""
        # A machine that has become faster since the run was measured may end it before the signal: then with more steps.
        for wanted in (14, 20, 30):
            steps = max(steps, int(steps * wanted / seconds))
            shutil.rmtree("frames", ignore_errors=True)
            for name in glob.glob("whole*"):
                os.remove(name)
            seconds = whole(steps)
            said = cut(cluster, folder, steps, seconds)
            if "start 2 of job" in said:
                break
        require("start 2 of job" in said and "--restart ./cut_checkpoint.h5" in said, "the job was not stopped", seconds, said)
        require_equal("cut.h5", "whole.h5")
        print(f"{steps} steps in {seconds:.1f} s, {said.count('ansatz: start ')} starts")


with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    try:
        {"stub": stub, "daemons": daemons}[PART]()
    except Unavailable as reason:
        print("skipped:", reason)
        sys.exit(77)
    finally:
        os.chdir("/")
