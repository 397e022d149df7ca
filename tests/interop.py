#!/usr/bin/env python3
"""The real producer as the referee:  interop.py BATOOL

Installs factgraph 0.3.0 from PyPI, lets it write fresh packages, and asks that `batool verify` finds every one of them,
and every package under fixtures/packages, VERIFIED, and that factgraph's own reader loads them. Exports of fresh stores must
equal the producer's, a package of records must be one that its reader loads, and PyPI's bagit must find exported bags valid. PyPI's pre-commit
must let a good run into an archive, and no changed one.
Where there is no PyPI it says so and ends well.
"""
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

READ = """
import json, pathlib, sys
from factgraph.audit import load_assertion_index, load_audit_package
for path in sys.argv[1:]:
    kind = json.loads((pathlib.Path(path) / "manifest.json").read_bytes())["package_kind"]
    (load_assertion_index if kind == "inference" else load_audit_package)(path)
"""


def producer(place):
    """A Python that has factgraph, or none where it cannot be had."""
    try:
        venv.create(place, with_pip=True)
        python = place / "bin" / "python"
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "factgraph==0.3.0",
                   "bagit", "setuptools", "pre-commit"]
        subprocess.run([python, *install], check=True, timeout=600)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"interop: SKIPPED, factgraph 0.3.0 cannot be installed here: {error}")
        return None
    return python


def records(python, batool, place):
    """The page of Python in docs/records.md writes what the reader loads as a package."""
    page = (ROOT / "docs" / "records.md").read_text("utf-8").split("```python\n")[1].split("```")[0]
    with open(place / "records.jsonl", "wb") as out:
        subprocess.run([python, "-c", page], check=True, stdout=out)
    package = place / "of-records"
    subprocess.run([batool, "export", "--records", place / "records.jsonl", "--to", package], check=True)
    subprocess.run([batool, "verify", package], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([python, "-c", READ, package], check=True)


def bags(python, batool, place, fresh):
    """Every fresh package goes out of an archive as a bag."""
    archive = place / "archive"
    subprocess.run([batool, "archive", "init", archive, "--bare"], check=True, stdout=subprocess.DEVNULL)
    packages = [package for package in sorted(fresh.iterdir()) if "documented" not in package.name]
    subprocess.run([batool, "archive", "add", "--archive", archive, *packages], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([batool, "export", "--archive", archive, "**", "--to", place / "bags", "--format", "bagit",
                    "--with-certificate"], check=True, stdout=subprocess.DEVNULL)
    made = sorted((place / "bags").iterdir())
    subprocess.run([python, "-m", "bagit", "--quiet", "--validate", *made], check=True)
    print(f"interop: {len(made)} bags are valid")


def framework(python, batool, place):
    """The pre-commit framework asks batool: what verifies passes, and what was changed after it was staged does not."""
    if not (ROOT / ".git").exists():
        print("interop: the pre-commit framework was SKIPPED, it takes hooks from a clone only")
        return
    archive = place / "framework"
    program = Path(batool).resolve()
    environment = dict(os.environ, PATH=f"{program.parent}{os.pathsep}{os.environ['PATH']}", PRE_COMMIT_HOME=str(place / "home"))
    ask = [python, "-m", "pre_commit", "try-repo", ROOT, "batool"]
    subprocess.run([program, "archive", "init", archive], check=True, stdout=subprocess.DEVNULL)
    add = [program, "archive", "add", ROOT / "fixtures" / "packages" / "ok-full", "--archive", archive, "--stage"]
    subprocess.run(add, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(ask, cwd=archive, env=environment, check=True, stdout=subprocess.DEVNULL)
    with open(archive / "runs" / "ok-full" / "package" / "manifest.json", "ab") as manifest:
        manifest.write(b" ")
    subprocess.run(["git", "add", "runs"], cwd=archive, check=True)
    refused = subprocess.run(ask, cwd=archive, env=environment, stdout=subprocess.PIPE, text=True)
    assert refused.returncode == 1 and "Failed" in refused.stdout, refused.stdout
    print("interop: the pre-commit framework lets a good run pass, and refuses a changed one")


def main(batool):
    with tempfile.TemporaryDirectory() as place:
        python = producer(Path(place) / "venv")
        if python is None:
            return 0
        fresh = Path(place) / "packages"
        subprocess.run([python, ROOT / "fixtures" / "generate.py", fresh, "--fresh"], check=True)
        packages = sorted([*fresh.iterdir(), *(ROOT / "fixtures" / "packages").glob("ok-*")])
        # Node/edge graphs as rows are of the documented dialect; factgraph 0.3's reader refuses them.
        readable = [package for package in packages if package.name != "ok-documented-rows"]
        subprocess.run([python, "-c", READ, *readable], check=True)
        verified = subprocess.run([batool, "verify", *packages], stdout=subprocess.PIPE, text=True)
        if verified.returncode != 0:
            print(verified.stdout)
            return 1
        if subprocess.run([python, ROOT / "tests" / "stores.py", batool]).returncode != 0:
            return 1
        records(python, batool, Path(place))
        bags(python, batool, Path(place), fresh)
        framework(python, batool, Path(place))
        print(f"interop: {len(packages)} packages are VERIFIED, and factgraph 0.3.0 loads {len(readable)} of them")
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
