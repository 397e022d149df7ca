#!/usr/bin/env python3
"""Fresh stores of the real producer, exported by both:  stores.py BATOOL

Every world of fixtures/generate.py is built on a ledger on disk. What `batool export --store` makes of it, given the clock
readings of the producer's package, must be that package, byte for byte, and its reader must
load it. Needs factgraph 0.3.0.
"""
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "fixtures"))
import generate


class OnDisk:
    """Makes worlds on disk, and remembers what was exported of them."""

    def __init__(self, place):
        self.place, self.count, self.exports = place, 0, []

    def install(self):
        from factgraph.core.schema.schema_ir import canonicalize_schema_ir_jcs
        from factgraph.core.store._artifact_sidecar import FileArtifactSidecar
        from factgraph.core.store.ledger import Ledger
        from factgraph.core.store.runtime import Store

        def make(world, *extra_predicates):
            ir = generate.schema()
            ir["predicates"] += extra_predicates
            self.count += 1
            at = self.place / f"store-{self.count}"
            at.mkdir()
            (at / "schema.json").write_bytes(canonicalize_schema_ir_jcs(ir))
            world.store = Store(ir, Ledger(at / "ledger.db"), artifact_sidecar=FileArtifactSidecar(at / "artifacts"))
            world.pumps, world.at = [], at

        real = generate.World.export

        def export(world, to, kind, query=None, run=False, mode="edb", **evidence):
            real(world, to, kind, query, run, mode, **evidence)
            # Every world in every shape, whatever it was made for.
            for kind, mode in [("full", "edb"), ("full", "idb"), ("inference", "edb")]:
                package = Path(f"{to}-{kind}-{mode}")
                real(world, package, kind, mode=mode)
                self.exports.append((world.at, package, kind, mode))

        generate.World.__init__, generate.World.export = make, export


def mixed(to, number):
    """Random writes: mapped fields with and without sources, retractions, amended and annotated assertions."""
    from factgraph.core.evidence.write_protocol import retract_by_asrt
    from factgraph.core.store.ledger import MetaRow

    dice, world, written = random.Random(number), generate.World(), []
    for n in range(4):
        pump = world.pump(f"P-{n}", dice.randrange(10), run_id=f"load-{n % 2}")
        for _ in range(6):
            name = dice.choice(["keeper", "depot", "owner", "remark"])
            meta = {"source": dice.choice(generate.SOURCES)} if dice.random() < 0.7 else {}
            if dice.random() < 0.3:
                meta.update(weight=dice.random() * 10 ** dice.randrange(-8, 20), hits=dice.randrange(-5, 5), checked=True)
            if dice.random() < 0.5:
                meta["run_id"] = f"fix-{dice.randrange(3)}"
            value = dice.choice(["a", "b", "tab\there", "line\nbreak", "back\\slash", "é🧾", ""])
            written.append(world.put(pump, name, "string", value, **meta))
        world.put(pump, "loss", "float64", dice.choice([0.0, -0.0, 1e-5, 1e300, 0.1, 5e-324]))
        world.put(pump, "photo", "bytes", dice.randbytes(dice.randrange(5)))
        world.put(pump, "built", "time", dice.randrange(-10**18, 10**18))
    world.accept(world.derive(), approved_by="ann")
    world.accept(world.derive("flow", ("$p", 2026, "$bar")))
    written = [asrt for asrt in written if isinstance(asrt, str)]
    for asrt in dice.sample(written, 4):
        retract_by_asrt(world.store.ledger, asrt, {"source": "survey", "note": "wrong"})
    for asrt in dice.sample(written, 4):
        world.store.ledger.append_meta([MetaRow(asrt, "note", "str", f"amended {dice.random()}")])
    world.export(to, "full")


