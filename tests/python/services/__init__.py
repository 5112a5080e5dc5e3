"""What tests of services share: specs, facts, a small server, a recorded launchctl."""
