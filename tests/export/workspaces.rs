//! Workspaces that were changed behind their producer's back: it opens none of them, and none is exported.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::shared::{copy, shared};
use crate::support::{Said, Sandbox, text};

/// A copy of the real workspace, to be changed.
fn workspace(sandbox: &Sandbox, name: &str) -> Option<PathBuf> {
    let at = sandbox.path(name);
    copy(&shared("data/stores/workspace/ws")?, &at);
    Some(at)
}

fn export(sandbox: &Sandbox, at: &Path, more: &[&str]) -> Said {
    let (store, to) = (text(at), format!("{}-out", text(at)));
    let said = sandbox.batool(&sandbox.path(""), &[&["export", "--store", &store, "--to", &to][..], more].concat());
    assert_eq!(Path::new(&to).exists(), said.code == Some(0), "{}", said.err);
    said
}

fn change(at: &Path, sql: &str) {
    let db = Connection::open(at.join("db/assertions.db")).expect("it is a ledger");
    db.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Changes a document, and says what is to be written.
type Edit = fn(Value) -> Vec<u8>;

fn edit(file: &Path, act: Edit) {
    let document = serde_json::from_slice(&fs::read(file).expect("it is there")).expect("it is JSON");
    fs::write(file, act(document)).expect("there is room");
}

/// The transaction of a number.
fn transaction(at: &Path, number: u64) -> PathBuf {
    let files = fs::read_dir(at.join("db/objects/tx")).expect("it is there");
    let mut files = files.map(|entry| entry.expect("it is listed").path());
    let is_it = |file: &PathBuf| {
        let document: Value = serde_json::from_slice(&fs::read(file).expect("it is there")).expect("it is JSON");
        document["tx_seq"] == number
    };
    files.find(is_it).expect("there is one of this number")
}

#[test]
fn a_ledger_that_is_not_what_its_transactions_wrote_is_refused() {
    let sandbox = Sandbox::new();
    let beside = "INSERT INTO claims (asrt_id, pred_id, e_ref, rest_terms, value, value_tag, tx_ref) SELECT 'asrt:' || \
        printf('%032x', 7), 'person:age', e_ref, '[]', '7', 'int', 99 FROM claims WHERE seq = 1";
    let revoked = "INSERT INTO claims (asrt_id, pred_id, e_ref, rest_terms, value, value_tag, tx_ref) SELECT 'asrt:' || \
        printf('%032x', 7), '__system__.revokes', e_ref, '[]', asrt_id, 'string', 99 FROM claims WHERE seq = 1";
    let cases = [
        ("value", "UPDATE claims SET value = '21' WHERE seq = 4", "is not what its digest stands for"),
        ("meta", "UPDATE claim_meta SET value = 'rumour' WHERE key = 'source'", "is not what its digest stands for"),
        ("lost", "DELETE FROM claims WHERE seq = 18", "the ledger does not hold it there"),
        ("id", "UPDATE claims SET asrt_id = 'asrt:' || printf('%032x', 7) WHERE seq = 4", "does not hold it there"),
        ("moved", "UPDATE claims SET tx_ref = 16 WHERE seq = 18", "does not hold it there"),
        ("order", "UPDATE claims SET tx_ref = 3 WHERE seq = 17", "stands behind later ones"),
        (
            "twice",
            "INSERT INTO claim_meta SELECT asrt_id, key, kind, value, tx_seq, op_ordinal + 7 FROM claim_meta
             WHERE key = 'source'",
            "did not say so",
        ),
        ("said", "INSERT INTO claim_meta SELECT asrt_id, 'x', 'str', 'y', 99, 0 FROM claims", "did not say so"),
        ("beside", beside, "is in no transaction"),
        ("revoked", revoked, "1 assertions of its transactions do not hold"),
        ("state", "UPDATE ledger_meta SET value = value || 'A' WHERE key = 'head_state_digest'", "head_state_digest"),
        ("number", "UPDATE ledger_meta SET value = '015' WHERE key = 'head_tx_seq'", "head_tx_seq"),
        ("less", "UPDATE ledger_meta SET value = '14' WHERE key = 'head_tx_seq'", "do not count down"),
        ("scheme", "UPDATE ledger_meta SET value = 'lthash16-v3' WHERE key = 'digest_scheme'", "lthash16-v3"),
        ("database", "UPDATE ledger_meta SET value = 'db:7' WHERE key = 'db_id'", "the database \"db:7\""),
        ("nameless", "DELETE FROM ledger_meta WHERE key = 'db_id'", "has no db_id"),
        (
            "schema",
            "UPDATE ledger_meta SET value = 'sha256:' || printf('%064x', 7) WHERE key = 'schema_digest'",
            "its transactions end with",
        ),
    ];
    for (name, sql, words) in cases {
        let Some(at) = workspace(&sandbox, name) else { return };
        change(&at, sql);
        export(&sandbox, &at, &[]).fails(&["cannot export the store", "the store is broken", words]);
    }
}

#[test]
fn a_document_that_is_not_what_its_name_stands_for_is_refused() {
    let sandbox = Sandbox::new();
    let cases: [(&str, Edit, &str); 5] = [
        (
            "operation",
            |mut tx| {
                tx["operations"][0]["assertion_digest"] = json!(format!("sha256:{:064x}", 7));
                tx.to_string().into()
            },
            "does not say what its name stands for",
        ),
        (
            "defaults",
            |mut tx| {
                tx["meta_defaults"] = json!([{"key": "batch", "kind": "str", "value": "b"}]);
                tx.to_string().into()
            },
            "does not say what its name stands for",
        ),
        (
            "kind",
            |mut tx| {
                tx["operations"][0]["kind"] = json!("forgetting");
                tx.to_string().into()
            },
            "cannot be read",
        ),
        (
            "member",
            |mut tx| {
                tx["more"] = json!(1);
                tx.to_string().into()
            },
            "cannot be read",
        ),
        (
            "cut",
            |mut tx| {
                tx["parent_tx_id"] = Value::Null;
                tx.to_string().into()
            },
            "do not count down to the first",
        ),
    ];
    for (name, act, words) in cases {
        let Some(at) = workspace(&sandbox, name) else { return };
        edit(&transaction(&at, 4), act);
        export(&sandbox, &at, &[]).fails(&["the store is broken", words]);
    }
    let Some(at) = workspace(&sandbox, "schema") else { return };
    let schemas = fs::read_dir(at.join("db/objects/schema")).expect("it is there");
    schemas.for_each(|entry| edit(&entry.expect("it is listed").path(), |schema| format!("{schema} ").into()));
    export(&sandbox, &at, &[]).fails(&["the store is broken", "the schema sha256:"]);
    let Some(at) = workspace(&sandbox, "meta") else { return };
    edit(&at.join("db/meta.json"), |meta| {
        json!({"db_id": "db:7", "database_workspace_version": meta["database_workspace_version"]}).to_string().into()
    });
    export(&sandbox, &at, &[]).fails(&["the store is broken", "meta.json names"]);
}

#[test]
fn what_says_the_same_in_other_bytes_is_no_change() {
    let sandbox = Sandbox::new();
    let Some(at) = workspace(&sandbox, "ws") else { return };
    change(&at, "VACUUM; CREATE INDEX more ON claims(seq, value)");
    edit(&transaction(&at, 4), |tx| serde_json::to_vec_pretty(&tx).expect("it is JSON"));
    export(&sandbox, &at, &[]).ends(0).says(&["18 assertions"]);
}

#[test]
fn a_schema_that_is_given_must_be_that_of_the_workspace() {
    let sandbox = Sandbox::new();
    let Some(at) = workspace(&sandbox, "ws") else { return };
    let stored = fs::read_dir(at.join("db/objects/schema")).expect("it is there").next().expect("there is one");
    let stored = stored.expect("it is listed").path();
    let other = shared("data/stores/ledger/schema_ir.json").expect("it is beside the workspace");
    let said = export(&sandbox, &at, &["--schema", &text(&other)]);
    said.fails(&["the schema given is not that of the workspace", "leave `--schema` out"]);
    // When it was made is not part of what it says.
    let later = sandbox.path("later.json");
    fs::copy(stored, &later).expect("there is room");
    edit(&later, |mut schema| {
        schema["generated_at"] = json!("2030-01-01T00:00:00Z");
        schema.to_string().into()
    });
    export(&sandbox, &at, &["--schema", &text(&later)]).ends(0);
    let written = fs::read_to_string(format!("{}-out/schema/schema_ir.json", text(&at))).expect("it is there");
    assert!(written.contains("2030-01-01T00:00:00Z"), "{written}");
}
