"""What the program runs for each candidate of `minimize`: asks the Python process that started it.

Run as a script, of which everything is imported that makes it slow to start: nothing but sockets.
"""

import socket
import sys


def main() -> int:
    """Sends the path of the candidate and ends with the exit code that comes back."""
    port, token, path = sys.argv[1:]
    with socket.create_connection(("127.0.0.1", int(port))) as connection:
        connection.sendall(f"{token}\n{path}\n".encode(errors="surrogateescape"))
        answer = connection.recv(1)
    # Nobody is there any more: not as on the whole timeline.
    return answer[0] if answer else 3


sys.exit(main())
