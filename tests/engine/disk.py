"""A disk with little room: the real refusal of the system, met by every write of this process."""
import contextlib
import resource


@contextlib.contextmanager
def room_for(size: int):
    """No file may grow beyond `size` bytes; the system says so as it does on a full disk, with an OSError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
