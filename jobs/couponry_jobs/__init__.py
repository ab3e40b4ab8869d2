"""The Python that carries calls to couponry's stored procedures; it holds no rule about coupons."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("couponry")
except PackageNotFoundError:  # run from a tree that was never installed
    __version__ = "0"
