"""What `loglens watch` costs over a long time, and how often it speaks."""
