//! A package of the documented dialect out of one append-only file of records.
//!
//! One pass, a record at a time: each goes as it is into the ledger of its kind. Whether the records agree with each other is
//! what `verify` asks of the package.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use super::NewFolder;
use super::files::{Files, Lines};
use crate::error::{Doing as _, Error, Result};
use crate::finding::printable;
use crate::json::{Kind, Scanner, Value, push_string};

/// Longest record that is read.
const MAX_RECORD: u64 = 64 << 20;
const MAX_DEPTH: usize = 512;

/// Members of a manifest that other dialects or the package itself speak for.
const TAKEN: [&str; 9] = [
    "kind",
    "package_kind",
    "paths",
    "export_version",
    "protocol_version",
    "digests",
    "policy_mode",
    "outputs_map",
    "dialect_version",
];

/// The ledgers that every package has.
const LEDGERS: [&str; 5] = ["run_ledger", "candidate_ledger", "accept_write_ledger", "accept_failed", "decision_log"];

/// How many records of each kind there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordsReport {
    /// Assertions that were written.
    pub writes: u64,
    /// Candidates that were proposed.
    pub candidates: u64,
    /// Decisions about candidates.
    pub decisions: u64,
    /// Accepts that failed.
    pub failures: u64,
    /// Evidence graphs.
    pub evidence: u64,
}

/// Writes the package of a file of records to `to`, where nothing may be yet.
///
/// # Errors
/// When a line is no record, or bytes cannot be read or written. Nothing is left then.
pub fn export_records(records: &Path, to: &Path) -> Result<RecordsReport> {
    let doing = || format!("cannot export the records in {}", records.display());
    let beside = NewFolder::beside(to)?;
    let file = File::open(records).doing(|| format!("cannot read {}", records.display()));
    let report = write(BufReader::with_capacity(128 << 10, file.doing(doing)?), beside.path()).doing(doing)?;
    beside.put(to)?;
    Ok(report)
}

fn write(mut records: BufReader<File>, root: &Path) -> Result<RecordsReport> {
    let mut package = Package::new(Files { root })?;
    let (mut line, mut number) = (Vec::new(), 0_u64);
    let mut scanner = Scanner::new(MAX_DEPTH);
    loop {
        line.clear();
        let read = records.by_ref().take(MAX_RECORD).read_until(b'\n', &mut line);
        let read = read.doing(|| "cannot read the records".into())?;
        if read == 0 {
            return package.end();
        }
        number += 1;
        let at = |why: String| Error::new(format!("line {number} is no record")).because(why);
        if let Some(byte) = memchr::memchr(0, &line) {
            return Err(at(format!("its byte {byte} is zero"))
                .hint("write UTF-8; if the writer's machine stopped in the middle, take the torn line away"));
        }
        if line.pop() != Some(b'\n') {
            return Err(match read as u64 {
                MAX_RECORD => at(format!("it is longer than {MAX_RECORD} bytes"))
                    .hint("keep large things in files of their own, and name them in records"),
                _ => at("it does not end with a newline".into())
                    .hint("if its writer was stopped in the middle, take the torn line away"),
            });
        }
        let record = scanner.scan(&line).map_err(|fault| at(fault_text(&fault)))?;
        package.take(record.root()).map_err(|why| match why {
            Refusal::Record(why) => at(why).hint("docs/records.md says what a record is"),
            Refusal::Job(error) => error,
        })?;
    }
}

fn fault_text(fault: &crate::json::Fault) -> String {
    format!("it is not strict JSON at byte {} (seen: {})", fault.offset, printable(&fault.seen, 80))
}

/// Why a record was not taken: by its own fault, or by ours.
enum Refusal {
    Record(String),
    Job(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal::Job(error)
    }
}

/// The package while it grows.
struct Package<'a> {
    files: Files<'a>,
    ledgers: Vec<Lines>,
    /// What the record of the run says, as members of the manifest.
    run: Option<Vec<u8>>,
    report: RecordsReport,
}

impl<'a> Package<'a> {
    fn new(files: Files<'a>) -> Result<Self> {
        files.folder("audit")?;
        let ledgers = LEDGERS.iter().map(|name| files.lines(&format!("audit/{name}.jsonl"))).collect::<Result<_>>()?;
        Ok(Self { files, ledgers, run: None, report: RecordsReport::default() })
    }

