"""The filter of system calls: its numbers, what it says, and that the kernel and the toolchains obey it."""

from __future__ import annotations

import errno
import platform
import re
import shutil
import struct
from collections.abc import Sequence
from pathlib import Path

import pytest

from qwen3_eval.sandbox import Limits, available, run_command, run_program, seccomp

HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
CALLS = {
    **seccomp.DENIED,
    "clone": seccomp.CLONE,
    "clone3": seccomp.CLONE3,
    "socket": seccomp.SOCKET,
    "ioctl": seccomp.IOCTL,
    "personality": seccomp.PERSONALITY,
}
needs_sandbox = pytest.mark.skipif(available() is not None, reason=f"no sandbox: {available()}")
needs_filter = pytest.mark.skipif(not seccomp.supported(), reason=f"no filter for {platform.machine()}")


def verdict(machine: str, number: int, arguments: Sequence[int] = (), architecture: int | None = None) -> int:
    """What the filter returns for a call: an interpreter of the instructions that it uses."""
    data = struct.pack("=iIQ", number, architecture or seccomp.AUDIT[machine], 0)
    data += struct.pack("=6Q", *(list(arguments) + [0] * 6)[:6])
    program = list(struct.iter_unpack("=HBBI", seccomp.filter_program(machine)))
    place = word = 0
    while True:
        code, then, otherwise, constant = program[place]
        place += 1
        if code == seccomp.LOAD:
            [word] = struct.unpack_from("=I", data, constant)
        elif code == seccomp.RETURN:
            return int(constant)
        else:
            compared = {
                seccomp.JUMP_EQUAL: word == constant,
                seccomp.JUMP_GREATER: word > constant,
                seccomp.JUMP_ANY_BIT: bool(word & constant),
            }[code]
            place += then if compared else otherwise


def failing(error: int) -> int:
    return seccomp.FAIL | error


@pytest.mark.parametrize("machine", HEADERS)
def test_the_numbers_are_those_of_the_kernels_headers(machine: str) -> None:
    if not HEADERS[machine].exists():
        pytest.skip(f"no {HEADERS[machine]}")
    found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", HEADERS[machine].read_text())
    known = {name: int(number) for name, number in found}
    column = list(HEADERS).index(machine)
    for name, numbers in CALLS.items():
        if name in known or numbers[column] is not None:
            assert numbers[column] == known[name], name


@pytest.mark.parametrize("machine", seccomp.AUDIT)
def test_what_the_filter_says(machine: str) -> None:
    column = list(seccomp.AUDIT).index(machine)
    for numbers in seccomp.DENIED.values():
        if (number := numbers[column]) is not None:
            assert verdict(machine, number) == failing(errno.EPERM)
    assert verdict(machine, seccomp.CLONE3[column]) == failing(errno.ENOSYS)
    assert verdict(machine, seccomp.NEWEST + 1) == failing(errno.ENOSYS)
    assert verdict(machine, seccomp.NEWEST) == seccomp.ALLOW
    assert verdict(machine, 0) == seccomp.ALLOW


@pytest.mark.parametrize("machine", seccomp.AUDIT)
def test_what_the_filter_says_of_arguments(machine: str) -> None:
    column = list(seccomp.AUDIT).index(machine)
    clone, ioctl, socket, personality = (
        numbers[column] for numbers in (seccomp.CLONE, seccomp.IOCTL, seccomp.SOCKET, seccomp.PERSONALITY)
    )
    assert verdict(machine, clone, [0x3D0F00]) == seccomp.ALLOW  # a thread
    assert verdict(machine, clone, [17]) == seccomp.ALLOW  # a process
    assert verdict(machine, clone, [0x1000_0000 | 17]) == failing(errno.EPERM)  # CLONE_NEWUSER
    assert verdict(machine, ioctl, [0, 0x5401]) == seccomp.ALLOW
    assert verdict(machine, ioctl, [0, 0x5412]) == failing(errno.EPERM)
    assert verdict(machine, ioctl, [0, 0xFFFF_FFFF_0000_5412]) == failing(errno.EPERM)  # the kernel reads 32 bits
    assert [verdict(machine, socket, [family]) == seccomp.ALLOW for family in range(50)] == [
        family in (1, 2, 10) for family in range(50)
    ]
    assert verdict(machine, personality, [0xFFFF_FFFF]) == seccomp.ALLOW
    assert verdict(machine, personality, [0]) == seccomp.ALLOW
    assert verdict(machine, personality, [0x0040_0000]) == failing(errno.EPERM)


