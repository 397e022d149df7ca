#!/usr/bin/env python3
"""Fresh stores of the real producer, exported by both:  stores.py BATOOL

Every world of fixtures/generate.py is built on a ledger on disk. What `batool export --store` makes of it, given the clock
readings of the producer's package, must be that package, byte for byte, and its reader must
load it. Needs factgraph 0.3.0.
"""
import contextlib
import json
import random
import shutil
import sqlite3
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


def pumps(keys):
    """The schema of a workspace, with what it declares of metadata."""
    from factgraph.sdk import Entity, Field, Identity
    from factgraph.sdk.compile import compile_schema_from_classes

    class Pump(Entity):
        serial: str = Identity()
        site: str = Field()

    return compile_schema_from_classes([Pump], meta_keys=keys)


def database(at):
    """A workspace whose transactions give meta values to their assertions; one key is loaded only when asked for."""
    from factgraph.adapters.souffle.package import ExportOptions, export_package
    from factgraph.core.protocol.idref_v1 import encode_idref_v1
    from factgraph.core.schema.meta_policy import MetaKeyPolicy
    from factgraph.core.store.database import (AssertionInput, Database, MetaAppendInput, MetaEntry, RevocationInput,
                                               SchemaTransitionInput, _MetaUnsetInput)
    from factgraph.core.store.ledger import AnnotationRow
    from factgraph.core.store.runtime import Store

    lifted = MetaKeyPolicy(storage_scope="tx_liftable")
    keys = {"batch": lifted, "weight": lifted, "run_id": lifted, "remark": MetaKeyPolicy(load_policy="lazy")}
    ir, wider = pumps(keys), pumps({**keys, "late": lifted})
    store = Database.create(at, schema_ir=ir)
    pump = ("entity_ref", encode_idref_v1("Pump", [("serial", "string", "P-1")]))
    own = (MetaEntry("batch", "str", "own"), MetaEntry("remark", "str", "late"), MetaEntry("source", "str", "survey"),
           MetaEntry("loss", "float", -0.0), MetaEntry("hits", "int", -7), MetaEntry("seen", "bool", True),
           MetaEntry("built", "time", -1), MetaEntry("more", "json", {"b": [1, 1e-7, None], "a": "\u00e9\n"}))
    writes = [AssertionInput("pump:site", (pump, ("string", "hill"))), AssertionInput("pump:site", (pump, ("string", "dale")), own)]
    given = [MetaEntry("batch", "str", "b-7"), MetaEntry("weight", "float", 1.0), MetaEntry("run_id", "str", "r-1")]
    store.commit_changes(writes, [], meta_defaults=given)
    last = store._ledger.claims[-1].asrt_id
    store.commit_changes([], [], [MetaAppendInput(last, "note", "str", "amended"), MetaAppendInput(last, "hits", "int", 8),
                                  _MetaUnsetInput(last, "seen")])
    store._commit_annotations([AnnotationRow(last, "reviewer", "operational", "grade", "str", "A", "observed")])
    store.commit_changes([], [RevocationInput(last, (MetaEntry("note", "str", "wrong"), MetaEntry("cost", "float", 2.5)))],
                         meta_defaults=given[:1])
    store.commit_changes([], [], schema_transition=SchemaTransitionInput(store.schema_digest, wider))
    store.close()
    store = Database.open(at, schema_ir=wider)
    store.commit_changes([AssertionInput("pump:site", (pump, ("string", "vale")))], [])
    package = at.with_name(f"{at.name}-package")
    export_package(Store(wider, ledger=store._ledger), package, ExportOptions(package_kind="audit"))
    store.close()
    return package


def change(sql):
    """Writes to a workspace's ledger beside its chain of transactions."""
    def act(at):
        with contextlib.closing(sqlite3.connect(at / "db/assertions.db", isolation_level=None)) as db:
            db.executescript(sql)
    return act


def edit(kind, number, act):
    """Changes a document of a workspace: `db/meta.json`, or an object by its number or its place."""
    def acts(at):
        files = [at / "db/meta.json"] if kind == "meta" else sorted((at / "db/objects" / kind).iterdir())
        for file in files:
            document = json.loads(file.read_bytes())
            if kind != "tx" or document["tx_seq"] == number:
                file.write_bytes(act(document))
    return acts


