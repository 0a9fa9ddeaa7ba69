"""What the command costs a user: start-up, a small folder, and 500 runs, beside Python itself and the peers."""
