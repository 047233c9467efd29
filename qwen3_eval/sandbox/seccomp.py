"""Which system calls a program may make: a filter for the kernel, in classic BPF.

Refused is what no test program needs and what holes in kernels were found in: debugging and reading
other processes, mounting, new namespaces, keyrings, loading code into the kernel, performance
counters, io_uring, raw handles of files, the clock, pushing characters into a terminal, memory that
escapes the limits, sockets other than those of a machine to itself and of the internet (of which the
sandbox has none), and every call that is newer than this list. Memory layout stays randomised. Calls
of another architecture end the program, because their numbers mean other calls.

``filter_program`` gives the array of ``struct sock_filter`` that bubblewrap's ``--seccomp`` reads.
Sources: the kernel's ``Documentation/userspace-api/seccomp_filter.rst``, ``linux/bpf_common.h``,
``linux/seccomp.h``, ``linux/audit.h``; the numbers from ``asm/unistd_64.h`` and
``asm-generic/unistd.h`` (arm64).
"""

from __future__ import annotations

import errno
import platform
import struct
from dataclasses import dataclass

# Instructions: load a word of ``struct seccomp_data``, and with a constant, jump by comparing, return.
LOAD, AND, JUMP_EQUAL, JUMP_GREATER, JUMP_ANY_BIT, RETURN = 0x20, 0x54, 0x15, 0x25, 0x45, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
ALLOW, KILL, FAIL = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
X32_BIT = 0x4000_0000
NEWEST = 462  # mseal, Linux 6.10; from 424 on the numbers are the same everywhere

AUDIT = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
# Numbers on x86_64 and on arm64.
DENIED: dict[str, tuple[int, int | None]] = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "open_by_handle_at": (304, 265),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "acct": (163, 89),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "lookup_dcookie": (212, 18),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "uselib": (134, None),
    # Memory that no limit counts while it is not mapped.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
}
CLONE, CLONE3, SOCKET, IOCTL, PERSONALITY = (56, 220), (435, 435), (41, 198), (16, 29), (135, 92)
NEW_NAMESPACES = 0x7E02_0080  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET and NEWTIME
FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6
TERMINAL_INPUT = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
PERSONALITIES = (0, 0xFFFF_FFFF)  # the usual one, and the question which it is


@dataclass(frozen=True, slots=True)
class Instruction:
    """``struct sock_filter``: what to do, how far to jump if so and if not, and a constant."""

    code: int
    constant: int
    then: int = 0
    otherwise: int = 0

    def packed(self) -> bytes:
        """Its eight bytes."""
        return struct.pack("=HBBI", self.code, self.then, self.otherwise, self.constant)


def supported(machine: str | None = None) -> bool:
    """Whether there is a filter for this kind of machine, as ``uname -m`` names it."""
    return (machine or platform.machine()) in AUDIT


def filter_program(machine: str | None = None) -> bytes:
    """The filter for this machine, or another; empty for one that is not ``supported``."""
    machine = machine or platform.machine()
    if machine not in AUDIT:
        return b""
    column = list(AUDIT).index(machine)
    program = [
        Instruction(LOAD, ARCHITECTURE),
        Instruction(JUMP_EQUAL, AUDIT[machine], then=1),
        Instruction(RETURN, KILL),
        Instruction(LOAD, NUMBER),
        *_if(JUMP_GREATER, X32_BIT - 1, KILL),
        *_if(JUMP_GREATER, NEWEST, FAIL | errno.ENOSYS),
        # Its flags lie in memory, where a filter cannot look; without it programs fall back on clone.
        *_if(JUMP_EQUAL, CLONE3[column], FAIL | errno.ENOSYS),
        *_only(CLONE[column], 0, _if(JUMP_ANY_BIT, NEW_NAMESPACES, FAIL | errno.EPERM)),
        *_only(IOCTL[column], 1, _none_of(TERMINAL_INPUT)),
        *_only(SOCKET[column], 0, _one_of(FAMILIES)),
        *_only(PERSONALITY[column], 0, _one_of(PERSONALITIES)),
    ]
    for numbers in DENIED.values():
        program += _if(JUMP_EQUAL, number, FAIL | errno.EPERM) if (number := numbers[column]) is not None else ()
    program.append(Instruction(RETURN, ALLOW))
    return b"".join(instruction.packed() for instruction in program)


def _if(jump: int, constant: int, verdict: int) -> list[Instruction]:
    """Ends with a verdict when the loaded word compares so, else goes on."""
    return [Instruction(jump, constant, otherwise=1), Instruction(RETURN, verdict)]


def _only(number: int, argument: int, checks: list[Instruction]) -> list[Instruction]:
    """For one call alone: loads the low half of an argument, checks it, and allows the call."""
    body = [Instruction(LOAD, ARGUMENTS + 8 * argument), *checks, Instruction(RETURN, ALLOW)]
    return [Instruction(JUMP_EQUAL, number, otherwise=len(body)), *body]


def _none_of(constants: tuple[int, ...]) -> list[Instruction]:
    return [step for constant in constants for step in _if(JUMP_EQUAL, constant, FAIL | errno.EPERM)]


def _one_of(constants: tuple[int, ...]) -> list[Instruction]:
    """Each match jumps over the rest and over the verdict after it."""
    steps = [Instruction(JUMP_EQUAL, constant, then=len(constants) - place) for place, constant in enumerate(constants)]
    return [*steps, Instruction(RETURN, FAIL | errno.EPERM)]
