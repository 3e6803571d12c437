"""Where to read more: the addresses of the papers, libraries and issues that a source names."""

from __future__ import annotations

import re
from collections.abc import Iterator

ARXIV, DOI = "https://arxiv.org/abs/", "https://doi.org/"

PAPERS = {
    "Bernstein et al. 2018": f"{ARXIV}1802.04434",
    "Clevert et al. 2016": f"{ARXIV}1511.07289",
    "Cox 1958": f"{DOI}10.1111/j.2517-6161.1958.tb00292.x",
    "Elfwing et al. 2018": f"{ARXIV}1702.03118",
    "Goyal et al. 2017": f"{ARXIV}1706.02677",
    "Graves 2013": f"{ARXIV}1308.0850",
    "Howard et al. 2017": f"{ARXIV}1704.04861",
    "Hu et al. 2024": f"{ARXIV}2404.06395",
    "Hägele et al. 2024": f"{ARXIV}2405.18392",
    "Kingma and Ba 2015": f"{ARXIV}1412.6980",
    "Kingma and Welling 2014": f"{ARXIV}1312.6114",
    "Loshchilov and Hutter 2017": f"{ARXIV}1608.03983",
    "Loshchilov and Hutter 2019": f"{ARXIV}1711.05101",
    "Polyak 1964": f"{DOI}10.1016/0041-5553(64)90137-5",
    "Reddi, Kale and Kumar 2018": f"{ARXIV}1904.09237",
    "Robbins and Monro 1951": f"{DOI}10.1214/aoms/1177729586",
    "Rosenbrock 1960": f"{DOI}10.1093/comjnl/3.3.175",
    "Rumelhart, Hinton and Williams 1986": f"{DOI}10.1038/323533a0",
    "Smith and Topin 2017": f"{ARXIV}1708.07120",
    "Szegedy et al. 2016": f"{ARXIV}1512.00567",
    "Tieleman and Hinton 2012": "https://www.cs.toronto.edu/~tijmen/csc321/slides/"
    "lecture_slides_lec6.pdf",
    "Vaswani et al. 2017": f"{ARXIV}1706.03762",
    "Zhuang et al. 2020": f"{ARXIV}2010.07468",
}
# The file of a library that has the lines in question, by what is named of it. A line's number
# would be another one tomorrow.
TORCH = "https://github.com/pytorch/pytorch/blob/main/torch/"
KERAS = "https://github.com/keras-team/keras/blob/master/keras/src/"
OPTAX = "https://github.com/google-deepmind/optax/blob/main/optax/"
MLX = "https://github.com/ml-explore/mlx/blob/main/python/mlx/optimizers/"
LIBRARIES: tuple[tuple[str, str, str], ...] = (
    ("PyTorch", r"(SGD|Adam|AdamW|RMSprop|NAdam|RAdam|Adamax|Adagrad|Adadelta)\b",
     f"{TORCH}optim/{{}}.py"),
    ("PyTorch", r"SparseAdam", f"{TORCH}optim/sparse_adam.py"),
    ("PyTorch", r"\w*(?:LR|WarmRestarts)\b", f"{TORCH}optim/lr_scheduler.py"),
    ("PyTorch", r"\w*Loss\b", f"{TORCH}nn/modules/loss.py"),
    ("Keras", r"(SGD|AdamW|Adam|RMSprop|Nadam|Adamax|Adagrad|Adadelta)\b",
     f"{KERAS}optimizers/{{}}.py"),
    ("Keras", r"\w*Decay\w*|\w*Schedule\b",
     f"{KERAS}optimizers/schedules/learning_rate_schedule.py"),
    ("Optax", r"(?:adam|sgd|rmsprop|amsgrad|nadam|radam|lion)\w*", f"{OPTAX}_src/alias.py"),
    ("Optax", r"\w*(?:schedule|decay)\b", f"{OPTAX}schedules/_schedule.py"),
    ("Optax", r"\w*(?:cross_entropy|loss|error)\b", "https://github.com/google-deepmind/optax/tree/main/optax/losses"),
    ("MLX", r"(?:Adam|AdamW|SGD|RMSprop|Lion)\b", f"{MLX}optimizers.py"),
)  # fmt: skip
ISSUE = re.compile(r"\b([\w.-]+/[\w.-]+)#(\d+)")


def links(source: str) -> list[str]:
    """List the addresses of what a source names, without a repetition.

    Examples
    --------
    >>> links("Kingma and Ba 2015, end of section 2 (ε-hat); Keras, Adam")
    ['https://arxiv.org/abs/1412.6980', \
'https://github.com/keras-team/keras/blob/master/keras/src/optimizers/adam.py']
    >>> links("t set to 1 and raised before use: cs231n/cs231n.github.io#179")
    ['https://github.com/cs231n/cs231n.github.io/issues/179']
    """
    return list(dict.fromkeys(_links(source)))


def _links(source: str) -> Iterator[str]:
    for name, address in PAPERS.items():
        if name in source:
            yield address
    for part in re.split(r"; | and ", source):
        for library, named, address in LIBRARIES:
            found = re.match(rf"{library}, (?:[\w.]+\.)?{named}", part)
            if found:
                yield address.format(found[1].lower() if found.groups() else "")
    for found in ISSUE.finditer(source):
        yield f"https://github.com/{found[1]}/issues/{found[2]}"
