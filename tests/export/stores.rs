//! Packages of stores: byte for byte those of the real exporter, whatever happens beside.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::Value;

use crate::shared::{copy, files, shared};
use crate::support::{Sandbox, text};

/// The two clock readings of a package.
fn readings(package: &Path) -> String {
    let json = |path: &str| -> Value {
        serde_json::from_slice(&fs::read(package.join(path)).unwrap_or(b"{}".to_vec())).expect("it is JSON")
    };
    let manifest = json("manifest.json")["generated_at"].clone();
    let mapping = json("audit/mapping_resolution.json")["generated_at"].clone();
    if mapping.is_null() { manifest.to_string() } else { format!("{manifest},{mapping}") }
}

#[track_caller]
fn same(real: &Path, ours: &Path) {
    let names = |root: &Path| -> Vec<PathBuf> {
        files(root).iter().map(|path| path.strip_prefix(root).expect("it lies there").to_owned()).collect()
    };
    assert_eq!(names(real), names(ours), "{}", real.display());
    for name in names(real) {
        let [theirs, ours] = [real, ours].map(|root| fs::read(root.join(&name)).expect("it is there"));
        if theirs != ours {
            let (theirs, ours) = (String::from_utf8_lossy(&theirs), String::from_utf8_lossy(&ours));
            let diff = similar::TextDiff::from_lines(&theirs, &ours);
            panic!("{}/{}\n{}", real.display(), name.display(), diff.unified_diff().context_radius(0));
        }
    }
}

/// A store of its own to work on.
fn ledger(sandbox: &Sandbox) -> Option<PathBuf> {
    let at = sandbox.path("ledger");
    copy(&shared("data/stores/ledger")?, &at);
    Some(at)
}

fn export(sandbox: &Sandbox, at: &Path, args: &[&str]) -> crate::support::Said {
    let mut all = vec!["export", "--store"];
    all.extend(args);
    sandbox.batool(at, &all)
}

#[test]
fn stores_give_the_packages_of_the_real_exporter() {
    let sandbox = Sandbox::new();
    let Some(at) = ledger(&sandbox) else { return };
    let live = readings(&at.join("package-live"));
    let said = export(
        &sandbox,
        &at,
        &[
            "ledger.db",
            "--schema",
            "schema_ir.json",
            "--artifacts",
            "artifacts",
            "--to",
            "ours-live",
            "--generated-at",
            &live,
        ],
    );
    let said = said.ends(0).says(&["wrote ours-live: ", " accepted writes"]);
    assert!(said.err.starts_with("note: a store does not hold certainty summaries"), "{}", said.err);
    same(&at.join("package-live"), &at.join("ours-live"));
    assert!(at.join("ours-live/outputs").is_dir());
    let reopened = readings(&at.join("package-reopened"));
    let args = ["ledger.db", "--schema", "schema_ir.json", "--to", "ours", "--generated-at", &reopened, "-q"];
    assert_eq!(export(&sandbox, &at, &args).ends(0).err, "");
    same(&at.join("package-reopened"), &at.join("ours"));
    sandbox.batool(&at, &["verify", "ours", "ours-live"]).ends(0);

    let workspace = sandbox.path("workspace");
    copy(&shared("data/stores/workspace").expect("it was there"), &workspace);
    let now = readings(&workspace.join("package"));
    export(&sandbox, &workspace, &["ws", "--to", "ours", "--generated-at", &now]).ends(0);
    same(&workspace.join("package"), &workspace.join("ours"));
}

#[test]
fn facts_alone_are_an_inference_package() {
    let sandbox = Sandbox::new();
    let Some(at) = ledger(&sandbox) else { return };
    let args = [
        "ledger.db",
        "--schema",
        "schema_ir.json",
        "--package-kind",
        "inference",
        "--to",
        "ours",
        "--policy-mode",
        "idb",
    ];
    export(&sandbox, &at, &args).ends(0);
    assert!(!at.join("ours/audit").exists());
    sandbox.batool(&at, &["verify", "ours"]).ends(0);
}

#[test]
fn what_is_in_the_log_counts_and_a_writer_beside_is_no_problem() {
    let sandbox = Sandbox::new();
    let Some(at) = ledger(&sandbox) else { return };
    let writer = Connection::open(at.join("ledger.db")).expect("it is a ledger");
    let add = |id: &str| {
        let copy = format!(
            "INSERT INTO claims (asrt_id, pred_id, e_ref, rest_terms, value, value_tag, tx_ref)
             SELECT '{id}', pred_id, e_ref, rest_terms, 'written late', value_tag, (SELECT max(tx_ref) + 1 FROM claims)
             FROM claims WHERE pred_id = 'vendor:name' LIMIT 1;
             INSERT INTO claim_meta SELECT '{id}', 'ingested_at', 'time', '1', tx_ref, 0 FROM claims WHERE asrt_id = '{id}';"
        );
        writer.execute_batch(&copy).expect("it can be written");
    };
    writer.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0").expect("it has a log");
    add("00000000000000000000000000000001");
    writer.execute_batch("BEGIN IMMEDIATE").expect("nobody else writes");
    add("00000000000000000000000000000002");
    assert!(fs::metadata(at.join("ledger.db-wal")).is_ok_and(|log| log.len() > 0));
    let before = fs::read(at.join("ledger.db")).expect("it is there");
    export(&sandbox, &at, &["ledger.db", "--schema", "schema_ir.json", "--to", "ours"]).ends(0);
    let claims = fs::read_to_string(at.join("ours/facts/claim.facts")).expect("it is there");
    assert!(
        claims.contains("00000000000000000000000000000001") && !claims.contains("00000000000000000000000000000002")
    );
    assert_eq!(before, fs::read(at.join("ledger.db")).expect("it is there"), "nothing is written to a store");
    writer.execute_batch("ROLLBACK").expect("it is the writer's");
    sandbox.batool(&at, &["verify", "ours"]).ends(0);
}

