"""Records what HTCondor makes of argument and environment strings.

Runs where HTCondor's Python bindings are installed, for instance in a folder made with
debootstrap that has Debian's `condor` and `python3-htcondor`:

    chroot ROOT python3 -W ignore - < test/job/record-quoting.py > test/job/quoting.json

Each row is [function, argument, value]; the value is null where HTCondor says error.
The functions are HTCondor's ClassAd functions, called with the real implementation.
"""

import json
import random

import htcondor  # noqa: F401  (registers HTCondor's functions with the ClassAd library)
import classad

TEXTS = [
    "",
    " ",
    "a",
    "a b",
    "  a   b  ",
    "a\tb\nc\rd",
    "''",
    "'' ''",
    "a '' b",
    "'a b'",
    "a'b c'd",
    "'it''s'",
    "it''''s",
    "''''",
    "''''''",
    "'",
    "a 'b",
    "a 'b''",
    "'a''b' c",
    'a "b c" d',
    'say "hello"',
    "A=1",
    "A=1 B=2",
    "A=1;B=2",
    ";A=1;B=2",
    "|A=1|B=2;3",
    "A=1|B=2",
    "A=1;;B=2;",
    " A=1 ; B=2 ",
    "A=1\nB=2",
    "A=1;\n B=2",
    "A='two words' B=it''''s",
    "A= B=",
    "A",
    "A=1 B",
    "A=1;B",
    "=1",
    "A==1",
    "A=a=b",
    "A=1 A=2",
    "A=1;A=2",
    "'A B'=1",
    "'A=one two'",
    "A=\u00e9t\u00e9",
    "/A=/usr/bin/B=/x",
    ",A=1,B=2",
    "A=\\n;B=\\'",
    "x\u000by",
    "x\u000cy z",
    "x\u00a0y",
]

WORDS = [
    [],
    [""],
    ["", ""],
    ["a"],
    ["a", "b"],
    ["a b"],
    ["a", "", "b"],
    ["it's"],
    ["'"],
    ["''"],
    ["a'"],
    ["'a'"],
    [" "],
    [" '"],
    ["' "],
    ["a b'c d"],
    ["x\ty", "x\ny", "x\ry"],
    ['"'],
    ['a "b" c'],
    ["\\"],
    ["a;b", "c|d"],
    ["\u00e9"],
]


def evaluate(expression):
    value = classad.ExprTree(expression).eval()
    return None if isinstance(value, classad.Value) else value


def literal(value):
    return str(classad.quote(value))


def rows():
    chance = random.Random(20)
    texts = TEXTS + ["".join(chance.choices("ab =;|' \t\"", k=chance.randint(1, 12))) for _ in range(150)]
    texts += ["".join(chance.choices(["A=1", "B=", "=", ";", "|", " ", "'", "\n", "C"], k=6)) for _ in range(100)]
    for text in texts:
        yield ["argsToList", text, evaluate(f"argsToList({literal(text)}, 2)")]
        yield ["argsToListV1", text, evaluate(f"argsToList({literal(text)}, 1)")]
        yield ["envV1ToV2", text, evaluate(f"envV1ToV2({literal(text)})")]
        yield ["mergeEnvironment", text, evaluate(f"mergeEnvironment({literal(text)})")]
    lists = WORDS + [
        ["".join(chance.choices("ab '\t", k=chance.randint(0, 6))) for _ in range(chance.randint(1, 4))]
        for _ in range(80)
    ]
    for words in lists:
        expression = "{" + ", ".join(literal(word) for word in words) + "}"
        yield ["listToArgs", words, evaluate(f"listToArgs({expression}, 2)")]
        yield ["listToArgsV1", words, evaluate(f"listToArgs({expression}, 1)")]


lines = (json.dumps(row, ensure_ascii=True) for row in rows())
print("[\n  " + ",\n  ".join(lines) + "\n]")
