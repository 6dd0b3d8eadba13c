"""Optimise with Muon on matrices and kernels and with AdamW on everything else, and average the weights."""

from __future__ import annotations

import torch

_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)


def orthogonalise(update: torch.Tensor, steps: int = 4) -> torch.Tensor:
    """Bring the singular values of a matrix close to one.

    Shapes: update: [m, n]
    Reference: K. Jordan et al., Muon, 2024 (quintic Newton-Schulz iteration)
    """
    first, second, third = _NEWTON_SCHULZ
    tall = update.shape[0] > update.shape[1]
    x = (update.T if tall else update).bfloat16()
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        square = x @ x.T
        x = first * x + (second * square + third * square @ square) @ x
    return (x.T if tall else x).to(update.dtype)


class Muon(torch.optim.Optimizer):
    """Step along the orthogonalised momentum of every weight with two or more dimensions."""

    def __init__(self, weights: list[torch.nn.Parameter], lr: float, momentum: float = 0.95) -> None:
        super().__init__(weights, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Update every weight that has a gradient."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._update(weight, group["lr"], group["momentum"])

    def _update(self, weight: torch.nn.Parameter, lr: float, momentum: float) -> None:
        gradient = weight.grad
        state = self.state[weight]
        average = state.setdefault("momentum", torch.zeros_like(gradient))
        average.lerp_(gradient, 1 - momentum)
        matrix = gradient.lerp(average, momentum).reshape(weight.shape[0], -1)
        scale = 0.2 * max(matrix.shape) ** 0.5
        weight.add_(orthogonalise(matrix).reshape(weight.shape), alpha=-lr * scale)


class Optimisers:
    """Drive Muon and AdamW with one learning-rate factor; weights named in `plain` are left to AdamW."""

    def __init__(self, module: torch.nn.Module, lr: float, matrix_lr: float, plain: tuple[str, ...] = ()) -> None:
        named = [(name, weight) for name, weight in module.named_parameters() if weight.requires_grad]
        weights = [weight for _, weight in named]
        matrices = [weight for name, weight in named if weight.ndim >= 2 and name not in plain]
        rest = [weight for name, weight in named if weight.ndim < 2 or name in plain]
        self.parts: list[torch.optim.Optimizer] = []
        if matrix_lr:
            self.parts = [Muon(matrices, matrix_lr), torch.optim.AdamW(rest, lr, (0.9, 0.99), weight_decay=0.0)]
        else:
            self.parts = [torch.optim.AdamW(weights, lr, (0.9, 0.99), weight_decay=0.01)]
        self._rates = [part.param_groups[0]["lr"] for part in self.parts]

    def step(self, factor: float) -> None:
        """Step with all learning rates multiplied by `factor`, then forget the gradients."""
        for part, rate in zip(self.parts, self._rates):
            part.param_groups[0]["lr"] = rate * factor
            part.step()
            part.zero_grad(set_to_none=True)

    def state_tensors(self) -> dict[str, torch.Tensor]:
        """Return the running averages, flat, for a checkpoint."""
        flat = {}
        for number, part in enumerate(self.parts):
            for index, state in part.state_dict()["state"].items():
                for name, value in state.items():
                    flat[f"{number}.{index}.{name}"] = torch.as_tensor(value)
        return flat

    def load_state_tensors(self, flat: dict[str, torch.Tensor]) -> None:
        """Take up the running averages of a checkpoint."""
        for number, part in enumerate(self.parts):
            whole = part.state_dict()
            for key, value in flat.items():
                owner, index, name = key.split(".", 2)
                if int(owner) == number:
                    whole["state"].setdefault(int(index), {})[name] = value
            part.load_state_dict(whole)


class AveragedWeights:
    """Keep an exponential moving average of a module's weights."""

    def __init__(self, module: torch.nn.Module, decay: float = 0.999) -> None:
        self.decay = decay
        self.tensors = {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: torch.nn.Module, step: int) -> None:
        """Move the average towards the present weights, quickly at first."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, tensor in module.state_dict().items():
            self.tensors[name].lerp_(tensor, 1 - decay)


def learning_rate_factor(progress: float, warm_up: float = 0.02, floor: float = 0.02) -> float:
    """Rise linearly, stay, then fall linearly over the last half.

    Range: progress in [0, 1], result in (0, 1]
    """
    if progress < warm_up:
        return max(progress / warm_up, 0.01)
    return max(floor, min(1.0, (1.0 - progress) / 0.5))
