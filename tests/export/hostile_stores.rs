//! Stores that nobody's program wrote: each ends with a reason, in little memory, and nothing is written.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::shared::{copy, shared};
use crate::support::{Sandbox, Snapshot, run, text};

/// More address space than an export needs, and less than a cell of a gigabyte takes.
const MEMORY_KIB: u32 = 1 << 20;

struct Place {
    sandbox: Sandbox,
    at: PathBuf,
}

impl Place {
    fn new() -> Option<Self> {
        let sandbox = Sandbox::new();
        let at = sandbox.path("ledger");
        copy(&shared("data/stores/ledger")?, &at);
        Some(Self { sandbox, at })
    }

    /// A ledger with these changes to the good one.
    fn changed(&self, name: &str, sql: &str) -> PathBuf {
        let file = self.at.join(format!("{name}.db"));
        fs::copy(self.at.join("ledger.db"), &file).expect("there is room");
        let db = Connection::open(&file).expect("it is a ledger");
        db.execute_batch(sql).unwrap_or_else(|error| panic!("{name}: {error}"));
        file
    }

    #[track_caller]
    fn refuses(&self, name: &str, store: &Path, words: &[&str]) {
        let shell = format!(
            "ulimit -v {MEMORY_KIB}; exec '{}' export --store '{}' --schema '{}' --to '{}'",
            env!("CARGO_BIN_EXE_batool"),
            text(store),
            text(&self.at.join("schema_ir.json")),
            text(&self.at.join("out")),
        );
        let said = run(&mut self.sandbox.program("sh", &self.at, &["-c", &shell]));
        assert_eq!(said.code, Some(74), "{name}: {}{}", said.out, said.err);
        words.iter().for_each(|word| assert!(said.err.contains(word), "{name}: {word:?} is not in: {}", said.err));
        let left = fs::read_dir(&self.at).expect("it is there").map(|entry| entry.expect("it is listed").file_name());
        assert!(
            !left.into_iter().any(|name| name == "out" || name.to_string_lossy().starts_with(".batool-")),
            "{name}"
        );
    }
}

#[test]
fn what_stands_where_a_table_or_a_value_should_is_told() {
    let Some(place) = Place::new() else { return };
    let again = |table: &str, columns: &str| {
        format!(
            "CREATE TABLE other AS SELECT * FROM {table}; DROP TABLE {table}; CREATE TABLE {table} ({columns}); \
             INSERT INTO {table} SELECT * FROM other; DROP TABLE other;"
        )
    };
    let claims = |id: &str, seq: &str, tx: &str| {
        again("claims", &format!("seq {seq}, asrt_id {id}, pred_id, e_ref, rest_terms, value, value_tag, tx_ref {tx}"))
    };
    let cases = [
        ("no-claims", "DROP TABLE claims".to_owned(), "no such table: claims"),
        ("no-meta", "DROP TABLE claim_meta".to_owned(), "no such table: claim_meta"),
        ("no-column", "ALTER TABLE claims DROP COLUMN rest_terms".to_owned(), "rest_terms"),
        (
            "trigger",
            "CREATE TRIGGER claims AFTER INSERT ON ledger_meta BEGIN SELECT 1; END".to_owned(),
            "views, triggers or virtual tables",
        ),
        (
            "virtual",
            "DROP TABLE claim_meta; CREATE VIRTUAL TABLE claim_meta USING fts5(asrt_id, key, kind, value, tx_seq, op_ordinal)"
                .to_owned(),
            "views, triggers or virtual tables",
        ),
        ("blob-id", "UPDATE claims SET asrt_id = CAST(asrt_id AS BLOB) WHERE seq = 1".to_owned(), "no text"),
        ("number-as-text", claims("", "", "") + "UPDATE claims SET seq = 'first' WHERE seq = 1", "a number"),
        ("number-as-real", claims("", "", "") + "UPDATE claims SET tx_ref = 1.5", "a number"),
        ("number-as-null", claims("", "", "") + "UPDATE claims SET tx_ref = NULL", "a number"),
        ("text-as-number", claims("", "", "") + "UPDATE claims SET pred_id = 7", "no text"),
        ("null-id", claims("", "", "") + "UPDATE claims SET asrt_id = NULL", "must be there"),
        ("twice", claims("", "", "") + "INSERT INTO claims SELECT * FROM claims LIMIT 1", "stands there twice"),
        ("meta-number", "UPDATE claim_meta SET tx_seq = 'soon' WHERE key = 'source'".to_owned(), "a number"),
        ("format", "UPDATE ledger_meta SET value = x'00'".to_owned(), "cannot read the store"),
    ];
    for (name, sql, words) in cases {
        place.refuses(name, &place.changed(name, &sql), &["cannot export the store", words]);
    }
}

