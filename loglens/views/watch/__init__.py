"""What `loglens watch` shows: lines for people and for programs, and a table that stays on the screen."""
