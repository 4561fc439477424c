"""Where checkpoints are kept by others (外部见证): time-stamp authorities, chains, people."""
