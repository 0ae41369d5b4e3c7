"""Paints a small drawn picture with what is installed and prints its hash: a wheel's first try."""

import hashlib

import numpy as np

import pleinair

rows, columns = np.mgrid[0:48, 0:64]
picture = np.stack([rows * 5, columns * 3, rows ^ columns], axis=-1).astype(np.uint8)
print(hashlib.sha256(pleinair.load("starry-night")(picture).tobytes()).hexdigest())
