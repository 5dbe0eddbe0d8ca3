"""Makes hospital.json, atlas.json and, by plain trilinear interpolation, expected.json."""
import itertools
import json
import math

SIZE, GRID = (8, 10, 12), (5, 6, 7)
MAP = [[1.5, 0, .25, 0], [0, 1.25, .125, .5], [.125, -.25, 1.5, 1]]
SHIFT = [.75, -1.25, 1.625]


def inside(z, y, x):
    """A bright ellipsoid that fades, in a grey box."""
    r = ((z - 3.5) / 3) ** 2 + ((y - 5) / 3.5) ** 2 + ((x - 5) / 5) ** 2
    return round(200 + 3000 * math.exp(-2 * r) + 40 * math.sin(z + 2 * y + 3 * x))


volume = [[[inside(z, y, x) for x in range(SIZE[2])] for y in range(SIZE[1])] for z in range(SIZE[0])]


def trilinear(place):
    place = [min(max(p, 0), n - 1) for p, n in zip(place, SIZE)]
    low = [min(int(p), n - 2) for p, n in zip(place, SIZE)]
    total = 0
    for corner in itertools.product((0, 1), repeat=3):
        w = math.prod(p - k if c else 1 - (p - k) for p, k, c in zip(place, low, corner))
        z, y, x = (k + c for k, c in zip(low, corner))
        total += w * volume[z][y][x]
    return total


def over(size, place):
    return [[[trilinear(place(z, y, x)) for x in range(size[2])] for y in range(size[1])]
            for z in range(size[0])]


def write(name, value):
    with open(name, "w") as f:
        f.write(json.dumps(value).replace("]], ", "]],\n") + "\n")


write("hospital.json", {"volume": volume})
write("atlas.json", {"shift": SHIFT})
write("expected.json", {
    "regridded": over(GRID, lambda z, y, x: [m[0] * z + m[1] * y + m[2] * x + m[3] for m in MAP]),
    "moved": over(SIZE, lambda *p: [a + b for a, b in zip(p, SHIFT)])})
