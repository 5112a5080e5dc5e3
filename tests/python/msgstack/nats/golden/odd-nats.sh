#!/bin/sh
# nats, at home with this stack: context msgstack-blue for applications (the default here), msgstack-blue.sys for `nats server …`.
NATS_CONTEXT="${NATS_CONTEXT:-msgstack-blue}"
export NATS_CONTEXT
exec '/home/a "d'"'"' $a\n/é 100%/nats/current/cli/bin/nats' "$@"
