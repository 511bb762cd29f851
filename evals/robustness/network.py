"""Two hosts and a router between them, as network namespaces of this machine, and cuts of the way between the hosts.

Namespaces are made by root, with `ip` (iproute2), and go when the process that made them is gone.
"""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from evals.robustness.servers import supervised

NO_NAMESPACES = "network namespaces cannot be made here: that takes root and `ip`"
CLIENT, ROUTER, SERVER = "10.97.1.2", ("10.97.1.1", "10.97.2.1"), "10.97.2.2"

_CLONE_NEWNET = 0x40000000
_LAY = """
link add {client} netns {client} type veth peer name {client} netns {router}
link add {server} netns {server} type veth peer name {server} netns {router}
"""
_REMOVE = 'echo made; cat >/dev/null; for each; do ip netns del "$each"; done'


class Cut(StrEnum):
    """How the way is cut: packets vanish, as behind a firewall, or a cable is pulled and the router says so."""

    SILENT = "silent"
    UNPLUGGED = "unplugged"


class Network:
    """The namespaces of a client and of a server, by name, and the way between them."""

    server_address = SERVER

    def __init__(self, client: str, router: str, server: str) -> None:
        self.client, self.router, self.server = client, router, server

    def inside(self, name: str) -> list[str]:
        """Give what a command begins with that is to run in a namespace."""
        return ["ip", "netns", "exec", name]

    def cut(self, kind: Cut) -> None:
        """Cut the way."""
        if kind is Cut.SILENT:
            self._forward(False)
        else:
            _ip("-n", self.router, "link", "set", self.server, "down")

    def heal(self) -> None:
        """Mend the way, however it was cut."""
        self._forward(True)
        _ip("-n", self.router, "link", "set", self.server, "up")

    def lay(self) -> None:
        """Lay the cables, give the addresses and let the router forward."""
        lines = _LAY.format(client=self.client, router=self.router, server=self.server)
        subprocess.run(["ip", "-batch", "-"], input=lines, text=True, check=True)
        ends = ((self.client, CLIENT, ROUTER[0]), (self.server, SERVER, ROUTER[1]))
        for host, address, gateway in ends:
            for name, held in ((host, address), (self.router, gateway)):
                _ip("-n", name, "addr", "add", f"{held}/24", "dev", host)
                _ip("-n", name, "link", "set", host, "up")
            _ip("-n", host, "link", "set", "lo", "up")
            _ip("-n", host, "route", "add", "default", "via", gateway)
        self._forward(True)

    def _forward(self, does: bool) -> None:
        command = [*self.inside(self.router), "sh", "-c", f"echo {int(does)} > /proc/sys/net/ipv4/ip_forward"]
        subprocess.run(command, check=True)


def enter(name: str) -> None:
    """Have this process, which may have one thread only, go on in a namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/run/netns", name).open("rb") as namespace:
        if libc.setns(namespace.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"the namespace {name} cannot be entered")


def can_be_made() -> bool:
    """Tell whether this process may make namespaces."""
    if sys.platform != "linux" or os.geteuid() or not shutil.which("ip"):
        return False
    name = f"qa-{os.getpid()}-try"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode == 0
    return made and subprocess.run(["ip", "netns", "del", name], capture_output=True).returncode == 0


@contextmanager
def laid() -> Iterator[Network]:
    """Make a network of this process's own, until the end of the block or of this process."""
    names = [f"qa{os.getpid()}{part}" for part in ("client", "router", "server")]  # 15 letters: links have these names
    with supervised(["sh", "-c", _REMOVE, "sh", *names], Path("/")) as supervisor:
        assert supervisor.stdout
        assert supervisor.stdout.readline()
        for name in names:
            _ip("netns", "add", name)
        network = Network(*names)
        network.lay()
        yield network


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
