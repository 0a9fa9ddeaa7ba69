"""Event files on object stores and web servers: listed, looked at and read through fsspec."""
