"""From the authors' notebooks to what learners get: normalise, release, lint, build, and a skeleton to start from."""