#[test]
fn an_order_of_its_own_in_a_column_changes_nothing() {
    let Some(place) = Place::new() else { return };
    let mixed = "UPDATE claims SET asrt_id = upper(asrt_id) WHERE seq % 2 = 0;
        UPDATE claim_meta SET asrt_id = upper(asrt_id) WHERE upper(asrt_id) IN (SELECT asrt_id FROM claims);";
    let other = "CREATE TABLE other AS SELECT * FROM claims; DROP TABLE claims;
        CREATE TABLE claims (seq INTEGER, asrt_id TEXT COLLATE NOCASE UNIQUE, pred_id, e_ref, rest_terms, value, value_tag, tx_ref);
        INSERT INTO claims SELECT * FROM other; DROP TABLE other;";
    let export = |name: &str, sql: &str| {
        let (db, to) = (text(&place.changed(name, sql)), text(&place.at.join(format!("out-{name}"))));
        let args = ["export", "--store", &db, "--schema", "schema_ir.json", "--generated-at", "1", "--to", &to];
        place.sandbox.batool(&place.at, &args).ends(0);
        Snapshot::of(Path::new(&to))
    };
    assert_eq!(export("plain", mixed), export("nocase", &format!("{mixed}{other}")));
}

#[test]
fn a_cell_of_any_size_takes_no_memory() {
    let Some(place) = Place::new() else { return };
    let large = 100 << 20;
    for (name, sql) in [
        ("value", format!("UPDATE claims SET value = CAST(zeroblob({large}) AS TEXT) WHERE seq = 2")),
        ("blob", format!("UPDATE claims SET value = zeroblob({large}) WHERE seq = 2")),
        ("meta", format!("UPDATE claim_meta SET value = CAST(zeroblob({large}) AS TEXT) WHERE rowid = 2")),
    ] {
        place.refuses(name, &place.changed(name, &format!("DROP INDEX idx_claim_meta_key_value; {sql}")), &["too big"]);
    }
    // Many that are each allowed, about one assertion.
    let many = "DROP INDEX idx_claim_meta_key_value;
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6)
        INSERT INTO claim_meta SELECT asrt_id, 'k' || i, 'str', CAST(zeroblob(50000000) AS TEXT), 1, i
        FROM n, (SELECT asrt_id FROM claims LIMIT 1)";
    place.refuses("many", &place.changed("many", many), &["bytes are said about the assertion"]);
}

#[test]
fn a_damaged_database_is_told() {
    let Some(place) = Place::new() else { return };
    let good = fs::read(place.at.join("ledger.db")).expect("it is there");
    let page = 4096;
    let pages = good.len() / page;
    let mut told = 0;
    for n in 0..pages {
        let mut bad = good.clone();
        bad[n * page..(n + 1) * page].fill(0xa5);
        let file = place.at.join("bad.db");
        fs::write(&file, &bad).expect("there is room");
        let to = text(&place.at.join(format!("out-{n}")));
        let args = ["export", "--store", "bad.db", "--schema", "schema_ir.json", "--to", &to].map(str::to_owned);
        let said = place.sandbox.batool(&place.at, &args.each_ref().map(String::as_str));
        // A page that nothing is read from may be damaged without anybody seeing it.
        match said.code {
            Some(0) => {}
            Some(74) => told += 1,
            code => panic!("{code:?}: {}", said.err),
        }
    }
    assert!(told * 2 > pages, "{told} of {pages}");
    for n in (0..pages).step_by(5) {
        fs::write(place.at.join("cut.db"), &good[..n * page]).expect("there is room");
        place.refuses("cut", &place.at.join("cut.db"), &["cannot"]);
    }
}

