//! Packages that leave: one of many runs beside `git archive`, and a store's beside the real exporter.
//!
//! `archive`: 10,000 runs in folders of 256; the package of one of them as a tar, by both. `store`: a ledger of a million
//! assertions, written by SQL as the producer does.

#![allow(clippy::print_stdout, reason = "a bench has no other way to answer")]

mod common;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use common::data::{scratch, size, small_packages};
use common::{Sample, Step, Table, batool, mib, middle, peers, quick, ratio, rounds, run, run_one, time, wanted};
use rusqlite::{Connection, params};

fn main() -> ExitCode {
    common::main(|| {
        if wanted("archive") {
            archive();
        }
        if wanted("store") {
            store();
        }
    })
}

/// One package out of many runs.
fn archive() {
    let (total, distinct) = if quick() { (300, 30) } else { (10_000, 1_000) };
    let Some((folder, names)) = small_packages(distinct) else { return };
    let place = scratch("export");
    let archive = place.join("archive.git");
    fs::create_dir(&archive).expect("the data folder can be written");
    peers::batool_archive(&archive, true);
    let at = archive.to_string_lossy().into_owned();
    let name = |n: u32| format!("nightly/{:03}/run-{n:05}", n / 256);
    let adds: Vec<Step> = (0..total)
        .map(|n| {
            let package = folder.join(&names[n as usize % names.len()]);
            Step::new(
                &place,
                &[&batool(), "archive", "add", "--archive", &at, &package.to_string_lossy(), "--as", &name(n)],
            )
        })
        .collect();
    adds.chunks(500).for_each(|some| drop(run(some)));
    let run = name(total / 2);
    let tree = format!("main:runs/{run}/package");
    let (mut own, mut git) = (Vec::new(), Vec::new());
    for round in 0..rounds(9) {
        let to = place.join(format!("own-{round}.tar")).to_string_lossy().into_owned();
        own.push(run_one(&Step::new(&place, &[&batool(), "export", &run, "--archive", &at, "--to", &to])));
        let to = place.join(format!("git-{round}.tar")).to_string_lossy().into_owned();
        git.push(run_one(&Step::new(&place, &["git", "-C", &at, "archive", "-o", &to, &tree])));
    }
    table(
        &format!("one package out of {total} runs, as a tar"),
        [("batool export", &own[..]), ("git archive", &git[..])],
    );
}

/// The package of a store.
fn store() {
    let claims = if quick() { 5_000 } else { 1_000_000 };
    // The real exporter looks every assertion's meta up among all: at more it takes hours. Both are told per row.
    let fewer = if quick() { 500 } else { 5_000 };
    let place = scratch("store");
    let schema = place.join("schema.json");
    fs::write(&schema, SCHEMA).expect("the data folder can be written");
    let schema = schema.to_string_lossy().into_owned();
    let export = |rows: u32| -> Sample {
        let (db, to) = (ledger(&place, rows), place.join(format!("own-{rows}")));
        let words = [&batool(), "export", "-q", "--store", &db, "--schema", &schema, "--to", &to.to_string_lossy()];
        let sample = run_one(&Step::new(&place, &words));
        println!("{rows} assertions: a package of {:.0} MB", size(&to) as f64 / 1e6);
        sample
    };
    let (large, small) = (export(claims), export(fewer));
    let mut rows = vec![("batool", claims, large), ("batool", fewer, small)];
    if let Some(python) = peers::python() {
        let db = ledger(&place, fewer);
        let to = place.join("python").to_string_lossy().into_owned();
        rows.push((
            "Python",
            fewer,
            run_one(&Step::new(&place, &[&python.to_string_lossy(), "-c", PYTHON, &db, &schema, &to])),
        ));
    }
    let mut table = Table::new("export of a store", &["what", "assertions", "CPU", "CPU a row", "wall", "peak RSS"]);
    for (name, count, sample) in rows {
        let each = format!("{:.1} µs", sample.cpu * 1000.0 / f64::from(count));
        table.row([name.to_owned(), count.to_string(), time(sample.cpu), each, time(sample.wall), mib(sample.rss)]);
    }
    table.print();
}

const SCHEMA: &str = r#"{"entities":[{"entity_type":"Pump","identity_fields":[{"name":"serial","type_domain":"string"}]}],"generated_at":"2026-01-01T00:00:00Z","predicates":[{"arg_specs":[{"name":"pump","type_domain":"entity_ref"},{"name":"site","type_domain":"string"}],"arity":2,"cardinality":"single","group_key_indexes":[0],"owner_type":"Pump","pred_id":"pump:site","py_field_name":"site"}],"projection":{"entities":["Pump"],"predicates":["pump:site"]},"protocol_version":{"export_v1":"export_v1","idref_v1":"idref_v1","tup_v1":"tup_v1"},"schema_ir_version":"v1"}"#;

