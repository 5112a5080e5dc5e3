#!/bin/sh
# nats, at home with this stack: context msgstack for applications (the default here), msgstack.sys for `nats server …`.
NATS_CONTEXT="${NATS_CONTEXT:-msgstack}"
export NATS_CONTEXT
exec /home/ada/.local/share/msgstack/nats/current/cli/bin/nats "$@"
