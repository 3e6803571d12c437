"""Gives back what it was given, so that one sees what arrives."""

# A user's file answers to no linter of ours.
# mypy: ignore-errors
# ruff: noqa: ARG001, PTH208

import os
import resource
import sys


def relu(z):
    return z


def step_decay(epoch, initial_lr, drop, epochs_drop):
    """Which Python types arrived, as a number."""
    kinds = (int, float, bool, None)
    arrived = (epoch, initial_lr, drop, epochs_drop)
    return sum(2**i for i in range(3) if type(arrived[i]) is kinds[i])


def exponential_decay(epoch, initial_lr, decay_rate):
    return epoch


def cosine_annealing(epoch, initial_lr, T_max):
    """Where it runs: number `epoch` of what a test wants to know."""
    return (
        float("GRADMARK_TEST_SECRET" in os.environ),
        float(os.environ["OMP_NUM_THREADS"]),
        float(len(os.listdir())),
        float(resource.getrlimit(resource.RLIMIT_DATA)[0]),
        float(os.getpid()),
        float(hash("gradmark")),
        float(sys.stdin.read() == ""),
    )[epoch]
