"""`make sbom`: what ships to AWS and what runs on a developer's machine, as CycloneDX, with its licences."""
