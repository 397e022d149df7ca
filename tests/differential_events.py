#!/usr/bin/env python3
"""Compares batool with the reference verifier over mutated event logs, by hand:

    python3 tests/differential_events.py --batool target/release/batool --shared ../shared --logs 20000 [--seed 1]

Every log is judged by both in normal or strict mode, with or without a tolerance or an expected digest; the certificates
must agree in everything that both state. The two places where the format's text and its reference are known to differ
are mended in the reference first, so that any difference that is left is one to explain."""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

BATCH = 200


def mend(reference):
    """Lets the reference follow the text where it is known not to."""
    parse, check_schema = reference.parse, reference.check_schema

    def has_half_a_pair(raw):
        found = []

        def look(text):
            found.append(any(0xD800 <= ord(c) <= 0xDFFF for c in text))

        def pairs(members):
            for name, value in members:
                look(name)
                walk(value)
            return None

        def walk(value):
            if isinstance(value, str):
                look(value)
            elif isinstance(value, list):
                for item in value:
                    walk(item)

        json.loads(raw, object_pairs_hook=pairs)
        return any(found)

    def parse_as_told(raw):
        try:
            return parse(raw)
        except reference.Bad as bad:
            if str(bad) in ("R_DUP_KEY", "R_NUMBER") and has_half_a_pair(raw):
                raise reference.Bad("R_SURROGATE")
            raise

    def check_as_told(event):
        try:
            check_schema(event)
        except reference.Bad as bad:
            attrs = event.get("attrs", {})
            is_start = event.get("kind") == "RUN" and event.get("phase") == "START"
            if str(bad) == "R_FIELD_RULE" and is_start and attrs.get("schema") != reference.SCHEMA:
                raise reference.Bad("R_SCHEMA_VERSION")
            raise

    reference.parse, reference.check_schema = parse_as_told, check_as_told


