#!/usr/bin/python3
"""Images per second in training, lowbit beside PyTorch: the same networks, batch 100, Adam, one thread.

    python3 bench/training.py build/bench/bench/training        (Debian: python3-torch)

Rounds alternate between the two, so that a machine whose speed drifts does not favour one. Prints medians.
"""
import statistics
import subprocess
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(1)
SECONDS, ROUNDS = 2.0, 5


class Sign(torch.autograd.Function):
    """+1 or -1; the gradient passes where |x| <= 1."""

    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return torch.where(x >= 0, 1.0, -1.0)

    @staticmethod
    def backward(context, upstream):
        (x,) = context.saved_tensors
        return upstream * (x.abs() <= 1)


class Layer(nn.Module):
    """A linear layer or a convolution; `signs` says whether weights and inputs are binarized."""

    def __init__(self, layer, weight_signs, input_signs, rectified):
        super().__init__()
        self.layer, self.weight_signs, self.input_signs, self.rectified = layer, weight_signs, input_signs, rectified

    def forward(self, x):
        x = Sign.apply(x) if self.input_signs else F.relu(x) if self.rectified else x
        w = Sign.apply(self.layer.weight) if self.weight_signs else self.layer.weight
        if isinstance(self.layer, nn.Linear):
            return F.linear(x, w, self.layer.bias)
        return F.conv2d(x, w, self.layer.bias, self.layer.stride, self.layer.padding)


def mlp(binary):
    def linear(inputs, outputs, weight, signs, rectified, bias=False):
        return Layer(nn.Linear(inputs, outputs, bias), weight, signs, rectified)

    return nn.Sequential(
        linear(784, 256, binary, False, False), nn.BatchNorm1d(256),
        linear(256, 256, binary, binary, not binary), nn.BatchNorm1d(256),
        linear(256, 10, False, binary, not binary, True))


class Residual(nn.Module):
    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + (self.shortcut(x) if self.shortcut else x)


def cnn(binary):
    def conv(inputs, outputs, size, stride, padding, weight, signs, rectified, bias=False):
        return Layer(nn.Conv2d(inputs, outputs, size, stride, padding, bias=bias), weight, signs, rectified)

    def block(inputs, outputs, stride):
        return nn.Sequential(conv(inputs, outputs, 3, stride, 1, binary, binary, not binary), nn.BatchNorm2d(outputs))

    shortcut = nn.Sequential(nn.AvgPool2d(2), conv(32, 64, 1, 1, 0, False, False, False), nn.BatchNorm2d(64))
    return nn.Sequential(
        conv(4, 32, 3, 1, 1, False, False, False), nn.BatchNorm2d(32), Residual(block(32, 32, 1)),
        Residual(block(32, 64, 2), shortcut), Residual(block(64, 64, 1)), nn.MaxPool2d(3, 2),
        conv(64, 10, 3, 1, 0, False, binary, not binary, True), nn.Flatten())


def rate(net, shape):
    """Images per second of one network: the median over its steps."""
    x = torch.randint(0, 256, (100, *shape)).float()
    labels = torch.arange(100) % 10
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    rates, start = [], time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        before = time.perf_counter()
        optimizer.zero_grad()
        F.cross_entropy(net(x), labels).backward()
        optimizer.step()
        rates.append(100 / (time.perf_counter() - before))
    return statistics.median(rates)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    ours, theirs = {}, {}
    for _ in range(ROUNDS):
        output = subprocess.run([sys.argv[1], str(SECONDS)], check=True, capture_output=True, text=True).stdout
        for line in output.splitlines():
            name, images = line.split()
            ours.setdefault(name, []).append(float(images))
        for name, make, shape in (("mlp", mlp, (784,)), ("cnn", cnn, (4, 14, 14))):
            for kind in ("float", "binary"):
                theirs.setdefault(f"{name}_{kind}", []).append(rate(make(kind == "binary"), shape))
    print(f"images/s, one thread, batch 100, medians of {ROUNDS} rounds; PyTorch {torch.__version__}")
    print(f"{'network':12} {'lowbit':>9} {'PyTorch':>9} {'ratio':>7}")
    for name, rates in ours.items():
        quotient = statistics.median(a / b for a, b in zip(rates, theirs[name]))
        print(f"{name:12} {statistics.median(rates):9.0f} {statistics.median(theirs[name]):9.0f} {quotient:7.2f}")


main()