def plain(document):
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def also(key, value):
    return lambda document: plain({**document, key: value})


def operation(key, value):
    def act(document):
        document["operations"][0][key] = value
        return plain(document)
    return act


# What was done to a workspace, each to a copy of its own.
CHANGES = {
    "nothing": change(""),
    "vacuum": change("VACUUM"),
    "saved": edit("meta", 0, also("last_saved_at_epoch_ns", 7)),
    "value": change("UPDATE claims SET value = 'hull' WHERE value = 'hill'"),
    "subject": change("UPDATE claims SET e_ref = e_ref || 'x' WHERE value = 'hill'"),
    "meta": change("UPDATE claim_meta SET value = 'import' WHERE key = 'source'"),
    "zero": change("UPDATE claim_meta SET value = '0.0' WHERE key = 'loss'"),
    "order": change("""UPDATE claim_meta SET rowid = 900
        WHERE rowid = (SELECT min(rowid) FROM claim_meta WHERE key = 'assertion_digest')"""),
    "lost meta": change("DELETE FROM claim_meta WHERE key = 'source'"),
    "lost amendment": change("DELETE FROM claim_meta WHERE key = 'note' AND value = 'amended'"),
    "amendment": change("UPDATE claim_meta SET value = 'mended' WHERE value = 'amended'"),
    "taken back": change("UPDATE claim_meta SET kind = 'bool', value = 'true' WHERE kind IS NULL"),
    "of a revocation": change("UPDATE claim_meta SET value = '2.75' WHERE key = 'cost'"),
    "said beside": change("INSERT INTO claim_meta SELECT asrt_id, 'late', 'str', 'x', 99, 0 FROM claims WHERE seq = 1"),
    "of nobody": change("INSERT INTO claim_meta VALUES ('asrt:00', 'late', 'str', 'x', 99, 0)"),
    "lost claim": change("DELETE FROM claims WHERE value = 'vale'"),
    "claim beside": change("""INSERT INTO claims (asrt_id, pred_id, e_ref, rest_terms, value, value_tag, tx_ref)
        SELECT 'asrt:' || printf('%032x', 7), pred_id, e_ref, rest_terms, 'more', value_tag, 99 FROM claims
        WHERE value = 'hill'"""),
    "revoked beside": change("""INSERT INTO claims (asrt_id, pred_id, e_ref, rest_terms, value, value_tag, tx_ref)
        SELECT 'asrt:' || printf('%032x', 7), '__system__.revokes', e_ref, '[]', asrt_id, 'string', 99 FROM claims
        WHERE value = 'hill'"""),
    "moved": change("UPDATE claims SET tx_ref = tx_ref + 1 WHERE value = 'vale'"),
    "swapped": change("UPDATE claims SET seq = 900 WHERE value = 'hill'; UPDATE claims SET seq = 1 WHERE value = 'dale';"),
    "rewound": change("""UPDATE ledger_meta SET value = (SELECT value FROM claim_meta WHERE key = 'tx_id' LIMIT 1)
        WHERE key = 'head_tx_id'"""),
    "head": change("UPDATE ledger_meta SET value = '0' || value WHERE key = 'head_tx_seq'"),
    "state": change("UPDATE ledger_meta SET value = substr(value, 1, 20) || 'AAAA' || substr(value, 25) "
                    "WHERE key = 'head_state_digest'"),
    "scheme": change("UPDATE ledger_meta SET value = 'lthash16-v3' WHERE key = 'digest_scheme'"),
    "another": change("UPDATE ledger_meta SET value = 'db:7' WHERE key = 'db_id'"),
    "nameless": change("DELETE FROM ledger_meta WHERE key = 'db_id'"),
    "another meta": edit("meta", 0, also("db_id", "db:7")),
    "schema": edit("schema", 0, lambda document: json.dumps(document, sort_keys=True).encode()),
    "another schema": edit("schema", 0, also("schema_ir_version", "v0")),
    "transaction": edit("tx", 1, operation("assertion_digest", "sha256:" + "0" * 64)),
    "kind": edit("tx", 1, operation("kind", "repair_add")),
    "parent": edit("tx", 2, also("parent_tx_id", None)),
    "member": edit("tx", 2, also("more", 1)),
    "spelling": edit("tx", 2, lambda document: json.dumps(document, indent=1).encode()),
    "number": edit("tx", 0, also("tx_seq", 1)),
    "default": edit("tx", 1, also("meta_defaults", [])),
    "no transaction": lambda at: min((at / "db/objects/tx").iterdir()).unlink(),
}


