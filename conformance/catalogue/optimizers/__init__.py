"""The optimizers as whole trajectories: canonical forms, conventions and mistakes.

A body receives the starting weights, the gradients, the learning rates and the hyperparameters, and
yields the weights after each step. It takes one gradient and one rate at a time, so that it can be
run as an optimizer whose next gradient is not known yet.
"""
