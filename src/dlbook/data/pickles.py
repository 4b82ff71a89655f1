"""Read pickles of plain data without running them.

A pickle is a program for a machine with a stack. Python's own machine calls what the program
names, passes NumPy whatever it holds, and sizes its memory by numbers in it, so that four damaged
bytes take gigabytes. The machine here knows only the instructions that numbers, text, bytes,
lists, dictionaries and arrays of bytes need, protocols 2 to 4. It calls nothing, and takes no more
memory than the length of the file accounts for. Chapter 10 reads its photographs through it.
"""

import pickle
import reprlib
import struct
from collections.abc import Callable
from pathlib import PurePath
from typing import Any, NamedTuple

import numpy as np

from dlbook.data.dataset import DataError


class _Name(NamedTuple):
    """What a pickle asks for by name, never imported."""

    module: str
    name: str


# What NumPy 1 and 2 write for an array of bytes, and protocol 2 for a bytes object.
RECONSTRUCT = (
    _Name("numpy.core.multiarray", "_reconstruct"),
    _Name("numpy._core.multiarray", "_reconstruct"),
)
NDARRAY, DTYPE = _Name("numpy", "ndarray"), _Name("numpy", "dtype")
ENCODE = _Name("_codecs", "encode")
# A tuple: to look into a set hashes what is looked for, and that can take forever.
KNOWN = (*RECONSTRUCT, NDARRAY, DTYPE, ENCODE)
# The place of an array until its shape and its bytes are known.
ARRAY = _Name("numpy", "uint8")


def unpickle_plain(content: bytes, path: PurePath) -> Any:
    """Unpickle arrays of bytes, lists, dicts, text, bytes and numbers, and nothing else.

    Parameters
    ----------
    content : bytes
        A pickle.
    path : PurePath
        Its path, for messages.

    Returns
    -------
    object
        What the pickle holds; text of Python 2 comes as bytes, arrays are read-only.

    Raises
    ------
    DataError
        If the pickle is broken or asks for any other object.

    References
    ----------
    The module ``pickletools`` of the standard library describes each instruction.
    """
    try:
        return _Machine(content).run()
    except Exception as error:  # a damaged program can go wrong anywhere
        raise DataError(
            f"{path}: not a pickle of byte arrays, lists, text and numbers: {error}. It was not "
            "run. Replace it by the published file."
        ) from error


class _Machine:
    """A stack, the places on it that were marked, and a memo of values to use again.

    No instruction looks whether the program goes on: after the end there is no next one to read.
    """

    def __init__(self, content: bytes) -> None:
        self.content, self.view = content, memoryview(content)
        self.at = 0
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}
        self.n_encoded = 0

    def run(self) -> Any:
        """Follow the instructions to the last, STOP, and return what lies on the stack then."""
        content, stack, memo = self.content, self.stack, self.memo
        while self.at < len(content):
            opcode = content[self.at]
            self.at += 1
            # The memo has more than half of all instructions: written here they take half the time.
            if opcode == LONG_BINPUT:
                memo[int.from_bytes(content[self.at : self.at + 4], "little")] = stack[-1]
                self.at += 4
            elif opcode == BINGET:
                stack.append(memo[self.number(1)])
            elif opcode == STOP:
                return stack.pop()
            else:
                INSTRUCTIONS.get(opcode, _Machine.refuse)(self)
        raise pickle.UnpicklingError("it is truncated")

    def refuse(self) -> None:
        """Stop at an instruction that is none, or that no data need."""
        at = self.at - 1
        raise pickle.UnpicklingError(f"instruction {self.content[at]:#04x} at byte {at}")

    def number(self, n_bytes: int) -> int:
        """Read an unsigned number of the program."""
        start = self.at
        self.at = end = start + n_bytes
        return int.from_bytes(self.content[start:end], "little")

    def take(self, n_bytes: int) -> memoryview:
        """Read bytes of the program."""
        start, self.at = self.at, self.at + n_bytes
        return self.view[start : self.at]

    def line(self) -> str:
        """Read a line of the program."""
        return str(self.take(self.content.index(b"\n", self.at) + 1 - self.at), "ascii")[:-1]

    def pop(self, n: int) -> tuple[Any, ...]:
        """Take the last values, at least one, from the stack."""
        values = tuple(self.stack[-n:])
        del self.stack[-n:]
        return values

    def pop_marked(self) -> tuple[Any, ...]:
        """Take all values above the last mark from the stack."""
        mark = self.marks.pop()
        values = tuple(self.stack[mark:])
        del self.stack[mark:]
        return values

    def ask(self, module: str, name: str) -> None:
        """Lay one of the known names on the stack."""
        if (module, name) not in KNOWN:
            raise pickle.UnpicklingError(f"it asks for {'.'.join((module, name))[:80]}")
        self.stack.append(_Name(module, name))

    def extend(self, values: tuple[Any, ...]) -> None:
        """Append values to the list on top of the stack."""
        target = self.stack[-1]
        if not isinstance(target, list):
            raise pickle.UnpicklingError("values for something that is no list")
        target.extend(values)

    def update(self, values: tuple[Any, ...]) -> None:
        """Put keys and values in turn into the dictionary on top of the stack."""
        target, keys = self.stack[-1], values[::2]
        # To hash a tuple of tuples of tuples can take forever.
        if not isinstance(target, dict) or not all(isinstance(key, str | bytes) for key in keys):
            raise pickle.UnpicklingError("keys that are no text, or for no dictionary")
        target.update(zip(keys, values[1::2], strict=True))

    def call(self) -> None:
        """Lay on the stack what a name and its arguments stand for; nothing is called."""
        match self.pop(2):
            case [name, (str(text), "latin1" | b"latin1")] if name == ENCODE:
                # Text in the memo could be encoded over and over.
                self.n_encoded += len(text)
                if self.n_encoded > len(self.content):
                    raise pickle.UnpicklingError("it makes more bytes than it has")
                self.stack.append(text.encode("latin1"))
            case [name, ("u1" | b"u1", 0, 1)] if name == DTYPE:
                self.stack.append(np.dtype(np.uint8))
            case [name, (kind, (0,), b"b")] if name in RECONSTRUCT and kind == NDARRAY:
                self.stack.append(ARRAY)
            case other:
                raise pickle.UnpicklingError(f"it calls {reprlib.repr(other)}")

    def build(self) -> None:
        """Replace what lies below its state on the stack by the array that both describe."""
        match self.pop(2):
            case [np.dtype() as dtype, (3, *_)]:
                # Byte order and alignment mean nothing for single bytes.
                self.stack.append(dtype)
            case [place, (1, tuple(shape), np.dtype(), fortran, bytes(content))] if place == ARRAY:
                array = np.frombuffer(content, np.uint8)
                array = array.reshape(shape, order="F" if fortran else "C")
                if array.shape != shape:
                    raise pickle.UnpicklingError(f"an array of shape {reprlib.repr(shape)}")
                self.stack.append(array)
            case other:
                raise pickle.UnpicklingError(f"a state for {reprlib.repr(other)}")


