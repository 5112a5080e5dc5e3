#!/bin/sh
# The server's program of the current generation, e.g. to check a file: nats-server -t -c FILE
exec /home/ada/.local/share/msgstack/nats/current/home/bin/nats-server "$@"
