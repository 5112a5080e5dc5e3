#!/bin/sh
# nats, at home with this stack: context msgstack-blue for applications (the default here), msgstack-blue.sys for `nats server …`.
NATS_CONTEXT="${NATS_CONTEXT:-msgstack-blue}"
XDG_CONFIG_HOME='/home/a "d'"'"' $a\n/config'
export NATS_CONTEXT XDG_CONFIG_HOME
exec '/home/a "d'"'"' $a\n/é 100%/nats/current/cli/bin/nats' "$@"