def database(at):
    """A workspace whose transactions give meta values to their assertions; one key is loaded only when asked for."""
    from factgraph.adapters.souffle.package import ExportOptions, export_package
    from factgraph.core.protocol.idref_v1 import encode_idref_v1
    from factgraph.core.schema.meta_policy import MetaKeyPolicy
    from factgraph.core.store.database import AssertionInput, Database, MetaEntry, RevocationInput
    from factgraph.core.store.runtime import Store
    from factgraph.sdk import Entity, Field, Identity
    from factgraph.sdk.compile import compile_schema_from_classes

    class Pump(Entity):
        serial: str = Identity()
        site: str = Field()

    lifted = MetaKeyPolicy(storage_scope="tx_liftable")
    keys = {"batch": lifted, "weight": lifted, "run_id": lifted, "remark": MetaKeyPolicy(load_policy="lazy")}
    ir = compile_schema_from_classes([Pump], meta_keys=keys)
    store = Database.create(at, schema_ir=ir)
    pump = ("entity_ref", encode_idref_v1("Pump", [("serial", "string", "P-1")]))
    own = (MetaEntry("batch", "str", "own"), MetaEntry("remark", "str", "late"), MetaEntry("source", "str", "survey"))
    writes = [AssertionInput("pump:site", (pump, ("string", "hill"))), AssertionInput("pump:site", (pump, ("string", "dale")), own)]
    given = [MetaEntry("batch", "str", "b-7"), MetaEntry("weight", "float", 1.0), MetaEntry("run_id", "str", "r-1")]
    store.commit_changes(writes, [], meta_defaults=given)
    last = store._ledger.claims[-1].asrt_id
    store.commit_changes([], [RevocationInput(last, (MetaEntry("note", "str", "wrong"),))], meta_defaults=given[:1])
    package = at.with_name(f"{at.name}-package")
    export_package(Store(ir, ledger=store._ledger), package, ExportOptions(package_kind="audit"))
    store.close()
    return package


def ours(batool, at, package, kind, mode):
    """Exports the store while its writer still has it open."""
    manifest = json.loads((package / "manifest.json").read_bytes())
    resolution = package / "audit/mapping_resolution.json"
    mapping = json.loads(resolution.read_bytes())["generated_at"] if resolution.exists() else 0
    to = at / f"ours-{package.name}-{mode}"
    store = [at / "ledger.db", "--schema", at / "schema.json", "--artifacts", at / "artifacts"]
    if not store[0].exists():
        store = [at]
    subprocess.run([batool, "export", "-q", "--store", *store, "--to", to, "--policy-mode", mode, "--package-kind",
                    "inference" if kind == "inference" else "audit", "--generated-at",
                    f"{manifest['generated_at']},{mapping}"], check=True, stdout=subprocess.DEVNULL)
    return to


def content(package):
    """All files by path."""
    return {path.relative_to(package).as_posix(): path.read_bytes() for path in package.rglob("*") if path.is_file()}


def main(batool, rounds):
    from factgraph.audit import load_assertion_index, load_audit_package

    differing = total = 0
    with tempfile.TemporaryDirectory() as place:
        disk = OnDisk(Path(place))
        disk.install()
        makers = {name: getattr(generate, name) for name in dir(generate)}
        names = ["full", "mapping", "traces", "evidence", "unicode", "amended"]
        for number in range(rounds):
            for name in names:
                makers[name](Path(place) / f"{name}-{number}")
            mixed(Path(place) / f"mixed-{number}", number)
        base = Path(place) / "database"
        disk.exports.append((base, database(base), "full", "edb"))
        for at, package, kind, mode in disk.exports:
            made = ours(batool, at, package, kind, mode)
            (load_assertion_index if kind == "inference" else load_audit_package)(made)
            theirs, mine = content(package), content(made)
            total += 1
            for path in sorted(theirs.keys() | mine.keys()):
                if theirs.get(path) != mine.get(path):
                    differing += 1
                    print(f"stores: {package.name}/{path} differs:\n{theirs.get(path)}\n{mine.get(path)}")
    print(f"stores: {total} packages of fresh stores, {differing} files differ")
    return 1 if differing or total < 20 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], 2))
