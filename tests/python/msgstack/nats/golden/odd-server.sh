#!/bin/sh
# The server's program of the current generation, e.g. to check a file: nats-server -t -c FILE
exec '/home/a "d'"'"' $a\n/é 100%/nats/current/home/bin/nats-server' "$@"
