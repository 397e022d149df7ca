#!/usr/bin/env python3
"""Compares batool with a second implementation of the package rules, on packages with one fault each.

Run by hand; needs nothing but Python 3.9 and the shared material (env BATOOL_SHARED, else ../shared beside the project):

    cargo build --release
    tests/differential.py [--batool target/release/batool] [--count 2000] [--seed 1] [--only WORD] [--show N] [--keep DIR]

Takes each package of data/packages and data/stores (with its empty folders), changes one thing in a copy of it, and asks both
`batool verify --format json` and `tools/check_package.py`. Most changes keep the canonical form, the order of rows and, on a coin's
toss, the digests that cover the changed file, so that rules behind those are asked too. Mutant N of a seed is always the same.

What is expected: where the checker names a violation of a family that batool implements (IMPLEMENTED below), batool says REJECT
(or UNDECIDABLE, for an unknown version or kind); where batool says REJECT, the checker names some violation. Everything else is
listed under "missed" (checker only), "stricter" (batool only) or "not implemented" (counts by family). Exit code 1 if anything was
missed or stricter. The checker is a second opinion, not the truth: spec/package.md decides.
"""
from __future__ import annotations

import argparse, collections, copy, hashlib, importlib.util, json, os, random, re, shutil, subprocess, sys, tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHARED = Path(os.environ.get("BATOOL_SHARED") or HERE.parent.parent / "shared")
IMPLEMENTED = re.compile(r"(B\d+|M([1-7]|9|10)|D([1-9]|1[013567])|F[1-6]|L\d+|X([1-9]|1[0-46])|O[123567])\Z")
ORDER = {
    "accept_write_ledger": ("candidate_id", "asrt_id"), "candidate_ledger": ("cand_key_digest", "asrt_id"),
    "run_ledger": ("run_id",), "support_artifacts": ("support_digest",), "rule_trace_artifacts": ("rule_run_id",),
    "certainty_summaries": ("candidate_id",), "provenance_trees": ("candidate_id",), "provenance_statuses": ("candidate_id",),
    "evidence_graphs": ("candidate_id",), "provenance_timelines": ("candidate_id",), "decision_log": None, "accept_failed": None,
}


def canon(value) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "surrogatepass")


