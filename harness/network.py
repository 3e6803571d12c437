"""What installers say where nobody answers them. noxfile.py reads this file, too, alone."""

import re

# What uv, pip and npm say where nobody answers; they retry by themselves before they do.
NO_ANSWER = re.compile(
    r"""connection\ broken\ by | Max\ retries\ exceeded | name\ resolution | dns\ error
      | error\ sending\ request | client\ error\ \(Connect\) | network\ (was|is)\ disabled
      | network\ is\ unreachable | operation\ timed\ out
      | HTTP\ status\ server\ error | HTTP\ error\ 5\d\d
      | \b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b
      | ERR_SOCKET_TIMEOUT""",
    re.IGNORECASE | re.VERBOSE,
)


def reaches_nobody(output: str) -> bool:
    r"""Tell whether an installer failed because nobody answered it.

    Examples
    --------
    >>> reaches_nobody("ERROR: No matching distribution found for no-such-package")
    False
    >>> reaches_nobody("error: Failed to fetch: `https://a.b/c`\n  Caused by: dns error")
    True
    """
    return NO_ANSWER.search(output) is not None
