"""Real systemd hosts for tests: Debian with systemd as pid 1, in namespaces over an overlay on one cached root.

`with Lan() as lan, Host("a", root, state, lan) as host: host.run([...])`. Nothing of a host outlives the test
process, however that ends: a keeper process owns each booted host and cleans up when its pipe to the test closes.
"""
