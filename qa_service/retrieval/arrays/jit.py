"""How inner loops are compiled: without the interpreter lock, and kept for the next process."""

from functools import partial
from itertools import count
from secrets import randbits

from numba import njit
from numba.core.bytecode import FunctionIdentity

# numba names what it compiles by name, types and a number that starts at 1 in each process.
# Sorts of two processes thus bear one name, and a third that loads both from the cache calls
# the wrong one and crashes (numba/numba#10486). Numbers that no other process gives do not.
FunctionIdentity._unique_ids = count(randbits(48))

compiled = partial(njit, cache=True, nogil=True)
"""The decorator of a compiled function; takes what ``numba.njit`` takes."""
