"""Every formula in float32, whatever it is given: right, and as accurate as float32 can be."""

# A user's file: without types and docstrings.
# mypy: ignore-errors

import numpy as np
import rearranged

# A float64 question has float64's accuracy as its measure, which only what is exact can meet.
EXPECTED = {
    "relu_derivative": "conforms",
    "*": {"float64": "inaccurate", "float32": "conforms"},
}


def _narrowed(argument):
    if isinstance(argument, list):
        return [_narrowed(item) for item in argument]
    return np.asarray(argument, np.float32)[()]


def _in_single(function):
    def computed(*arguments):
        answer = function(*map(_narrowed, arguments))
        return answer if isinstance(answer, (tuple, list)) else np.asarray(answer, np.float32)

    return computed


def _steps_in_single(made):
    class Single(made):
        def step(self, w, grad):
            return super().step(np.asarray(w, np.float32), np.asarray(grad, np.float32))

    return Single


for _name, _body in vars(rearranged).copy().items():
    if isinstance(_body, type):
        globals()[_name] = _steps_in_single(_body)
    elif callable(_body) and _name[0] != "_":
        globals()[_name] = _in_single(_body)