#[test]
fn a_schema_that_no_store_takes_is_refused_with_its_place() {
    let Some(place) = Place::new() else { return };
    let file = place.at.join("schema_ir.json");
    let good: serde_json::Value = serde_json::from_slice(&fs::read(&file).expect("it is there")).expect("it is JSON");
    let cases = [
        ("/predicates/0/cardinality", serde_json::json!("some"), "/predicates/0/cardinality"),
        ("/predicates/0/pred_id", serde_json::json!(""), "/predicates/0/pred_id"),
        ("/predicates/0/group_key_indexes", serde_json::json!([-1]), "/predicates/0: should be a predicate with a key"),
        ("/predicates/0/arg_specs/0/type_domain", serde_json::json!("colour"), "/predicates/0/arg_specs/0/type_domain"),
        ("/entities/0/identity_fields", serde_json::json!({}), "/entities/0/identity_fields"),
        ("/protocol_version/tup_v1", serde_json::json!(1), "/protocol_version/tup_v1"),
        ("/projection/entities", serde_json::json!(null), "/projection/entities"),
        ("/generated_at", serde_json::json!(""), "/generated_at"),
        ("/predicates", serde_json::json!("none"), "/predicates"),
    ];
    for (pointer, value, shown) in cases {
        let mut schema = good.clone();
        *schema.pointer_mut(pointer).expect("it is there") = value;
        fs::write(&file, schema.to_string()).expect("there is room");
        place.refuses(
            pointer,
            &place.at.join("ledger.db"),
            &["no store takes this schema: schema/schema_ir.json", shown],
        );
    }
    for (name, text) in [("list", "[]"), ("words", "schema"), ("twice", r#"{"entities":[],"entities":[]}"#)] {
        fs::write(&file, text).expect("there is room");
        place.refuses(name, &place.at.join("ledger.db"), &["the schema is no JSON object"]);
    }
    let mut more = good;
    more["more"] = serde_json::json!(1);
    fs::write(&file, more.to_string()).expect("there is room");
    place.refuses("more", &place.at.join("ledger.db"), &["no store takes this schema", "/more"]);
}

#[test]
fn a_chain_of_transactions_that_leads_nowhere_or_round_is_told() {
    let Some(place) = Place::new() else { return };
    let Some(workspace) = shared("data/stores/workspace/ws") else { return };
    let objects = |at: &Path| at.join("db/objects/tx");
    let head = |at: &Path| -> String {
        let db = Connection::open(at.join("db/assertions.db")).expect("it is a ledger");
        db.query_row("SELECT value FROM ledger_meta WHERE key = 'head_tx_id'", [], |row| row.get(0))
            .expect("it has one")
    };
    type Change = fn(&mut serde_json::Value, &str);
    let cases: [(&str, Change, &str); 5] = [
        ("itself", |tx, token| tx["parent_tx_id"] = token.into(), "do not count down"),
        ("nowhere", |tx, _| tx["parent_tx_id"] = format!("tx:{}", "0".repeat(64)).into(), "cannot read"),
        ("outside", |tx, _| tx["parent_tx_id"] = "tx:../../../../etc/passwd".into(), "names no object"),
        ("no-number", |tx, _| tx["tx_seq"] = "one".into(), "cannot be read"),
        ("defaults", |tx, _| tx["meta_defaults"] = serde_json::json!([{"key": "k"}]), "cannot be read"),
    ];
    for (name, change, words) in cases {
        let at = place.sandbox.path(name);
        copy(&workspace, &at);
        let token = head(&at);
        let file = objects(&at).join(format!("{}.json", token.trim_start_matches("tx:")));
        let mut tx: serde_json::Value =
            serde_json::from_slice(&fs::read(&file).expect("it is there")).expect("it is JSON");
        change(&mut tx, &token);
        fs::write(&file, tx.to_string()).expect("there is room");
        place.refuses(name, &at, &[words]);
    }
    let at = place.sandbox.path("no-head");
    copy(&workspace, &at);
    let token = head(&at);
    fs::remove_file(objects(&at).join(format!("{}.json", token.trim_start_matches("tx:")))).expect("it is there");
    place.refuses("no-head", &at, &["cannot read"]);
}

/// An index of the same columns without one entry in the place of those that lead to the rows of a table.
fn forgetful(table: &str, columns: &str, key: &str) -> String {
    format!(
        "CREATE TABLE empty ({columns}, {key});
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_empty_1')
            WHERE name = 'sqlite_autoindex_{table}_1';
        DELETE FROM sqlite_schema WHERE type = 'index' AND tbl_name = '{table}' AND sql IS NOT NULL;"
    )
}

#[test]
fn an_index_that_lost_its_entries_hides_nothing() {
    let Some(place) = Place::new() else { return };
    let claims = forgetful("claims", "asrt_id TEXT NOT NULL", "UNIQUE (asrt_id)");
    place.refuses("claims", &place.changed("claims", &claims), &["its table claims has", "leads to 0", "REINDEX"]);
    let meta = forgetful(
        "claim_meta",
        "asrt_id TEXT NOT NULL, key TEXT NOT NULL, tx_seq INTEGER NOT NULL, op_ordinal INTEGER NOT NULL",
        "PRIMARY KEY (asrt_id, key, tx_seq, op_ordinal)",
    );
    place.refuses("meta", &place.changed("meta", &meta), &["its table claim_meta has", "leads to 0"]);
    let revocations = "CREATE TABLE empty (pred_id TEXT NOT NULL, value TEXT);
        CREATE INDEX empty_by_predicate ON empty (pred_id, value);
        CREATE INDEX empty_by_value ON empty (value);
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'empty_by_predicate')
            WHERE name = 'idx_claims_pred_value';
        UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'empty_by_value')
            WHERE name = 'idx_claims_revokes';";
    let revocations = place.changed("revocations", revocations);
    place.refuses("revocations", &revocations, &["revokes", "no index of its table claims leads there"]);
}