#[test]
fn a_store_that_may_not_be_written_to_is_read() {
    let sandbox = Sandbox::new();
    let Some(at) = ledger(&sandbox) else { return };
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("it is ours");
    };
    mode(&at.join("ledger.db"), 0o444);
    mode(&at, 0o555);
    let to = text(&sandbox.path("ours"));
    let said = export(&sandbox, &at, &["ledger.db", "--schema", "schema_ir.json", "--to", &to]);
    mode(&at, 0o755);
    said.ends(0);
}

#[test]
fn what_cannot_be_read_is_said_and_nothing_is_written() {
    let sandbox = Sandbox::new();
    let Some(at) = ledger(&sandbox) else { return };
    let tries =
        |what: &str, words: &[&str]| {
            let said = export(&sandbox, &at, &[what, "--schema", "schema_ir.json", "--to", "ours"]);
            said.fails(words);
            assert!(!at.join("ours").exists());
            assert!(!fs::read_dir(&at).expect("it is there").any(|entry| {
                entry.expect("it can be listed").file_name().to_string_lossy().starts_with(".batool-")
            }));
        };
    export(&sandbox, &at, &["ledger.db", "--to", "ours"]).fails(&["does not hold its schema", "--schema"]);
    tries("nothing.db", &["there is no ledger at nothing.db"]);
    fs::write(at.join("text.db"), "no database at all, but long enough to be taken for one".repeat(40))
        .expect("there is room");
    tries("text.db", &["cannot read the store", "no SQLite database"]);
    let empty = Connection::open(at.join("empty.db")).expect("there is room");
    empty.execute_batch("CREATE TABLE x (y)").expect("there is room");
    tries("empty.db", &["ledger_meta"]);
    let change = |name: &str, sql: &str| {
        fs::copy(at.join("ledger.db"), at.join(name)).expect("there is room");
        let db = Connection::open(at.join(name)).expect("it is a ledger");
        db.execute_batch(sql).expect("it can be written");
    };
    change("future.db", "UPDATE ledger_meta SET value = 'slice4' WHERE key = 'ledger_format_version'");
    tries("future.db", &["\"slice4\"", "\"slice3b-v1\"", "upgrade batool"]);
    for (name, sql, words) in [
        ("value.db", "UPDATE claims SET value = 'maybe' WHERE value_tag = 'bool'", "is no bool"),
        ("tag.db", "UPDATE claims SET value_tag = 'colour' WHERE value_tag = 'bool'", "is no colour"),
        ("rest.db", "UPDATE claims SET rest_terms = '[[1' WHERE seq = 2", "cannot be read"),
        ("meta.db", "UPDATE claim_meta SET value = 'soon' WHERE kind = 'time'", "of the kind time"),
        ("blob.db", "UPDATE claims SET value = x'00ff' WHERE seq = 2", "no text"),
        ("utf8.db", "UPDATE claims SET value = CAST(x'ff' AS TEXT) WHERE seq = 2", "not UTF-8"),
        ("key.db", "UPDATE claim_meta SET key = '__factgraph_annotation_v1__:!' WHERE key = 'note'", "annotation key"),
    ] {
        change(name, sql);
        tries(name, &["cannot export the store", "the store is broken", words]);
    }
    let bytes = fs::read(at.join("ledger.db")).expect("it is there");
    fs::write(at.join("cut.db"), &bytes[..bytes.len() / 2]).expect("there is room");
    tries("cut.db", &["cannot"]);
    fs::create_dir_all(at.join("ws/db")).expect("there is room");
    fs::write(at.join("ws/factgraph_workspace.json"), r#"{"factgraph_workspace_version":"2"}"#).expect("there is room");
    tries("ws", &["factgraph_workspace_version is \"2\""]);
}

#[test]
fn a_view_in_the_place_of_a_table_is_refused() {
    let sandbox = Sandbox::new();
    let file = sandbox.path("endless.db");
    let db = rusqlite::Connection::open(&file).expect("there is room");
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT * FROM n";
    db.execute_batch(&format!(
        "CREATE TABLE ledger_meta(key TEXT, value TEXT); \
         INSERT INTO ledger_meta VALUES ('ledger_format_version', 'slice3b-v1'); CREATE VIEW claims AS {endless}"
    ))
    .expect("it is SQL");
    drop(db);
    fs::write(sandbox.path("schema.json"), "{}").expect("there is room");
    let args = ["export", "--store", "endless.db", "--schema", "schema.json", "--to", "out"];
    sandbox.batool(&sandbox.path(""), &args).fails(&["views"]);
    assert!(!sandbox.path("out").exists());
}

#[test]
fn options_of_stores_belong_to_stores() {
    let sandbox = Sandbox::new();
    let at = sandbox.path("");
    for args in [
        &["--store", "x", "run-7", "--to", "y"][..],
        &["--store", "x", "--to", "y", "--format", "zip"],
        &["--store", "x", "--to", "y", "--generated-at", "soon"],
        &["run-7", "--to", "y", "--schema", "x"],
        &["run-7", "--to", "y", "--policy-mode", "idb"],
        &["--to", "y"],
    ] {
        let all: Vec<&str> = std::iter::once("export").chain(args.iter().copied()).collect();
        sandbox.batool(&at, &all).ends(64);
    }
}
