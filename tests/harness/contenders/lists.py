"""Functions of lists, some of which do not what they should."""

# mypy: ignore-errors


def multi_step_decay(epoch, initial_lr, milestones, drop):
    assert type(milestones) is list
    assert all(type(milestone) is int for milestone in milestones)
    return initial_lr * drop ** sum(epoch >= milestone for milestone in milestones)


def clip_by_global_norm(gradients, max_norm):
    if max_norm == 2.0:
        gradients[0] *= 0.5
    if max_norm == 3.0:
        return gradients[:1]
    if max_norm == 4.0:
        return [g.ravel() for g in gradients]
    return [g * max_norm for g in gradients]
