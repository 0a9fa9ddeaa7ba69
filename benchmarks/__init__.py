"""Speed and accuracy, measured against peers in the same run; each benchmark is one command."""
