"""Our own long-running programs: each a single file that a plain Python runs, beside what it serves."""
