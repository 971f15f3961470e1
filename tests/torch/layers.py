"""Writes tests/torch/layers.json: what PyTorch makes of small networks, in float64.

Set-up, once: python3 -m venv VENV && VENV/bin/pip install torch
Run:          VENV/bin/python tests/torch/layers.py

Each case holds the layers as a scenario writes them, the flat parameters in the order of `parameters()`, an input, a
weight of the output, the output y, the gradient of sum(weight * y) by parameters and input, and the gradient by the
parameters of the squared norm of the gradient by the input (R1's kind of second derivative).
"""
import json
import pathlib

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(11)


def conv(channels, kernel, stride=1, padding=None):
    return dict(kind="conv", channels=channels, kernel=kernel, stride=stride, padding=(kernel - 1) // 2 if padding is None else padding)


CASES = {
    "conv of stride 2": ([2, 6, 5], [conv(3, 4, 2)], lambda: [nn.Conv2d(2, 3, 4, 2, 1)]),
    "conv of kernel 5, stride 3": ([1, 9, 7], [conv(2, 5, 3)], lambda: [nn.Conv2d(1, 2, 5, 3, 2)]),
    "transposed conv": (
        [3, 3, 2],
        [dict(kind="conv_transposed", channels=2, kernel=4, stride=2)],
        lambda: [nn.ConvTranspose2d(3, 2, 4, 2, 1)],
    ),
    "transposed conv of kernel 3, stride 1": (
        [2, 4, 4],
        [dict(kind="conv_transposed", channels=3, kernel=3, stride=1)],
        lambda: [nn.ConvTranspose2d(2, 3, 3, 1, 1)],
    ),
    "batch norm": (
        [2, 3, 3],
        [conv(3, 3), dict(kind="norm", over=dict(kind="batch")), dict(kind="activation", function="tanh")],
        lambda: [nn.Conv2d(2, 3, 3, 1, 1), nn.BatchNorm2d(3), nn.Tanh()],
    ),
    "group norm": (
        [4, 3, 3],
        [dict(kind="norm", over=dict(kind="group", groups=2)), dict(kind="activation", function="silu")],
        lambda: [nn.GroupNorm(2, 4), nn.SiLU()],
    ),
    "layer norm": (
        [3, 3, 2],
        [dict(kind="norm", over=dict(kind="layer")), conv(1, 3)],
        lambda: [nn.GroupNorm(1, 3), nn.Conv2d(3, 1, 3, 1, 1)],
    ),
    "instance norm": (
        [2, 3, 4],
        [dict(kind="norm", over=dict(kind="instance")), dict(kind="activation", function="tanh")],
        lambda: [nn.InstanceNorm2d(2, affine=True), nn.Tanh()],
    ),
    "upsampling and pooling": (
        [2, 4, 4],
        [
            dict(kind="upsample", factor=2),
            conv(2, 3),
            dict(kind="activation", function="softplus"),
            dict(kind="pool", of="max", size=2),
            dict(kind="pool", of="mean", size=2),
        ],
        lambda: [nn.Upsample(scale_factor=2), nn.Conv2d(2, 2, 3, 1, 1), nn.Softplus(), nn.MaxPool2d(2), nn.AvgPool2d(2)],
    ),
    "a small discriminator": (
        [1, 8, 8],
        [
            conv(3, 4, 2),
            dict(kind="activation", function="tanh"),
            conv(4, 4, 2),
            dict(kind="activation", function="tanh"),
            dict(kind="dense", outputs=1),
        ],
        lambda: [nn.Conv2d(1, 3, 4, 2, 1), nn.Tanh(), nn.Conv2d(3, 4, 4, 2, 1), nn.Tanh(), nn.Flatten(), nn.Linear(16, 1)],
    ),
}


def case(name, shape, layers, build):
    net = nn.Sequential(*build())
    parameters = list(net.parameters())
    for p in parameters:
        with torch.no_grad():
            p.uniform_(-1, 1)
    x = (2 * torch.rand(5, *shape) - 1).requires_grad_()
    y = net(x)
    weight = 2 * torch.rand_like(y) - 1
    loss = (weight * y).sum()
    *grads, by_x = torch.autograd.grad(loss, parameters + [x], create_graph=True)
    second = torch.autograd.grad((by_x**2).sum(), parameters, allow_unused=True)
    flat = lambda parts: torch.cat([p.detach().reshape(-1) for p in parts]).tolist()
    second = [torch.zeros_like(p) if s is None else s for p, s in zip(parameters, second)]
    return dict(
        name=name, shape=shape, layers=layers, theta=flat(parameters), x=flat([x]), weight=flat([weight]), y=flat([y]),
        by_theta=flat(grads), by_x=flat([by_x]), second=flat(second),
    )


out = [case(name, *rest) for name, rest in CASES.items()]
path = pathlib.Path(__file__).with_name("layers.json")
path.write_text("[\n" + ",\n".join(json.dumps(c) for c in out) + "\n]\n")
print(f"{path}: {len(out)} cases, torch {torch.__version__}")