class Writer:
    """A run made up at random: mostly right, so that what is said late in the stages is reached."""

    def __init__(self, rnd, reference):
        self.rnd, self.reference = rnd, reference
        self.lines, self.seq, self.last, self.time = [], {}, {}, {}
        self.chain, self.numbered = rnd.random() < 0.3, rnd.random() < 0.7
        self.ids = rnd.choice(["counted", "plain", "mixed"])
        self.run = rnd.choice(["run-1", "a", "x" * 20])

    def put(self, kind, phase, rank=None, step=None, attrs=None, span=None, clock=None):
        rnd, seq = self.rnd, self.seq.get(rank, 0)
        self.seq[rank] = seq + 1
        now = self.time.get(rank, 10**9) + rnd.choice([0, 0, 5, 10**6, 2 * 10**6, 10**7, rnd.randrange(10**7)])
        if rnd.random() < 0.01:
            now -= rnd.choice([1, 999_999, 10**6, 10**6 + 1, 10**8])
        self.time[rank] = now = max(0, now)
        counted = f"{'run' if rank is None else f'r{rank}'}.{seq}"
        plain = f"e{len(self.lines)}"
        name = {"counted": counted, "plain": plain, "mixed": rnd.choice([counted, plain])}[self.ids]
        event = {"event_id": name, "run_id": self.run, "ts_ns": now, "kind": kind, "phase": phase}
        for key, value in (("rank", rank), ("step", step), ("attrs", attrs), ("span", span), ("clock", clock)):
            if value is not None:
                event[key] = value
        if self.numbered:
            event["seq"] = seq
        if self.chain:
            event["prev"] = self.last.get(rank, "0" * 64)
            event["hash"] = self.last[rank] = self.reference.sha(self.reference.canon(event))
        self.lines.append(event)

    def span(self, kind, rank, step, span=None, attrs=None):
        self.put(kind, "START", rank, step, span=span)
        self.put(kind, "END", rank, step, span=span, attrs=attrs)

    def log(self):
        rnd = self.rnd
        ranks, steps = rnd.choice([1, 1, 2, 3, 4, 18]), rnd.randrange(0, 9)
        attrs = {"schema": "batool.events/1", "world_size": ranks}
        if rnd.random() < 0.3:
            attrs["contract"] = {rnd.choice(["sdc_every_steps", "checkpoint_every_steps"]): rnd.randrange(1, 5)}
        if rnd.random() < 0.2:
            attrs["skew_tolerance_ns"] = rnd.choice([0, 1000, 10**9])
        if rnd.random() < 0.2:
            attrs["logged_ranks"] = sorted(rnd.sample(range(ranks), rnd.randrange(1, ranks + 1)))
        self.put("RUN", "START", attrs=attrs)
        logged = attrs.get("logged_ranks", list(range(ranks)))
        first = rnd.choice([0, 0, 0, 7])
        order = [(step, rank) for step in range(first, first + steps) for rank in logged]
        if rnd.random() < 0.2:
            order.sort(key=lambda pair: pair[1])
        for step, rank in order:
            self.step(step, rank)
            if rnd.random() < 0.06:
                self.crash(step, rank)
        ending = {"status": rnd.choice(["success", "failed", "aborted"])} if rnd.random() < 0.8 else {}
        if rnd.random() < 0.3:
            text = "".join(self.reference.canon(event) + "\n" for event in self.lines)
            ending["seal"] = {"events": len(self.lines), "sha256": self.reference.sha(text)}
        self.put("RUN", "END", attrs=ending or None)
        return self.lines

    def step(self, step, rank):
        rnd = self.rnd
        self.put("STEP", "START", rank, step)
        for _ in range(rnd.randrange(0, 4)):
            kind = rnd.choice(["COMPUTE", "COMPUTE", "DATA_LOAD", "IDLE", "EVAL", "X_MINE"])
            self.span(kind, rank, rnd.choice([step, None]))
        for _ in range(rnd.randrange(0, 3)):
            kind = rnd.choice(["ALLREDUCE", "ALLGATHER", "BROADCAST", "BARRIER", "P2P", "ALL_TO_ALL", "REDUCE_SCATTER"])
            self.span(kind, rank, step, span=rnd.choice([None, None, "g1", "a-group-with-a-long-name"]))
        self.put("STEP", "END", rank, step, attrs={"ok": rnd.random() < 0.5} if rnd.random() < 0.1 else None)
        if rnd.random() < 0.3:
            self.span("CHECKPOINT", rank, step, attrs={"ok": False} if rnd.random() < 0.2 else None)
        if rnd.random() < 0.3:
            attrs = {"result": rnd.choice(["pass", "pass", "pass", "fail", "inconclusive"])}
            if rnd.random() < 0.3:
                attrs["from_step"] = rnd.randrange(0, step + 1)
            self.put("SDC_CHECK", "POINT", rank, step, attrs=attrs)
        if rnd.random() < 0.1:
            self.put(rnd.choice(["NOTE", "RETRY", "X_POINT"]), "POINT", rank)

    def crash(self, step, rank):
        rnd = self.rnd
        if rnd.random() < 0.5:
            self.put("STEP", "START", rank, step + 1)
            self.put("COMPUTE", "START", rank, step + 1)
        if rnd.random() < 0.7:
            self.put("FAILURE", "POINT", rank)
        back = max(0, step - rnd.randrange(-2, 3))
        self.put("RESUME", "POINT", rank, back)
        for again in range(back, step + 1):
            self.step(again, rank)


VALUES = ["null", "true", "0", "-0", "1", "-1", "1.0", "1e3", "1e999", '""', '"x"', '"\\ud800"', '"\\u0041"', "[]", "{}", "9223372036854775807",
          "9223372036854775808", "1048575", "1048576", "9007199254740992", "9007199254740993", '"a b"', '"START"', '"END"', '"POINT"',
          '"RUN"', '"STEP"', '"NOTE"', '"X_A"', '"X_a"', '"wall"', '"mono"', '"r0.0"', '"run.0"', '"r0.1"', '"\u00e9"', '"' + "y" * 129 + '"',
          '"' + "0" * 64 + '"', "0." + "1" * 63, "1" * 65, '{"a":1,"a":2}', '{"ok":false}', '{"ok":1}', "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]"]