@pytest.mark.parametrize("machine", seccomp.AUDIT)
def test_calls_of_another_architecture_kill(machine: str) -> None:
    assert verdict(machine, 0, architecture=0x4000_0003) == seccomp.KILL  # i386
    assert verdict(machine, 0x4000_0000) == seccomp.KILL  # x32
    assert verdict(machine, -1) == seccomp.KILL


def test_another_machine_has_no_filter() -> None:
    assert not seccomp.supported("riscv64")
    assert seccomp.filter_program("riscv64") == b""


@pytest.mark.sandbox
@needs_sandbox
@needs_filter
def test_the_kernel_refuses_each_call_inside() -> None:
    column = list(seccomp.AUDIT).index(platform.machine())
    numbers = {name: each[column] for name, each in seccomp.DENIED.items() if each[column] is not None}
    source = f"""
import ctypes, errno
call = ctypes.CDLL(None, use_errno=True).syscall
for name, number in {numbers!r}.items():
    ctypes.set_errno(0)
    if call(number, -1, -1, -1, -1, -1, -1) != -1 or ctypes.get_errno() != errno.EPERM:
        print(name, ctypes.get_errno())
for name, number, first, second in (
    ("clone", {seccomp.CLONE[column]}, 0x10000000 | 17, 0),
    ("socket", {seccomp.SOCKET[column]}, 16, 3),
    ("ioctl", {seccomp.IOCTL[column]}, 0, 0x5412),
    ("personality", {seccomp.PERSONALITY[column]}, 0x40000, 0),
):
    if call(number, first, second, 0, 0, 0) != -1 or ctypes.get_errno() != errno.EPERM:
        print(name, ctypes.get_errno())
if call({seccomp.CLONE3[column]}, 0, 0) != -1 or ctypes.get_errno() != errno.ENOSYS:
    print("clone3", ctypes.get_errno())
print("done")
"""
    result = run_program(source)
    assert (result.stdout, result.stderr) == ("done\n", "")


@pytest.mark.sandbox
@needs_sandbox
@pytest.mark.skipif(platform.machine() != "x86_64", reason="x86_64 has two further sets of calls")
def test_the_kernel_ends_who_calls_by_another_architecture() -> None:
    # mov eax, 20 (getpid of i386, writev of x86_64); int 0x80; ret
    machine_code = bytes([0xB8, 20, 0, 0, 0, 0xCD, 0x80, 0xC3])
    source = f"""
import ctypes, mmap
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write({machine_code!r})
print("before", flush=True)
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
print("after")
"""
    result = run_program(source)
    assert (result.stdout, result.exit_code) == ("before\n", 128 + 31)  # SIGSYS


HELLO = {
    "g++": (
        "main.cpp",
        "#include <iostream>\n#include <thread>\nint main() { std::thread([] { std::cout << 42; }).join(); }",
        "g++ -pthread -o main main.cpp && ./main",
    ),
    "javac": (
        "Main.java",
        "public class Main { public static void main(String[] a) { new Thread(() -> System.out.print(42)).start(); } }",
        "javac Main.java && java Main",
    ),
    "node": (
        "main.js",
        "new (require('worker_threads').Worker)('process.stdout.write(\"42\")', {eval: true})",
        "node main.js",
    ),
    "php": ("main.php", "<?php echo 42;", "php main.php"),
    "mcs": (
        "main.cs",
        "class P { static void Main() { System.Console.Write(42); } }",
        "mcs main.cs && mono main.exe",
    ),
    "bash": ("main.sh", "cat <(echo -n 42)", "bash main.sh"),
}


@pytest.mark.sandbox
@needs_sandbox
@pytest.mark.parametrize("tool", HELLO)
def test_toolchains_work_under_it(tool: str) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"no {tool}")
    name, source, command = HELLO[tool]
    limits = Limits(cpu_seconds=60, memory_mb=None, processes=128)
    settings = [*Path("/etc").glob("java-*"), *Path("/etc").glob("mono")]
    result = run_command(["/bin/sh", "-c", command], files={name: source}, limits=limits, read_only=settings)
    assert (result.stdout, result.exit_code) == ("42", 0), result


@pytest.mark.sandbox
@needs_sandbox
def test_python_starts_processes_threads_and_sockets_under_it() -> None:
    source = """
import asyncio, concurrent.futures, multiprocessing, socket, subprocess, sys, threading
print(subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True, text=True).stdout.strip())
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    print(sum(pool.map(int, "1111")))
with multiprocessing.Pool(2) as pool:
    print(pool.map(abs, [-7]))
print(asyncio.run(asyncio.sleep(0, 5)))
with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
    client.sendall(b"x")
    print(server.accept()[0].recv(1))
"""
    result = run_program(source)
    assert (result.stdout.split("\n"), result.stderr) == (["1", "4", "[7]", "5", "b'x'", ""], "")