def sha(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def checker():
    spec = importlib.util.spec_from_file_location("check_package", SHARED / "tools/check_package.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ---- one change ------------------------------------------------------------------------------------------------------

def leaves(value, at=()):
    """Every place in a value, containers included."""
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from leaves(inner, at + (key,))


def edited_text(rng, text):
    if not text:
        return "x"
    hexes = [n for n, c in enumerate(text) if c in "0123456789abcdef"]
    ways = ["longer", "shorter", "empty", "é", "upper"] + ["hex"] * 4 * bool(hexes)
    way = rng.choice(ways)
    if way == "hex":
        n = rng.choice(hexes)
        return text[:n] + rng.choice([c for c in "0123456789abcdef" if c != text[n]]) + text[n + 1:]
    return {"longer": text + "0", "shorter": text[:-1], "empty": "", "é": text + "é", "upper": text.swapcase()}[way]


def edited_value(rng, value):
    if isinstance(value, bool):
        return not value if rng.random() < 0.8 else int(value)
    if isinstance(value, int):
        return rng.choice([value + 1, value - 1, -value - 1, float(value), str(value), None, value * 10**20 + 7])
    if isinstance(value, float):
        return rng.choice([value + 0.5, -value, 1e300, str(value), 0])
    if isinstance(value, str):
        return edited_text(rng, value) if rng.random() < 0.85 else rng.choice([None, 7, [value], {"x": value}, True])
    if value is None:
        return rng.choice(["x", 0, "sha256:" + "0" * 64, [], False])
    value = copy.copy(value)
    if isinstance(value, list):
        way = rng.choice(["drop", "double", "swap", "more", "empty", "null"])
        if way == "null":
            return None
        if way == "more" or not value:
            value.append(rng.choice(["x", "zz", 1, [], {}]) if not value else copy.deepcopy(value[-1]) if rng.random() < 0.3 else "zz")
        elif way == "empty":
            value = []
        elif way == "swap" and len(value) > 1:
            n = rng.randrange(len(value) - 1)
            value[n], value[n + 1] = value[n + 1], value[n]
        else:
            n = rng.randrange(len(value))
            value[n:n + 1] = [] if way == "drop" else [value[n]] * 2
        return value
    way = rng.choice(["drop", "add", "rename", "null"])
    if way == "null":
        return None
    if way == "add" or not value:
        value[rng.choice(["aaa", "zzz", "extra"])] = rng.choice([None, "x", 1])
        return value
    key = rng.choice(sorted(value))
    inner = value.pop(key)
    if way == "rename":
        value[key + "_"] = inner
    return value


def edit_somewhere(rng, value):
    """A copy of the value with one place changed, and where."""
    value = copy.deepcopy(value)
    at = rng.choice(list(leaves(value)) if rng.random() < 0.2 else [at for at in leaves(value) if at] or [()])
    if not at:
        return edited_value(rng, value), "/"
    inner = value
    for key in at[:-1]:
        inner = inner[key]
    inner[at[-1]] = edited_value(rng, inner[at[-1]])
    return value, "/" + "/".join(map(str, at))


def dump_rows(rows):
    return b"".join(canon(row) + b"\n" for row in rows)


def resort(name, rows):
    if name not in ORDER:
        return rows
    fields = ORDER[name]
    if fields is None:
        return sorted(rows, key=canon)
    return sorted(rows, key=lambda row: [str(row.get(f) if isinstance(row, dict) else row) for f in fields])


def load_rows(data):
    return [json.loads(line) for line in data.decode().split("\n") if line]


def change_rows(rng, files, path):
    name = Path(path).stem
    rows = load_rows(files[path])
    ways = ["edit"] * 8 + ["drop", "double", "swap", "insert", "empty", "exchange"]
    way = rng.choice(ways) if rows else "insert"
    n = rng.randrange(len(rows)) if rows else 0
    what = f"{path}:{n + 1} {way}"
    if way == "edit":
        rows[n], where = edit_somewhere(rng, rows[n])
        what += f" {where}"
        if name == "support_artifacts" and isinstance(rows[n], dict) and rng.random() < 0.5:
            rows[n]["support_digest"] = sha(canon({k: v for k, v in rows[n].items() if k != "support_digest"}))
            what += ", digest made good"
    elif way == "drop":
        del rows[n]
    elif way == "double":
        rows.insert(n, rows[n])
    elif way == "swap":
        m = rng.randrange(len(rows))
        rows[n], rows[m] = rows[m], rows[n]
        files[path] = dump_rows(rows)
        return f"{what} with {m + 1}"
    elif way == "empty":
        rows = []
    elif way == "exchange":
        m = rng.randrange(len(rows))
        if isinstance(rows[n], dict) and isinstance(rows[m], dict):
            key = rng.choice(sorted(rows[n]))
            if key in rows[m]:
                rows[n][key], rows[m][key] = rows[m][key], rows[n][key]
            what += f" {key} with {m + 1}"
    else:
        row = copy.deepcopy(rows[n]) if rows else {"x": 1}
        row, where = edit_somewhere(rng, row)
        rows.insert(n, row)
    if rng.random() < 0.75:
        rows = resort(name, rows)
        what += ", sorted"
    files[path] = dump_rows(rows)
    return what


def change_document(rng, files, path):
    value, where = edit_somewhere(rng, json.loads(files[path]))
    files[path] = canon(value)
    return f"{path} edit {where}"


def change_bytes(rng, files, path):
    data = files[path]
    way = rng.choice(["flip", "insert", "delete", "cut", "newline", "no newline", "crlf", "bom", "latin", "blank", "space", "repeat key",
                      "NaN", "unsorted", "escape", "float", "nul", "tab", "backslash", "number sign", "append"])
    n = rng.randrange(len(data)) if data else 0
    if way == "flip" and data:
        data = data[:n] + bytes([data[n] ^ (1 << rng.randrange(8))]) + data[n + 1:]
    elif way == "insert":
        data = data[:n] + bytes([rng.randrange(256)]) + data[n:]
    elif way == "delete":
        data = data[:n] + data[n + 1:]
    elif way == "cut":
        data = data[:n]
    elif way == "newline":
        data += b"\n"
    elif way == "no newline":
        data = data.removesuffix(b"\n")
    elif way == "crlf":
        data = data.replace(b"\n", b"\r\n", 1)
    elif way == "bom":
        data = b"\xef\xbb\xbf" + data
    elif way == "latin":
        data = data[:n] + b"\xe9" + data[n:]
    elif way == "blank":
        data = data.replace(b"\n", b"\n\n", 1) if rng.random() < 0.5 else b"\n" + data
    elif way == "space":
        data = data.replace(b":", b": ", 1)
    elif way == "repeat key":
        data = re.sub(rb'("[a-z_]+":)("[^"]*")', rb"\1\2,\1\2", data, count=1)
    elif way == "NaN":
        data = re.sub(rb":\d+", b":NaN", data, count=1)
    elif way == "unsorted":
        data = re.sub(rb'\{("[a-z_]+":"[^"]*"),("[a-z_]+":"[^"]*")', rb"{\2,\1", data, count=1)
    elif way == "escape":
        data = data.replace(b"a", b"\\u0061", 1)
    elif way == "float":
        data = re.sub(rb":(\d+)", rb":\1.0", data, count=1)
    elif way == "nul":
        data = data[:n] + b"\0" + data[n:]
    elif way == "tab":
        data = data[:n] + b"\t" + data[n:]
    elif way == "backslash":
        data = data[:n] + b"\\" + data[n:]
    elif way == "number sign":
        data = re.sub(rb":(\d+)", rb":-\1", data, count=1)
    else:
        data += b"x\n"
    files[path] = data
    return f"{path} bytes: {way} at {n}"


def change_table(rng, files, path):
    rows = [line.split("\t") for line in files[path].decode().split("\n") if line]
    way = rng.choice(["edit"] * 6 + ["drop", "double", "swap", "insert", "empty", "cells", "exchange", "form"]) if rows else "insert"
    n = rng.randrange(len(rows)) if rows else 0
    what = f"{path}:{n + 1} {way}"
    if way == "edit":
        c = rng.randrange(len(rows[n]))
        rows[n][c] = edited_text(rng, rows[n][c])
        what += f" cell {c + 1}"
    elif way == "form":
        c = len(rows[n]) - 1
        rows[n][c] = rng.choice(["+", "0", " ", "-"]) + rows[n][c]
        what += f" {rows[n][c]!r}"
    elif way == "drop":
        del rows[n]
    elif way == "double":
        rows.insert(n, list(rows[n]))
    elif way == "swap":
        m = rng.randrange(len(rows))
        rows[n], rows[m] = rows[m], rows[n]
    elif way == "insert":
        width = {"claim": 4, "claim_arg": 4, "revokes": 2, "claim_seq": 2}.get(Path(path).stem, 3)
        rows.insert(n, ["f" * 32, "9", "1", "string"][:width])
    elif way == "empty":
        rows = []
    elif way == "cells":
        rows[n] = rows[n] + ["x"] if rng.random() < 0.5 else rows[n][:-1]
    elif way == "exchange":
        m = rng.randrange(len(rows))
        c = rng.randrange(min(len(rows[n]), len(rows[m])))
        rows[n][c], rows[m][c] = rows[m][c], rows[n][c]
        what += f" cell {c + 1} with {m + 1}"
    if way != "swap" and rng.random() < 0.8:
        rows.sort()
        what += ", sorted"
    files[path] = "".join("\t".join(row) + "\n" for row in rows).encode()
    return what


def change_files(rng, files):
    way = rng.choice(["drop", "drop", "add", "rename", "move", "contents", "hollow", "list", "unlist", "link"])
    path = rng.choice(sorted(files))
    what = f"{way} {path}"
    if way == "drop":
        del files[path]
    elif way == "add":
        path = rng.choice(["audit/extra.jsonl", "audit/x/y.json", "extra.txt", "outputs/extra.txt", "outputs/p_x.out.facts", "facts/extra.facts",
                           "rules/extra.dl", "authoring_apply_events.jsonl", "db/audit/authoring_apply_events.jsonl", "outputs/.raw/x",
                           "policy/more.json", "audit/round_events.jsonl", "audit/evidence_graphs.jsonl", "db/x"])
        files.setdefault(path, b'{"x":1}\n')
        what = f"add {path}"
    elif way == "rename":
        files[path + "_"] = files.pop(path)
    elif way == "move":
        files[Path(path).name if "/" in path else "audit/" + path] = files.pop(path)
    elif way == "contents":
        other = rng.choice(sorted(files))
        files[path], files[other] = files[other], files[path]
        what += f" with {other}"
    elif way == "hollow":
        files[path] = b""
    elif way == "link":
        files[path + ".link"] = None
        what += " (link added)"
    else:
        manifest = json.loads(files["manifest.json"])
        listed = (manifest.get("paths") or {}).get("audit_files")
        if isinstance(listed, dict) and listed:
            if way == "unlist":
                key = rng.choice(sorted(listed))
                del listed[key]
            else:
                key = rng.choice(["round_events", "certainty_summaries", "evidence_graphs", "extra"])
                listed[key] = f"audit/{key}.jsonl"
                if rng.random() < 0.5:
                    files.setdefault(listed[key], b"")
            files["manifest.json"] = canon(manifest)
            what = f"{way} {key}"
    return what


def make_digests_good(files):
    """States in the manifest what the changed files hash to."""
    try:
        manifest = json.loads(files["manifest.json"])
        digests = manifest["digests"]
        tree = lambda paths: sha(b"".join(p.encode() + b"\0" + (files.get(p) or b"") for p in sorted(paths)))
        digests["edb_digest"] = tree([p for p in manifest["paths"]["facts"].values()])
        digests["rules_digest"] = tree(["rules/idb.dl", "rules/view.dl"])
        digests["policy_digest"] = sha(files["policy/policy_ir.json"])

        def strip(value, on=True):
            if isinstance(value, dict):
                return {k: strip(v, on and k != "meta_keys") for k, v in value.items() if not on or k not in ("generated_at", "repr")}
            return [strip(v, on) for v in value] if isinstance(value, list) else value
        digests["schema_digest"] = sha(canon(strip(json.loads(files["schema/schema_ir.json"]))))
        files["manifest.json"] = canon(manifest)
        return True
    except (KeyError, ValueError, AttributeError, TypeError):
        return False


def mutate(rng, files):
    """Changes one thing and says what."""
    kind = rng.choices(["rows", "document", "bytes", "table", "files"], [8, 4, 3, 4, 2])[0]
    of = lambda test: sorted(p for p in files if test(p))
    rows = of(lambda p: p.endswith(".jsonl"))
    tables = of(lambda p: p.startswith("facts/") and p.endswith(".facts"))
    if kind == "table" and not tables:
        kind = "rows"
    if kind == "rows" and not rows:
        kind = "document"
    if kind == "rows":
        full = [p for p in rows if files[p]]
        what = change_rows(rng, files, rng.choice(full if full and rng.random() < 0.95 else rows))
    elif kind == "document":
        documents = of(lambda p: p.endswith(".json"))
        path = "manifest.json" if rng.random() < 0.4 else rng.choice(documents)
        what = change_document(rng, files, path)
    elif kind == "bytes":
        what = change_bytes(rng, files, rng.choice([p for p in sorted(files) if files[p]]))
    elif kind == "table":
        full = [p for p in tables if files[p]]
        what = change_table(rng, files, rng.choice(full if full and rng.random() < 0.9 else tables))
    else:
        what = change_files(rng, files)
    if kind != "files" and "manifest.json" not in what and rng.random() < 0.7 and make_digests_good(files):
        what += ", digests made good"
    return what


# ---- the comparison --------------------------------------------------------------------------------------------------

def restore(place):
    """Copies of all packages, with the empty folders that git does not keep."""
    for part in ("packages", "stores"):
        shutil.copytree(SHARED / "data" / part, place / part)
    for folder in (SHARED / "data/EMPTY_DIRS").read_text().splitlines():
        (place / folder).mkdir(parents=True, exist_ok=True)
    return sorted(p.parent for p in place.rglob("manifest.json"))


def write(package, files, place):
    for folder, names, _ in os.walk(package):
        for name in names:
            (place / os.path.relpath(folder, package) / name).mkdir(parents=True, exist_ok=True)
    place.mkdir(parents=True, exist_ok=True)
    for path, data in files.items():
        target = place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if data is None:
            os.symlink("manifest.json", target)
        else:
            target.write_bytes(data)


def batch(job):
    """Makes some mutants, asks both sides, and gives (number, package, change, verdict, codes, violations, warnings)."""
    packages, numbers, options = job
    check = checker().check
    out, places = [], []
    with tempfile.TemporaryDirectory() as top:
        top = Path(top)
        for number in numbers:
            rng = random.Random(f"{options.seed}/{number}")
            package = packages[number % len(packages)]
            before = {p.relative_to(package).as_posix(): p.read_bytes() for p in sorted(package.rglob("*")) if p.is_file()}
            for _ in range(50):
                files = dict(before)
                what = mutate(rng, files)
                if files != before and (not options.only or options.only in what):
                    break
            else:
                continue
            place = top / str(number)
            write(package, files, place)
            if options.keep:
                kept = Path(options.keep) / str(number)
                shutil.rmtree(kept, ignore_errors=True)
                write(package, files, kept)
            said = check(place)
            hard = [x for x in said if not x.split(" ")[0].endswith("w")]
            places.append(place)
            out.append([number, package, what, hard, [x for x in said if x not in hard]])
        run = subprocess.run([options.batool, "verify", "--format", "json", *map(str, places)], capture_output=True, text=True)
        lines = run.stdout.splitlines()
        if len(lines) != len(places) or run.returncode not in (0, 1, 2):
            raise SystemExit(f"batool ended with {run.returncode} and {len(lines)} answers for {len(places)} packages:\n{run.stderr}")
        for line, row in zip(lines, out):
            predicate = json.loads(line)["predicate"]
            row[3:3] = [predicate["verdict"], [f"{f['code']}: {f['text']}" for f in predicate["findings"]]]
    return out


def explained(violation):
    """Violations under an implemented number that belong to one that is not, or where batool answers otherwise with good reason."""
    # Without a manifest it is no package: UNDECIDABLE (spec/cli.md, Sources).
    return violation == "M4 missing file manifest.json"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batool", default=str(HERE.parent / "target/release/batool"))
    parser.add_argument("--count", type=int, default=2000, help="how many mutants")
    parser.add_argument("--first", type=int, default=0, help="number of the first")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", default="", help="only changes whose description has this text")
    parser.add_argument("--show", type=int, default=40, help="how many differences to list in full")
    parser.add_argument("--keep", default="", help="keep the mutants in this folder")
    parser.add_argument("--json", default="", help="write every row to this file, one JSON list a line")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as top:
        packages = restore(Path(top))
        numbers = list(range(options.first, options.first + options.count))
        jobs = [(packages, numbers[n:n + 50], options) for n in range(0, len(numbers), 50)]
        with ProcessPoolExecutor(options.jobs) as pool:
            rows = [row for rows in pool.map(batch, jobs) for row in rows]
    if options.json:
        Path(options.json).write_text("".join(json.dumps([row[0], row[1].name, *row[2:]]) + "\n" for row in rows))
    agree, missed, stricter, later, other, crashed = collections.Counter(), [], [], collections.Counter(), [], []
    for row in rows:
        _, _, _, verdict, codes, hard, _ = row
        rules = {x.split(" ")[0] for x in hard}
        known = {x.split(" ")[0] for x in hard if IMPLEMENTED.match(x.split(" ")[0]) and not explained(x)}
        if known and verdict == "VERIFIED" or known and "M1" not in known and verdict == "UNDECIDABLE":
            missed.append(row)
        elif verdict == "REJECT" and not rules:
            stricter.append(row)
        elif rules and not known and verdict != "REJECT":
            later.update([" ".join(sorted(rules))])
            if "E0" in rules:
                crashed.append(row)
        elif verdict == "UNDECIDABLE" and not rules:
            other.append(row)
        else:
            agree[f"{verdict}, checker {'objects' if rules else 'is silent'}"] += 1
    print(f"{len(rows)} mutants of {len(packages)} packages; agreement: {dict(agree)}")
    print(f"not implemented (checker objects, batool is silent): {sum(later.values())}: {dict(later.most_common())}")
    for title, found in (("missed", missed), ("stricter", stricter), ("undecidable, checker silent", other), ("verified, checker fell over", crashed)):
        print(f"\n{title}: {len(found)}")
        groups = collections.Counter()
        for n, (number, package, what, verdict, codes, hard, warned) in enumerate(found):
            groups[(tuple(sorted({x.split(" ")[0] for x in hard})), tuple(sorted({c.split(":")[0] for c in codes})))] += 1
            if n < options.show:
                print(f"  #{number} {package.name}: {what}\n    batool: {verdict} {codes}\n    checker: {hard} {warned}")
        for group, count in groups.most_common():
            print(f"  {count} x checker {group[0]}, batool {group[1]}")
    return 1 if missed or stricter else 0


if __name__ == "__main__":
    sys.exit(main())
