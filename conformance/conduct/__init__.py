"""How code behaves towards its caller: the same question, asked in another way.

The corpus asks for numbers. Here they are asked for again, as arrays that lie in memory in other
ways, as other types of the same numbers, of objects that take turns or are copied. None of this
changes what is true, so that no truth is needed but that of the corpus. What raises is a capability
that the contender lacks; what answers otherwise is wrong.
"""

from gradmark.conformance.conduct.behaviour import Behaviour, behaviour

__all__ = ["Behaviour", "behaviour"]
