"""Networks under test run on one thread."""

import torch

# Tensors this small gain nothing from threads, and lose much where other processes run.
torch.set_num_threads(1)
