#!/bin/sh
# nats, at home with this stack: context msgstack for applications (the default here), msgstack.sys for `nats server …`.
NATS_CONTEXT="${NATS_CONTEXT:-msgstack}"
XDG_CONFIG_HOME=/home/ada/.local/share/config
export NATS_CONTEXT XDG_CONFIG_HOME
exec /home/ada/.local/share/msgstack/nats/current/cli/bin/nats "$@"