def refusals(batool, base, place):
    """Workspaces that were changed behind the producer's back: what it does not open is not exported, and the rest is."""
    from factgraph.core.store.database import Database

    def opens(at):
        schema = max((at / "db/objects/schema").iterdir(), key=lambda file: len(file.read_bytes()))
        try:
            Database.open(at, schema_ir=json.loads(schema.read_bytes())).close()
        except Exception as error:
            return None, error
        return True, None

    wrong = []
    for name, act in CHANGES.items():
        at = place / name
        shutil.copytree(base, at)
        act(at)
        ours = subprocess.run([batool, "export", "-q", "--store", at, "--to", f"{at}-out"], capture_output=True, text=True)
        theirs, error = opens(at)
        if ours.returncode != (0 if theirs else 74):
            wrong.append(f"stores: {name}: {error!r}, and batool ends with {ours.returncode}: {ours.stderr}")
    print("\n".join(wrong), end="\n" if wrong else "")
    print(f"stores: {len(CHANGES)} changed workspaces, {len(wrong)} judged otherwise")
    return wrong


def repaired(base, at):
    """The workspace once more, after two writes beside its chain that the producer took into it."""
    from factgraph.adapters.souffle.package import ExportOptions, export_package
    from factgraph.core.store.database import Database, MetaEntry, assertion_digest_for
    from factgraph.core.store.runtime import Store

    shutil.copytree(base, at)
    CHANGES["revoked beside"](at)
    schema = max((at / "db/objects/schema").iterdir(), key=lambda file: len(file.read_bytes()))
    ir = json.loads(schema.read_bytes())
    with contextlib.closing(sqlite3.connect(at / "db/assertions.db", isolation_level=None)) as db:
        predicate, entity = db.execute("SELECT pred_id, e_ref FROM claims WHERE value = 'hill'").fetchone()
        told = dict(db.execute("SELECT key, value FROM ledger_meta"))
        digest = assertion_digest_for(pred_id=predicate, fact_tuple=(("entity_ref", entity), ("string", "moor")),
                                      schema_digest=told["schema_digest"], meta=(MetaEntry("source", "str", "phone"),))
        db.execute("INSERT INTO claims (asrt_id, pred_id, e_ref, rest_terms, value, value_tag, tx_ref) "
                   "VALUES (?, ?, ?, '[]', 'moor', 'string', 99)", ["asrt:" + "8" * 32, predicate, entity])
        said = {"source": "phone", "schema_digest": told["schema_digest"], "assertion_digest": digest, "tx_id": told["head_tx_id"]}
        for key, value in said.items():
            # At the place of the assertion, behind the revocation that was written beside the chain before it.
            db.execute("INSERT INTO claim_meta VALUES (?, ?, 'str', ?, 99, 1)", ["asrt:" + "8" * 32, key, value])
    store = Database.repair(at, schema_ir=ir)
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
        again = Path(place) / "repaired"
        disk.exports.append((again, repaired(base, again), "full", "edb"))
        for at, package, kind, mode in disk.exports:
            made = ours(batool, at, package, kind, mode)
            (load_assertion_index if kind == "inference" else load_audit_package)(made)
            theirs, mine = content(package), content(made)
            total += 1
            for path in sorted(theirs.keys() | mine.keys()):
                if theirs.get(path) != mine.get(path):
                    differing += 1
                    print(f"stores: {package.name}/{path} differs:\n{theirs.get(path)}\n{mine.get(path)}")
        wrong = refusals(batool, base, Path(place))
    print(f"stores: {total} packages of fresh stores, {differing} files differ")
    return 1 if differing or wrong or disk.count < 20 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], 4))