Instruction = Callable[[_Machine], object]


def _push(read: Callable[[_Machine], object]) -> Instruction:
    """Lay on the stack what `read` returns."""
    return lambda machine: machine.stack.append(read(machine))


def _bytes(n: int) -> Instruction:
    """Lay bytes on the stack; before them stands their length, a number of n bytes."""
    return lambda machine: machine.stack.append(bytes(machine.take(machine.number(n))))


def _text(n: int) -> Instruction:
    """Lay text on the stack; before it stands its length, a number of n bytes."""
    return lambda machine: machine.stack.append(str(machine.take(machine.number(n)), "utf-8"))


def _remember(n: int) -> Instruction:
    """Keep the value on top of the stack in the memo, under a number of n bytes."""

    def instruction(machine: _Machine) -> None:
        machine.memo[machine.number(n)] = machine.stack[-1]

    return instruction


def _recall(n: int) -> Instruction:
    """Lay a value of the memo on the stack, that under a number of n bytes."""
    return lambda machine: machine.stack.append(machine.memo[machine.number(n)])


STOP, LONG_BINPUT, BINGET = pickle.STOP[0], pickle.LONG_BINPUT[0], pickle.BINGET[0]
INSTRUCTIONS: dict[int, Instruction] = {
    opcode[0]: instruction
    for opcode, instruction in {
        pickle.PROTO: lambda machine: machine.take(1),
        pickle.FRAME: lambda machine: machine.take(8),
        pickle.MARK: lambda machine: machine.marks.append(len(machine.stack)),
        pickle.NONE: _push(lambda _: None),
        pickle.NEWTRUE: _push(lambda _: True),
        pickle.NEWFALSE: _push(lambda _: False),
        pickle.BININT: _push(lambda machine: struct.unpack("<i", machine.take(4))[0]),
        pickle.BININT1: _push(lambda machine: machine.number(1)),
        pickle.BININT2: _push(lambda machine: machine.number(2)),
        pickle.BINFLOAT: _push(lambda machine: struct.unpack(">d", machine.take(8))[0]),
        # Text of Python 2.
        pickle.BINSTRING: _bytes(4),
        pickle.SHORT_BINSTRING: _bytes(1),
        pickle.BINBYTES: _bytes(4),
        pickle.SHORT_BINBYTES: _bytes(1),
        pickle.BINUNICODE: _text(4),
        pickle.SHORT_BINUNICODE: _text(1),
        pickle.EMPTY_TUPLE: _push(lambda _: ()),
        pickle.TUPLE1: _push(lambda machine: machine.pop(1)),
        pickle.TUPLE2: _push(lambda machine: machine.pop(2)),
        pickle.TUPLE3: _push(lambda machine: machine.pop(3)),
        pickle.TUPLE: _push(_Machine.pop_marked),
        pickle.EMPTY_LIST: _push(lambda _: []),
        pickle.APPEND: lambda machine: machine.extend(machine.pop(1)),
        pickle.APPENDS: lambda machine: machine.extend(machine.pop_marked()),
        pickle.EMPTY_DICT: _push(lambda _: {}),
        pickle.SETITEM: lambda machine: machine.update(machine.pop(2)),
        pickle.SETITEMS: lambda machine: machine.update(machine.pop_marked()),
        pickle.BINPUT: _remember(1),
        pickle.LONG_BINPUT: _remember(4),
        pickle.MEMOIZE: lambda machine: machine.memo.update({len(machine.memo): machine.stack[-1]}),
        pickle.BINGET: _recall(1),
        pickle.LONG_BINGET: _recall(4),
        pickle.GLOBAL: lambda machine: machine.ask(machine.line(), machine.line()),
        pickle.STACK_GLOBAL: lambda machine: machine.ask(*machine.pop(2)),
        pickle.REDUCE: _Machine.call,
        pickle.BUILD: _Machine.build,
    }.items()
}