NAMES = ["event_id", "run_id", "ts_ns", "kind", "phase", "rank", "step", "span", "clock", "host", "seq", "attrs", "prev", "hash", "extra", "ra\\u006ek"]


def dump(event, rnd):
    """One line, in one of the spellings that mean the same."""
    if rnd.random() < 0.2:
        keys = list(event)
        rnd.shuffle(keys)
        event = {key: event[key] for key in keys}
    separators = rnd.choice([(",", ":"), (",", ":"), (", ", ": ")])
    text = json.dumps(event, ensure_ascii=rnd.random() < 0.5, separators=separators, sort_keys=rnd.random() < 0.3)
    return text.encode() + (b"\r" if rnd.random() < 0.02 else b"")


def change_member(line, rnd):
    """Puts another value, another member, or a member again into a line."""
    try:
        event = json.loads(line)
    except ValueError:
        return line
    if not isinstance(event, dict) or not event:
        return line
    parts = [(json.dumps(key), json.dumps(value)) for key, value in event.items()]
    what, at = rnd.randrange(4), rnd.randrange(len(parts))
    if what == 0:
        parts[at] = (parts[at][0], rnd.choice(VALUES))
    elif what == 1:
        del parts[at]
    elif what == 2:
        parts.insert(at, (f'"{rnd.choice(NAMES)}"', rnd.choice(VALUES)))
    else:
        number = rnd.choice([-3, -1, 1, 2, 10**6])
        numbers = [n for n, (_, value) in enumerate(parts) if value.lstrip("-").isdigit()]
        if numbers:
            at = rnd.choice(numbers)
            parts[at] = (parts[at][0], str(int(parts[at][1]) + number))
    return ("{" + ",".join(f"{key}:{value}" for key, value in parts) + "}").encode("utf-8", "surrogatepass")


