"""msgstack: one small file describes a messaging stack; a host is made to match it, and proved to."""
