"""The studio's pages, one file each: what they show is built on the server, by NiceGUI."""
