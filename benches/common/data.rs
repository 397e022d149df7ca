//! Deterministic data, made once and kept under `target/bench-data`.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where data and stores lie.
pub(crate) fn root() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"));
    let root = target.join("bench-data");
    fs::create_dir_all(&root).expect("the data folder can be made");
    root
}

/// An empty folder for a store.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let path = root().join("stores").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("the store folder can be made");
    path
}

/// Bytes of all files beneath.
pub(crate) fn size(path: &Path) -> u64 {
    if path.is_dir() {
        return files(path).iter().map(|file| size(file)).sum();
    }
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// All files beneath, sorted.
pub(crate) fn files(path: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => out.extend(files(&entry.path())),
            _ => out.push(entry.path()),
        }
    }
    out.sort();
    out
}

/// The folder of shared material.
pub(crate) fn shared() -> PathBuf {
    let shared = std::env::var_os("BATOOL_SHARED").map(PathBuf::from);
    shared.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"))
}

fn tools() -> PathBuf {
    shared().join("tools")
}

/// One run of Python makes all packages asked for.
const SCALE: &str = "
import sys, os
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import scale_package
sys.stdout = open(os.devnull, 'w')
out, rows, first, last = sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
for seed in range(first, last + 1):
    sys.argv = ['scale_package', '--out', out.replace('%', f'{seed:04d}'), '--rows', rows, '--seed', str(seed)]
    scale_package.main()
";

fn scale(out: &Path, rows: u32, first: u32, last: u32) -> bool {
    let tools = tools();
    if !tools.join("scale_package.py").is_file() {
        eprintln!("SKIPPED: no scale_package.py; set BATOOL_SHARED to the folder that holds tools/scale_package.py");
        return false;
    }
    let numbers = [rows, first, last].map(|number| number.to_string());
    let status = Command::new("python3")
        .args(["-c", SCALE])
        .args([&tools, out])
        .args(numbers)
        .stdin(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !status {
        eprintln!("SKIPPED: python3 could not run scale_package.py");
    }
    status
}

/// Folder and names of `count` small packages, one seed each.
///
/// Nothing else may lie in the folder: it is git's work tree, and git would pay for what it does not take.
pub(crate) fn small_packages(count: u32) -> Option<(PathBuf, Vec<String>)> {
    let root = root().join(format!("small-{count}"));
    let name = |seed: u32| format!("run-{seed:04}");
    let done = (1..=count).take_while(|seed| root.join(name(*seed)).join("manifest.json").is_file()).count() as u32;
    // A run that was stopped half way may have left the last one unfinished; its manifest is written last.
    if done < count && !scale(&root.join("run-%"), 90, done + 1, count) {
        return None;
    }
    Some((root, (1..=count).map(name).collect()))
}

/// A package of scale_package.py with that many rows; another seed gives the same run with other ids.
pub(crate) fn rows_package(rows: u32, seed: u32) -> Option<PathBuf> {
    let path = root().join(if seed == 1 { format!("rows-{rows}") } else { format!("rows-{rows}-{seed}") });
    (path.join("manifest.json").is_file() || scale(&path, rows, 1, seed)).then_some(path)
}

/// A package of the documented dialect whose run ledger has that many MiB.
pub(crate) fn ledger_package(mib: u64) -> PathBuf {
    let path = root().join(format!("ledger-{mib}"));
    if !path.join("manifest.json").is_file() {
        write_ledger_package(&path, mib << 20).expect("the data folder can be written");
    }
    path
}

const SMALL_FILES: [(&str, &str); 9] = [
    (
        "audit/candidate_ledger.jsonl",
        r#"{"candidate_id": "c0", "run_id": "run-7", "predicate": "person:tag", "subject": "alice", "value": "vip", "state": "accepted", "rule_id": "drv.vip", "rule_version": "1.0.0"}
{"candidate_id": "c1", "run_id": "run-7", "predicate": "person:tag", "subject": "bob", "value": "vip", "state": "accepted", "rule_id": "drv.vip", "rule_version": "1.0.0"}
{"candidate_id": "c2", "run_id": "run-7", "predicate": "person:tag", "subject": "carol", "value": "vip", "state": "proposed", "rule_id": "drv.vip", "rule_version": "1.0.0"}
"#,
    ),
    (
        "audit/accept_write_ledger.jsonl",
        r#"{"candidate_id": "c0", "assertion_id": "a1", "rule_id": "drv.vip", "rule_version": "1.0.0"}
{"candidate_id": "c1", "assertion_id": "a2", "rule_id": "drv.vip", "rule_version": "1.0.0"}
"#,
    ),
    (
        "audit/decision_log.jsonl",
        r#"{"decision_id": "d0", "candidate_id": "c0", "outcome": "accepted", "approved_by": "ann", "assertion_ids": ["a1"]}
{"decision_id": "d1", "candidate_id": "c1", "outcome": "accepted", "approved_by": "ann", "assertion_ids": ["a2"]}
{"decision_id": "d2", "candidate_id": "c2", "outcome": "declined", "approved_by": "ann", "note": "not enough purchases"}
"#,
    ),
    ("audit/accept_failed.jsonl", ""),
    ("audit/mapping_resolution.json", "{\"predicates\": []}\n"),
    (
        "audit/evidence_graphs/1.json",
        r#"{"candidate_id": "c0", "graph_id": "g-c0", "engine": "native", "root_node_id": "n1", "layout_hint": "tree",
"nodes": [{"node_id": "n1", "node_kind": "conclusion", "label": "c"}, {"node_id": "n2", "node_kind": "seed", "label": "s"}],
"edges": [{"edge_id": "e1", "from_node_id": "n2", "to_node_id": "n1", "edge_kind": "supports"}]}
"#,
    ),
    ("rules/drv.vip.json", "{\"rule_id\": \"drv.vip\", \"version\": \"1.0.0\", \"body\": \"vip\"}\n"),
    ("outputs/run_manifest.json", "{\"engine\": \"native\"}\n"),
    (
        "manifest.json",
        r#"{"package_kind": "audit", "schema_version": "3", "rule_versions": {"drv.vip": "1.0.0"},
"paths": {"audit_files": {"run_ledger": "audit/run_ledger.jsonl", "candidate_ledger": "audit/candidate_ledger.jsonl",
"accept_write_ledger": "audit/accept_write_ledger.jsonl", "accept_failed": "audit/accept_failed.jsonl",
"decision_log": "audit/decision_log.jsonl", "mapping_resolution": "audit/mapping_resolution.json"},
"evidence_graphs": "audit/evidence_graphs"}}
"#,
    ),
];

