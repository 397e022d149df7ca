//! Small valid packages, made from nothing: the documented dialect, with bytes that any conversion would spoil.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

/// The files of a package, by path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) empty: Vec<String>,
}

fn line(value: &Value) -> String {
    format!("{value}\n")
}

impl Package {
    /// A run that wrote `rows` tags, each proposed and accepted; other seeds give other bytes.
    pub(crate) fn documented(seed: &str, rows: usize) -> Self {
        let mut ledgers: BTreeMap<&str, String> = BTreeMap::new();
        let mut put = |name, value: &Value| ledgers.entry(name).or_default().push_str(&line(value));
        for n in 0..rows {
            let (assertion, candidate) = (format!("a{n}"), format!("c{n}"));
            put(
                "run_ledger",
                &json!({"assertion_id": assertion, "run_id": seed, "predicate": "house:tag", "subject": format!("s{n}"),
                    "value": "warm", "metadata": {"source": "import", "trace_id": seed}}),
            );
            put(
                "candidate_ledger",
                &json!({"candidate_id": candidate, "run_id": seed, "predicate": "house:tag", "subject": format!("s{n}"),
                    "value": "warm", "state": "accepted", "rule_id": "drv.warm", "rule_version": "1.0.0"}),
            );
            put(
                "accept_write_ledger",
                &json!({"candidate_id": candidate, "assertion_id": assertion, "rule_id": "drv.warm", "rule_version": "1.0.0"}),
            );
            put(
                "decision_log",
                &json!({"decision_id": format!("d{n}"), "candidate_id": candidate, "outcome": "accepted",
                    "approved_by": "ann", "assertion_ids": [assertion]}),
            );
        }
        let names = ["run_ledger", "candidate_ledger", "accept_write_ledger", "accept_failed", "decision_log"];
        let mut listed: serde_json::Map<String, Value> =
            names.iter().map(|name| ((*name).to_owned(), json!(format!("audit/{name}.jsonl")))).collect();
        listed.insert("mapping_resolution".into(), json!("audit/mapping_resolution.json"));
        let mut files: BTreeMap<String, Vec<u8>> = names
            .iter()
            .map(|name| (format!("audit/{name}.jsonl"), ledgers.remove(name).unwrap_or_default().into_bytes()))
            .collect();
        files.insert("audit/mapping_resolution.json".into(), line(&json!({"predicates": []})).into_bytes());
        let manifest = json!({"package_kind": "audit", "schema_version": "3", "rule_versions": {"drv.warm": "1.0.0"},
            "paths": {"audit_files": listed}});
        files.insert("manifest.json".into(), line(&manifest).into_bytes());
        let mut awkward = b"\r\n$Id$ $Format:%H$\r\n\0\xff".to_vec();
        awkward.extend_from_slice(seed.as_bytes());
        files.insert("outputs/line ends and $Id$.bin".into(), awkward);
        Self { files, empty: Vec::new() }
    }

    /// One that no policy takes: a ledger that is listed is not there.
    pub(crate) fn rejected(seed: &str) -> Self {
        let mut package = Self::documented(seed, 2);
        package.files.remove("audit/decision_log.jsonl");
        package
    }

    /// One of which nobody can tell: a ledger that the manifest does not explain.
    pub(crate) fn undecidable(seed: &str) -> Self {
        let mut package = Self::documented(seed, 2);
        package.files.insert("audit/more.jsonl".into(), b"{\"x\": 1}\n".to_vec());
        package
    }

    pub(crate) fn with(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.into(), bytes.into());
        self
    }

    pub(crate) fn with_empty(mut self, directory: &str) -> Self {
        self.empty.push(directory.into());
        self
    }

    pub(crate) fn folder(&self, at: &Path) {
        for (path, bytes) in &self.files {
            let place = at.join(path);
            fs::create_dir_all(place.parent().expect("it lies in the folder")).expect("there is room");
            fs::write(place, bytes).expect("there is room");
        }
        for path in &self.empty {
            fs::create_dir_all(at.join(path)).expect("there is room");
        }
    }

    pub(crate) fn tar_gz(&self, at: &Path) {
        let file = fs::File::create(at).expect("there is room");
        let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(file, flate2::Compression::fast()));
        for (path, bytes) in &self.files {
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, format!("top/{path}"), bytes.as_slice()).expect("there is room");
        }
        tar.into_inner().and_then(|gzip| gzip.finish()).expect("there is room");
    }

    pub(crate) fn zip(&self, at: &Path) {
        let mut zip = zip::ZipWriter::new(fs::File::create(at).expect("there is room"));
        for (path, bytes) in &self.files {
            zip.start_file(path.as_str(), zip::write::SimpleFileOptions::default()).expect("there is room");
            zip.write_all(bytes).expect("there is room");
        }
        zip.finish().expect("there is room");
    }
}
