#!/bin/sh
# nats, at home with this stack: context msgstack-blue for applications (the default here), msgstack-blue.sys for `nats server …`.
contexts='/home/a "d'"'"' $a\n/config'
if [ -r "$contexts/nats/context/msgstack-blue.json" ]; then
    # Said here, for on its own the program looks in the home that /etc/passwd tells, whatever HOME says.
    XDG_CONFIG_HOME=$contexts
    NATS_CONTEXT=${NATS_CONTEXT:-msgstack-blue}
    export XDG_CONFIG_HOME NATS_CONTEXT
else
    # Somebody who may not read the password: the address alone, and the contexts that are their own.
    NATS_URL=${NATS_URL:-nats://127.0.0.1:4222}
    export NATS_URL
fi
exec '/home/a "d'"'"' $a\n/é 100%/nats/current/cli/bin/nats' "$@"
