"""A Slurm cluster on this machine alone: munged, slurmctld and a slurmd for each emulated node, on loopback.

Everything lies in one folder and runs as the current user; nothing of an installed cluster is read or touched.
"""
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol", "squeue", "sinfo")
# Started daemons answer within seconds, also on a busy machine; what waits this long waits for nothing.
LONGEST_WAIT = 300

CONFIGURATION = """\
ClusterName=cleave
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={dir}/munge.socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={dir}/state
SlurmdSpoolDir={dir}/spool_%n
SlurmctldPidFile={dir}/slurmctld.pid
SlurmdPidFile={dir}/slurmd_%n.pid
SlurmctldLogFile={dir}/slurmctld.log
SlurmdLogFile={dir}/slurmd_%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerType=sched/builtin
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobRequeue=1
ReturnToService=2
MinJobAge=3600
{nodes}
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def missing_programs():
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    return [name for name in PROGRAMS if shutil.which(name, path=path) is None]


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def wait_for(condition, what):
    """Asks until the answer is true."""
    start = time.monotonic()
    while not (found := condition()):
        if time.monotonic() - start > LONGEST_WAIT:
            raise TimeoutError(f"{what}: not within {LONGEST_WAIT} s")
        time.sleep(0.02)
    return found


class Cluster:
    def __init__(self, folder, nodes):
        self.dir = Path(folder)
        self.nodes = nodes
        self.daemons = {}
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("SLURM", "SBATCH"))},
            "SLURM_CONF": str(self.dir / "slurm.conf"),
            "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin",
        }

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        host = socket.gethostname().split(".")[0]
        ports = free_ports(len(self.nodes) + 1)
        lines = [f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=1 State=UNKNOWN"
                 for node, port in zip(self.nodes, ports[1:])]
        (self.dir / "slurm.conf").write_text(
            CONFIGURATION.format(host=host, port=ports[0], user=pwd.getpwuid(os.geteuid()).pw_name, dir=self.dir,
                                 nodes="\n".join(lines)), encoding="utf-8")
        (self.dir / "state").mkdir()
        key = self.dir / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        self.daemon("munged", "--foreground", f"--socket={self.dir / 'munge.socket'}", f"--key-file={key}",
                    f"--pid-file={self.dir / 'munged.pid'}", f"--log-file={self.dir / 'munged.log'}",
                    f"--seed-file={self.dir / 'munged.seed'}")
        wait_for((self.dir / "munge.socket").exists, "munged")
        self.daemon("slurmctld", "-D", "-i")
        for node in self.nodes:
            self.start_node(node)
        wait_for(lambda: self.states() == {node: "idle" for node in self.nodes}, f"idle nodes {self.nodes}")

    def daemon(self, name, *arguments, label=None):
        log = open(self.dir / f"{label or name}.out", "ab")
        self.daemons[label or name] = subprocess.Popen(
            [shutil.which(name, path=self.environment["PATH"]), *arguments], env=self.environment, stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, start_new_session=True)
        log.close()

    def start_node(self, node):
        (self.dir / f"spool_{node}").mkdir(exist_ok=True)
        self.daemon("slurmd", "-D", "-N", node, label=node)

    def run(self, *command):
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True).stdout

    def states(self):
        """State of each node; empty while the controller does not answer."""
        done = subprocess.run(["sinfo", "--noheader", "--Node", "--format=%N %t"], env=self.environment,
                              capture_output=True, text=True, check=False)
        return dict(line.split() for line in done.stdout.splitlines())

    def job(self, job):
        """Fields of a job, or of each task of an array."""
        text = self.run("scontrol", "--oneliner", "show", "job", str(job))
        return [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in text.splitlines() if line]

    def processes_of(self, node):
        """Processes that a node of this cluster started: job steps, then their programs."""
        steps, programs = [], []
        for path in Path("/proc").iterdir():
            if path.name.isdigit():
                try:
                    values = (path / "environ").read_bytes().split(b"\0")
                    name = (path / "cmdline").read_bytes()
                except OSError:
                    continue
                if f"SLURM_CONF={self.dir / 'slurm.conf'}".encode() not in values:
                    continue
                if name.startswith(b"slurmstepd") and f"/slurmd_{node}.log\n".encode() in self.open_files(path):
                    steps.append(int(path.name))
                elif f"SLURMD_NODENAME={node}".encode() in values:
                    programs.append(int(path.name))
        return steps + programs

    @staticmethod
    def open_files(process):
        names = b""
        try:
            for entry in (process / "fd").iterdir():
                names += os.fsencode(os.readlink(entry)) + b"\n"
        except OSError:
            pass
        return names

    def crash_node(self, node):
        """As if its power failed: daemon, job steps and their programs are gone, none of which reports it."""
        killed = 0
        self.daemons[node].kill()
        self.daemons[node].wait()
        while processes := self.processes_of(node):
            for process in processes:
                try:
                    os.kill(process, signal.SIGKILL)
                    killed += 1
                except ProcessLookupError:
                    pass
        return killed

    def stop(self):
        for node in self.nodes:
            if node in self.daemons:
                self.crash_node(node)
        for name in ("slurmctld", "munged"):
            if name in self.daemons:
                self.daemons[name].terminate()
                self.daemons[name].wait()

    def logs(self):
        """The last lines of every daemon, for when something goes wrong."""
        text = ""
        for path in sorted([*self.dir.glob("*.log"), *self.dir.glob("*.out")]):
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
            text += f"== {path.name}\n" + "\n".join(lines) + "\n"
        return text