    fn take(&mut self, record: Value<'_>) -> Result<(), Refusal> {
        let kind =
            record.get_text("kind").ok_or_else(|| Refusal::Record("it is no object with a text `kind`".into()))?;
        let need = |names: &[&str]| {
            let missing = names.iter().find(|name| record.get_text(name).is_none_or(|text| text.is_empty()));
            missing.map_or(Ok(()), |name| Err(Refusal::Record(format!("a {kind} needs a text `{name}`"))))
        };
        let row = || members(record, &["kind"]);
        match &*kind {
            "run" => {
                if self.run.is_some() {
                    return Err(Refusal::Record("there is a run already".into()));
                }
                self.run = Some(manifest_members(record)?);
            }
            "candidate" => {
                need(&["candidate_id"])?;
                self.ledgers[1].line(&row())?;
                self.report.candidates += 1;
            }
            "write" => {
                need(&["assertion_id", "predicate", "subject"])?;
                self.ledgers[0].line(&row())?;
                if record.get("candidate_id").is_some() {
                    need(&["candidate_id", "rule_id", "rule_version"])?;
                    let names = ["candidate_id", "assertion_id", "rule_id", "rule_version", "run_id"];
                    self.ledgers[2].line(&some_members(record, &names))?;
                }
                self.report.writes += 1;
            }
            "failure" => {
                need(&["candidate_id", "error"])?;
                self.ledgers[3].line(&row())?;
                self.report.failures += 1;
            }
            "decision" => {
                need(&["decision_id", "candidate_id", "outcome"])?;
                self.ledgers[4].line(&row())?;
                self.report.decisions += 1;
            }
            "evidence" => {
                need(&["candidate_id", "graph_id"])?;
                if self.report.evidence == 0 {
                    self.files.folder("audit/evidence_graphs")?;
                }
                self.report.evidence += 1;
                let path = format!("audit/evidence_graphs/{}.json", self.report.evidence);
                self.files.whole(&path, &row())?;
            }
            other => return Err(Refusal::Record(format!("there is no kind {:?}", printable(other, 80)))),
        }
        Ok(())
    }

    fn end(self) -> Result<RecordsReport> {
        self.ledgers.into_iter().try_for_each(Lines::end)?;
        self.files.whole("audit/mapping_resolution.json", b"{\"predicates\":[]}")?;
        let listed = LEDGERS.iter().map(|name| format!("\"{name}\":\"audit/{name}.jsonl\""));
        let listed = listed.chain(["\"mapping_resolution\":\"audit/mapping_resolution.json\"".to_owned()]);
        let listed = listed.collect::<Vec<_>>().join(",");
        let graphs = if self.report.evidence > 0 { ",\"evidence_graphs\":\"audit/evidence_graphs\"" } else { "" };
        let mut manifest = b"{\"package_kind\":\"audit\",".to_vec();
        manifest.extend_from_slice(&self.run.unwrap_or_default());
        manifest.extend_from_slice(format!("\"paths\":{{\"audit_files\":{{{listed}}}{graphs}}}}}").as_bytes());
        self.files.whole("manifest.json", &manifest)?;
        Ok(self.report)
    }
}

/// The members of an object but for some, as they are written.
fn members(record: Value<'_>, without: &[&str]) -> Vec<u8> {
    object(record.members().filter(|(name, _)| !without.contains(&&**name)))
}

/// Some members of an object, where they are there.
fn some_members(record: Value<'_>, names: &[&str]) -> Vec<u8> {
    object(names.iter().filter_map(|name| Some(((*name).into(), record.get(name)?))))
}

fn object<'v>(members: impl Iterator<Item = (std::borrow::Cow<'v, str>, Value<'v>)>) -> Vec<u8> {
    let mut out = vec![b'{'];
    for (name, value) in members {
        if out.len() > 1 {
            out.push(b',');
        }
        push_string(&mut out, &name);
        out.push(b':');
        out.extend_from_slice(value.raw());
    }
    out.push(b'}');
    out
}

/// What a run says, as members of the manifest, each with a comma behind it.
fn manifest_members(record: Value<'_>) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::new();
    for (name, value) in record.members().filter(|(name, _)| name != "kind") {
        if TAKEN.contains(&&*name) {
            return Err(Refusal::Record(format!("a run cannot say `{name}`")));
        }
        let is_object = value.kind() == Kind::Object;
        if name == "rule_versions" && !is_object {
            return Err(Refusal::Record("`rule_versions` is an object of versions by rule".into()));
        }
        push_string(&mut out, &name);
        out.push(b':');
        out.extend_from_slice(value.raw());
        out.push(b',');
    }
    Ok(out)
}