/// On one line, as steps are.
const PYTHON: &str = "import json, pathlib, sys; \
    from factgraph.adapters.souffle.package import ExportOptions, export_package; \
    from factgraph.core.store.ledger import Ledger; \
    from factgraph.core.store.runtime import Store; \
    db, schema, to = sys.argv[1:]; \
    store = Store(json.loads(pathlib.Path(schema).read_bytes()), Ledger(pathlib.Path(db))); \
    export_package(store, pathlib.Path(to), ExportOptions(package_kind='audit'))";

/// What the producer makes of an empty file: the same tables, checks and indexes.
const TABLES: &str = "
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE claims (seq INTEGER PRIMARY KEY AUTOINCREMENT, asrt_id TEXT NOT NULL UNIQUE, pred_id TEXT NOT NULL,
        e_ref TEXT NOT NULL, rest_terms TEXT, value TEXT, value_tag TEXT, tx_ref INTEGER NOT NULL,
        CHECK ((value IS NULL) = (value_tag IS NULL)));
    CREATE TABLE ledger_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE INDEX idx_claims_asrt_id ON claims(asrt_id);
    CREATE INDEX idx_claims_pred_id ON claims(pred_id);
    CREATE INDEX idx_claims_e_ref ON claims(e_ref);
    CREATE INDEX idx_claims_pred_eref ON claims(pred_id, e_ref);
    CREATE INDEX idx_claims_pred_value ON claims(pred_id, value);
    CREATE INDEX idx_claims_revokes ON claims(value) WHERE pred_id = '__system__.revokes';
    CREATE TABLE claim_meta (asrt_id TEXT NOT NULL, key TEXT NOT NULL, kind TEXT, value TEXT, tx_seq INTEGER NOT NULL,
        op_ordinal INTEGER NOT NULL, PRIMARY KEY (asrt_id, key, tx_seq, op_ordinal),
        CHECK ((kind IS NULL) = (value IS NULL)));
    CREATE INDEX idx_claim_meta_key_value ON claim_meta(key, value);
    CREATE INDEX idx_claim_meta_asrt ON claim_meta(asrt_id);
    CREATE INDEX idx_claim_meta_kind ON claim_meta(kind);
    INSERT INTO ledger_meta VALUES ('ledger_format_version', 'slice3b-v1');";

/// A ledger with that many assertions, each with six meta values.
fn ledger(place: &Path, claims: u32) -> String {
    let path = place.join(format!("{claims}.db"));
    let shown = path.to_string_lossy().into_owned();
    if path.exists() {
        return shown;
    }
    let db = Connection::open(&path).expect("the data folder can be written");
    db.execute_batch(TABLES).expect("it is SQL");
    db.execute_batch("BEGIN").expect("it is SQL");
    let mut claim = db
        .prepare("INSERT INTO claims (asrt_id, pred_id, e_ref, rest_terms, value, value_tag, tx_ref) VALUES (?, 'pump:site', ?, '[]', ?, 'string', ?)")
        .expect("it is SQL");
    let mut meta = db.prepare("INSERT INTO claim_meta VALUES (?, ?, ?, ?, ?, 0)").expect("it is SQL");
    for n in 0..claims {
        // Ids without an order, as random ones have none.
        let mixed = u64::from(n).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let id = format!("{mixed:016x}{n:016x}");
        let said = [
            ("ingested_at", "time", format!("17000000{n:011}")),
            ("ingest_key", "str", format!("sha256:{mixed:064x}")),
            ("run_id", "str", format!("load-{}", n / 10_000)),
            ("source", "str", "survey".to_owned()),
            ("source_loc", "str", format!("row:{n}")),
            ("trace_id", "str", format!("load-{}", n / 100)),
        ];
        claim.execute(params![id, format!("idref_v1:Pump:{n:052}"), format!("hill {n}"), n]).expect("there is room");
        for (key, kind, value) in said {
            meta.execute(params![id, key, kind, value, n]).expect("there is room");
        }
    }
    db.execute_batch("COMMIT").expect("there is room");
    shown
}

fn table(title: &str, rows: [(&str, &[Sample]); 2]) {
    let mut table = Table::new(title, &["what", "CPU", "wall", "peak RSS", "CPU: batool / it"]);
    let own = middle(rows[0].1);
    for (name, samples) in rows {
        let sample = middle(samples);
        table.row([name.to_owned(), time(sample.cpu), time(sample.wall), mib(sample.rss), ratio(own.cpu, sample.cpu)]);
    }
    table.print();
}
