"""Compilation of inner loops with numba: without the GIL, and cached on disk."""

from functools import partial
from itertools import count
from secrets import randbits

from numba import njit
from numba.core.bytecode import FunctionIdentity

# numba names a compiled function by its name, its types and a number that starts at 1 in each
# process. Functions of two processes can thus have the same name, and a third process that
# loads both from the cache calls the wrong one and crashes (numba/numba#10486). Numbers that
# no other process uses prevent this.
FunctionIdentity._unique_ids = count(randbits(48))

compiled = partial(njit, cache=True, nogil=True)
"""The decorator of a compiled function; takes what ``numba.njit`` takes."""
