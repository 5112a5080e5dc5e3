"""Release artefacts of one component: programs, SHA256SUMS, SBOM, provenance, and a detached signature over it all."""