/// The manifest comes last, so that it is there only when all is.
fn write_ledger_package(path: &Path, bytes: u64) -> std::io::Result<()> {
    let _ = fs::remove_dir_all(path);
    fs::create_dir_all(path.join("audit"))?;
    let mut ledger = BufWriter::with_capacity(1 << 20, File::create(path.join("audit/run_ledger.jsonl"))?);
    let (mut written, mut number) = (0, 0);
    while written < bytes {
        let row = ledger_row(number);
        ledger.write_all(row.as_bytes())?;
        written += row.len() as u64;
        number += 1;
    }
    ledger.flush()?;
    for (name, text) in SMALL_FILES {
        let file = path.join(name);
        fs::create_dir_all(file.parent().unwrap_or(path))?;
        fs::write(file, text)?;
    }
    Ok(())
}

/// A row of about 260 bytes, of which 46 characters are random hex digits.
fn ledger_row(number: u64) -> String {
    let [a, b, c] = [1, 2, 3].map(|salt| mix(number * 4 + salt));
    let id = if number < 3 { format!("a{number}") } else { format!("a{number}-{a:016x}{:04x}", c & 0xffff) };
    format!(
        "{{\"assertion_id\": \"{id}\", \"run_id\": \"run-7\", \"predicate\": \"person:score\", \"subject\": \"p{:08x}\", \
         \"value\": \"{:08x}\", \"metadata\": {{\"source\": \"import\", \"trace_id\": \"t{:010x}\", \
         \"ingested_at\": {}, \"line\": {number}}}}}\n",
        b >> 32,
        b & 0xffff_ffff,
        c >> 24,
        1_700_000_000_000_000_000 + number * 1_000_003,
    )
}

/// SplitMix64's output function.
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
