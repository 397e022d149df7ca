#!/usr/bin/env python3
"""Writes the first inputs of each fuzz target to fuzz/corpus/<target>/, made from the fixtures.

    python3 fuzz/seeds.py && cargo +nightly fuzz run json -- -max_total_time=600
"""
import gzip
import io
import pathlib
import tarfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = HERE.parent / "fixtures" / "packages"
# The packages that each target knows, in its order, and the folder whose files it replaces.
REPLACING = {
    "ledger": (["ok-full", "ok-evidence", "ok-mapping"], "audit/"),
    "table": (["ok-full", "ok-mapping", "ok-unicode"], "facts/"),
}

SOURCES = {
    "import_mlperf": b':::MLLOG {"key":"run_start","time_ms":1}\n:::MLLOG {"key":"epoch_start","time_ms":2}\n',
    "import_kineto": b'{"traceEvents":[{"ph":"X","cat":"kernel","name":"k","ts":1.5,"dur":2}]}',
    "import_megatron": b" iteration 1/ 9 | elapsed time per iteration (ms): 1.5 |\ntime (ms) | forward: 0.5\n",
    "import_otlp": b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"t","spanId":"s","name":"RUN","startTimeUnixNano":"1"}]}]}]}',
}


def files(package):
    """Path and bytes of each file of a fixture, sorted by path."""
    root = PACKAGES / package
    return [(p.relative_to(root).as_posix(), p.read_bytes()) for p in sorted(root.rglob("*")) if p.is_file()]


def write(target, name, data):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def tar(package):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path, data in files(package):
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def zipped(package, how):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for path, data in files(package):
            archive.writestr(zipfile.ZipInfo(path), data, compress_type=how)
    return out.getvalue()


def main():
    for folder in sorted(PACKAGES.iterdir()):
        for path, data in files(folder.name):
            if path.endswith((".json", ".jsonl")):
                write("json", f"{folder.name}-{path.replace('/', '-')}", data)
    for target, (packages, prefix) in REPLACING.items():
        for choice, package in enumerate(packages):
            paths = [(path, data) for path, data in files(package) if path.startswith(prefix)]
            for which, (path, data) in enumerate(sorted(paths)):
                write(target, f"{package}-{path.replace('/', '-')}", bytes([choice, which]) + data)
    for choice, package in enumerate(["ok-full", "ok-documented", "ok-audit-only"]):
        write("manifest", package, bytes([choice]) + (PACKAGES / package / "manifest.json").read_bytes())
    for log in sorted((HERE / "../fixtures/events").glob("*.jsonl")):
        write("events", log.name, log.read_bytes())
    for target, source in SOURCES.items():
        write(target, "source", b"\0" + source)
    for package in ["ok-audit-only", "ok-documented"]:
        write("tar", f"{package}.tar", tar(package))
        write("tar", f"{package}.tar.gz", gzip.compress(tar(package), mtime=0))
        write("zip", f"{package}-stored.zip", zipped(package, zipfile.ZIP_STORED))
        write("zip", f"{package}-deflated.zip", zipped(package, zipfile.ZIP_DEFLATED))


if __name__ == "__main__":
    main()