def mutate(lines, rnd):
    """Changes a log in a few places."""
    lines = list(lines)
    for _ in range(rnd.choice([0, 0, 1, 1, 1, 2, 3, 6])):
        if not lines:
            break
        at, what = rnd.randrange(len(lines)), rnd.randrange(10)
        line = lines[at]
        if what == 0:
            del lines[at]
        elif what == 1:
            lines.insert(rnd.randrange(len(lines) + 1), line)
        elif what == 2:
            lines.insert(rnd.randrange(len(lines) + 1), lines.pop(at))
        elif what in (3, 4, 5, 6):
            lines[at] = change_member(line, rnd)
        elif what == 7 and line:
            byte = rnd.randrange(len(line))
            new = bytes([rnd.choice(b'{}[]",:\\0-1e. \t\xff\xed\xa0\x80\x00u')])
            lines[at] = line[:byte] + new + line[byte + rnd.randrange(2):]
        elif what == 8:
            lines[at] = rnd.choice([b"", b"[]", b" ", b"{}", b"\xef\xbb\xbf" + line, line + line, line[: len(line) // 2], b"[" * 17, b"]" + b"[" * 17])
        else:
            lines[at], other = lines[-1], lines[at]
            lines[-1] = other
    data = b"\n".join(lines) + (b"\n" if lines and rnd.random() < 0.9 else b"")
    if rnd.random() < 0.03:
        data = data[: rnd.randrange(len(data) + 1)]
    return data


def plain(value):
    """Numbers as strings, as the one writes what the other counts."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return str(value)


def of_reference(certificate):
    return plain({
        "claims": [[c["id"], c["text"], c["value"]] for c in certificate["claims"]],
        "non_claims": [[c["id"], c["reasons"]] for c in certificate["non_claims"]],
        "findings": [[t["code"], t["count"], t["first_line"]] for t in certificate["triggers"]],
        "verdict": certificate["verdict"], "contract_ok": certificate["contract_ok"],
        "tamper_evidence": certificate["tamper_evidence"], "digest": certificate["input"]["digest"]["hex"],
        "raw": certificate["input"]["sha256_raw"],
        "input": [certificate["input"][name] for name in ("bytes", "lines", "events")],
        "run": [certificate["run"][name] for name in ("run_id", "status", "ranks_seen", "world_size")],
        "tolerance": [certificate["options"][name] for name in ("skew_tolerance_ns", "skew_tolerance_source")],
    })


def of_batool(statement):
    told = statement["predicate"]
    return plain({
        "claims": [[c["claim"], c["text"], c["value"]] for c in told["claims"]],
        "non_claims": [[c["claim"], c["reasons"]] for c in told["nonClaims"]],
        "findings": [[f["code"], f["count"], f["first"]["line"]] for f in told["findings"]],
        "verdict": told["verdict"], "contract_ok": told["contractOk"],
        "tamper_evidence": told["tamperEvidence"], "digest": told["input"]["digest"]["hex"],
        "raw": statement["subject"][0]["digest"]["sha256"],
        "input": [told["input"][name] for name in ("bytes", "lines", "events")],
        "run": [told["run"][name] for name in ("runId", "status", "ranksSeen", "worldSize")],
        "tolerance": [told["options"][name] for name in ("skewToleranceNs", "skewToleranceSource")],
    })


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batool", default="target/release/batool")
    parser.add_argument("--shared", default="../shared")
    parser.add_argument("--logs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="folder to keep logs that differ in")
    options = parser.parse_args()
    sys.path.insert(0, str(pathlib.Path(options.shared) / "tools"))
    import ref_verify_events as reference
    mend(reference)
    rnd = random.Random(options.seed)
    cases = sorted((pathlib.Path(options.shared) / "data" / "events").glob("*/events.jsonl"))
    seeds = [case.read_bytes().splitlines() for case in cases]
    codes, verdicts, differ, done = {}, {}, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        while done < options.logs:
            strict, profile = rnd.random() < 0.4, "full"
            tolerance = rnd.choice([None, None, None, 0, 1000, 10**9])
            expected = rnd.choice([None] * 9 + ["0" * 64])
            extra = ["--profile", profile] + ["--strict"] * strict
            extra += ["--skew-tolerance-ns", str(tolerance)] if tolerance is not None else []
            extra += ["--expect-digest", expected] if expected else []
            extra += ["--id-memory", rnd.choice(["1G", "1"])]
            paths, logs = [], []
            for n in range(min(BATCH, options.logs - done)):
                if rnd.random() < 0.3:
                    lines = rnd.choice(seeds)
                else:
                    lines = [dump(event, rnd) for event in Writer(rnd, reference).log()]
                logs.append(mutate(lines, rnd))
                paths.append(pathlib.Path(folder) / f"{n}.jsonl")
                paths[-1].write_bytes(logs[-1])
            command = [options.batool, "verify", "--quiet", "--format", "json", *extra, *map(str, paths)]
            answer = subprocess.run(command, capture_output=True, check=False)
            told = answer.stdout.splitlines()
            if len(told) != len(logs):
                sys.exit(f"{len(told)} answers to {len(logs)} logs: {answer.stderr.decode()[:2000]}")
            for n, (log, line) in enumerate(zip(logs, told)):
                verifier = reference.Verifier(strict, profile, tolerance, expected)
                wanted, seen = of_reference(verifier.run(log)), of_batool(json.loads(line))
                for code, _, _ in wanted["findings"]:
                    codes[code] = codes.get(code, 0) + 1
                verdicts[wanted["verdict"]] = verdicts.get(wanted["verdict"], 0) + 1
                if wanted != seen:
                    differ += 1
                    print(f"log {done + n} ({' '.join(extra)}) differs:")
                    for name in wanted:
                        if wanted[name] != seen[name]:
                            print(f"  {name}\n    reference {wanted[name]}\n    batool    {seen[name]}")
                    if options.keep:
                        pathlib.Path(options.keep).mkdir(exist_ok=True)
                        (pathlib.Path(options.keep) / f"{done + n}.jsonl").write_bytes(log)
            done += len(logs)
            if differ > 20:
                break
    print(f"{done} logs, {differ} differ; verdicts {verdicts}")
    print("codes met:", ", ".join(f"{code} {count}" for code, count in sorted(codes.items())))
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
