# SPDX-License-Identifier: Apache-2.0
"""A Slurm of one node with its own configuration, spool and key in a folder, without systemd, control groups or accounting.

Whatever happens to the test, nothing of it stays: the daemons run below a keeper, to which everything they leave behind comes home (PR_SET_CHILD_SUBREAPER),
and which kills it all when the test has let go of a pipe, by ending or by being killed."""
import contextlib
import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "squeue")
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
SEARCH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


class Unavailable(Exception):
    """This machine cannot run Slurm; the text says why."""


def free_ports(number):
    sockets = [socket.socket() for _ in range(number)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


def descendants(root):
    parents = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{entry}/stat") as f:
            parents[int(entry)] = int(f.read().rsplit(")", 1)[1].split()[1])
    found, more = set(), {root}
    while more:
        more = {pid for pid, parent in parents.items() if parent in more} - found
        found |= more
    return found


def keep(pipe, commands, log):
    """The keeper: starts the daemons, waits for the end of the pipe, leaves nothing behind."""
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    for command in commands:
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                         preexec_fn=lambda: prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
        time.sleep(0.3)
    while os.read(pipe, 1):
        pass
    while left := descendants(os.getpid()):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.02)


CONFIGURATION = """
ClusterName=ansatz
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=pmix
ReturnToService=2
SchedulerType=sched/builtin
SelectType=select/linear
KillWait=5
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
NodeName={host} NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


class Cluster:
    """A context: daemons up and the node idle at its beginning, everything gone at its end."""

    def __init__(self, folder):
        missing = [name for name in PROGRAMS if not shutil.which(name, path=SEARCH)]
        if missing:
            raise Unavailable(f"{', '.join(missing)}: not installed (Debian packages slurm-wlm and munge)")
        self.folder = folder
        self.environment = {**os.environ, "SLURM_CONF": f"{folder}/slurm.conf", "PATH": SEARCH}

    def __enter__(self):
        folder = self.folder
        for name in ("state", "spool"):
            os.mkdir(f"{folder}/{name}")
        os.chmod(folder, 0o755)  # munge refuses sockets and keys in folders others may write to
        with open(os.open(f"{folder}/key", os.O_CREAT | os.O_WRONLY, 0o600), "wb") as f:
            f.write(secrets.token_bytes(1024))
        controller, node = free_ports(2)
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        with open(f"{folder}/slurm.conf", "w") as f:
            f.write(CONFIGURATION.format(host=socket.gethostname().split(".")[0], folder=folder, user=user, controller=controller, node=node))
        munged = ["munged", "--foreground", "--force", "--num-threads=1"]
        munged += [f"--{what}={folder}/munge.{end}" for what, end in (("socket", "socket"), ("pid-file", "pid"), ("log-file", "log"), ("seed-file", "seed"))]
        commands = [[*munged, f"--key-file={folder}/key"], ["slurmctld", "-D", "-i"], ["slurmd", "-D"]]
        commands = [[shutil.which(c[0], path=SEARCH), *c[1:]] for c in commands]
        end, self.pipe = os.pipe()
        self.keeper = os.fork()
        if self.keeper == 0:
            os.close(self.pipe)
            os.environ.update(self.environment)
            try:
                with open(f"{folder}/daemons.log", "w") as log:
                    keep(end, commands, log)
            finally:
                os._exit(0)
        os.close(end)
        self.started = time.monotonic()
        try:
            self.wait_for_node()
        except BaseException:
            self.__exit__()
            raise
        return self

    def wait_for_node(self):
        said = ""
        for _ in range(40):
            done = subprocess.run(["sinfo", "-h", "-o", "%T"], env=self.environment, capture_output=True, text=True)
            said = done.stdout + done.stderr
            if done.stdout.strip() == "idle":
                return
            time.sleep(0.5)
        with open(f"{self.folder}/daemons.log") as f:
            raise Unavailable(f"the node does not come up: {said}\n{f.read()[-3000:]}")

    def run(self, *words):
        done = subprocess.run(words, env=self.environment, capture_output=True, text=True, timeout=30)
        if done.returncode != 0:
            raise AssertionError((words, done.returncode, done.stdout, done.stderr))
        return done.stdout.strip()

    def __exit__(self, *_):
        os.close(self.pipe)
        os.waitpid(self.keeper, 0)
