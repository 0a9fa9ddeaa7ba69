"""What remote logs cost: requests and time for 500 runs on an S3 server on loopback, beside the same on disk."""
