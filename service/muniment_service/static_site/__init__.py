"""A release as a folder of files that any file server can host: the service is asked for everything it says, once."""
