//! A package out of a persisted factgraph store: the one that the real exporter would write, byte for byte.
//!
//! The store is read in one transaction, so that a writer beside it is no problem and what is in its write-ahead log
//! counts. Rows stream from the database into files; what must leave in another order is sorted on disk.

mod annotations;
mod artifacts;
mod assertions;
mod chain;
mod covered;
mod ledgers;
mod mapping;
mod object;
mod open;
mod scratch;
mod transaction;
mod value;
mod written;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use self::ledgers::Ledgers;
use self::mapping::Mappings;
use self::object::{Object, array, text, texts};
use self::open::Store;
use self::scratch::Scratch;
use super::NewFolder;
use super::files::Files;
use crate::error::{Doing as _, Error, Result};
use crate::facts::declared::Declared;
use crate::json::Scanner;
use crate::package::documents::{Schema, engine_name, fixed_policy, fixed_policy_rules};
use crate::package::schema_shape;
use crate::package::view;

/// Which of the two shapes a package has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageKind {
    /// Facts and ledgers.
    Audit,
    /// Facts alone.
    Inference,
}

/// What the real exporter is told, or reads from its clock.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Which shape.
    pub kind: PackageKind,
    /// The schema, where the store does not hold it.
    pub schema: Option<PathBuf>,
    /// Folder of supports and rule traces that were kept beside the store.
    pub artifacts: Option<PathBuf>,
    /// `edb` or `idb`.
    pub policy_mode: String,
    /// Free text.
    pub target_engine: String,
    /// Clock readings in nanoseconds since 1970: of the manifest, and of the mapping resolution.
    pub generated_at: (i64, i64),
}

/// What was written.
#[derive(Debug, Clone, Copy)]
pub struct StoreReport {
    /// Assertions, revoked ones included.
    pub claims: u64,
    /// Writes whose origin was an accepted candidate.
    pub accepted: u64,
}

/// What the real exporter may be handed and a store does not hold.
pub const NOT_IN_STORES: &str =
    "certainty summaries, provenance, evidence graphs, timelines, round events and query rules";

/// Writes the package of a store to `to`, where nothing may be yet.
///
/// # Errors
/// When the store is of an unknown format or broken, its schema is not known, or the disk refuses. Nothing is left then.
pub fn export_store(store: &Path, options: &StoreOptions, to: &Path) -> Result<StoreReport> {
    let doing = || format!("cannot export the store {}", store.display());
    let beside = NewFolder::beside(to)?;
    let store = Store::open(store, options.schema.as_deref()).doing(doing)?;
    let report = write(&store, options, &Files { root: beside.path() }).doing(doing)?;
    beside.put(to)?;
    Ok(report)
}

fn write(store: &Store, options: &StoreOptions, files: &Files<'_>) -> Result<StoreReport> {
    let mut scanner = Scanner::new(value::MAX_DEPTH);
    let document = scanner.scan(&store.schema).map_err(|_| Error::new("the schema cannot be read"))?;
    let (schema, declared) = (Schema::read(document.root(), true), Declared::read(document.root()));
    if let Some((place, text)) = schema_shape::check(&document).places().next() {
        return Err(Error::new(format!("no store takes this schema: {place}: {text}")));
    }
    let is_audit = options.kind == PackageKind::Audit;
    let folders = ["schema", "policy", "facts", "rules", "outputs", "audit"];
    folders.iter().filter(|folder| is_audit || **folder != "audit").try_for_each(|folder| files.folder(folder))?;

    let mode = options.policy_mode.as_str();
    let policy = fixed_policy(mode, &schema.protocol_version);
    files.whole("schema/schema_ir.json", &store.schema)?;
    files.whole("policy/policy_ir.json", &policy)?;
    files.whole("policy/policy_rules.dl", fixed_policy_rules(mode).as_bytes())?;
    files.whole("rules/view.dl", view::generate(&declared, mode != "idb").as_bytes())?;
    files.whole("rules/idb.dl", b"")?;

    let scratch = Scratch::new()?;
    let mut ledgers = Ledgers::new(&scratch);
    let mut mappings = Mappings::new(&declared);
    let pass = assertions::pass(store, files, &mut ledgers, &mut mappings)?;
    let mut audit_files: BTreeMap<String, String> = BTreeMap::new();
    let mut accepted = 0;
    if is_audit {
        let resolution = mappings.write(&declared, mode, options.generated_at.1, &mut ledgers)?;
        files.whole("audit/mapping_resolution.json", &resolution)?;
        accepted = ledgers.write(files)?;
        let mut out = files.lines("audit/support_artifacts.jsonl")?;
        options.artifacts.iter().try_for_each(|folder| artifacts::supports(folder, &mut out))?;
        out.end()?;
        let mut out = files.lines("audit/rule_trace_artifacts.jsonl")?;
        options.artifacts.iter().try_for_each(|folder| artifacts::traces(folder, &mut out))?;
        out.end()?;
        let always = "accept_failed accept_write_ledger candidate_ledger decision_log rule_trace_artifacts run_ledger support_artifacts";
        audit_files.extend(always.split(' ').map(|name| (name.to_owned(), format!("audit/{name}.jsonl"))));
        audit_files.insert("mapping_resolution".into(), "audit/mapping_resolution.json".into());
        if annotations::collect(store, &scratch)? {
            let mut out = files.lines("audit/assertion_annotations.jsonl")?;
            scratch.write_annotations(&mut out)?;
            out.end()?;
            audit_files.insert("assertion_annotations".into(), "audit/assertion_annotations.jsonl".into());
        }
    }
    let manifest = Manifest { schema: &schema, declared: &declared, options, audit_files, run: pass.latest_run };
    files.whole("manifest.json", &manifest.to_bytes(&policy, files)?)?;
    Ok(StoreReport { claims: pass.claims, accepted })
}

/// What the manifest says.
struct Manifest<'a> {
    schema: &'a Schema,
    declared: &'a Declared,
    options: &'a StoreOptions,
    audit_files: BTreeMap<String, String>,
    run: Option<String>,
}

impl Manifest<'_> {
    fn to_bytes(&self, policy: &[u8], files: &Files<'_>) -> Result<Vec<u8>> {
        let is_audit = self.options.kind == PackageKind::Audit;
        let tables = ["claim", "claim_arg", "claim_seq", "revokes"].map(str::to_owned);
        let tables = tables.into_iter().chain(assertions::META_KINDS.map(|kind| format!("meta_{kind}")));
        let tables: BTreeMap<String, String> =
            tables.map(|name| (name.clone(), format!("facts/{name}.facts"))).collect();
        let schema = self.schema.digest.ok_or_else(|| Error::new("the schema has no digest"))?;
        let digests = Object::default()
            .text("schema_digest", &schema.token())
            .text("policy_digest", &crate::digest::Digest::of(policy).token())
            .text("edb_digest", &files.digest(tables.values().cloned().collect())?.token())
            .text("rules_digest", &files.digest(vec!["rules/idb.dl".into(), "rules/view.dl".into()])?.token());
        let rules = Object::default().text("view", "rules/view.dl").text("idb", "rules/idb.dl");
        let paths = Object::default()
            .text("schema", "schema/schema_ir.json")
            .text("policy", "policy/policy_ir.json")
            .text("outputs", "outputs")
            .raw("facts", by_name(&tables, text))
            .raw("rules", rules.to_bytes())
            .maybe("audit", is_audit.then_some("audit"))
            .raw("audit_files", if is_audit { by_name(&self.audit_files, text) } else { b"null".to_vec() });
        let predicates: BTreeMap<String, String> = self
            .declared
            .predicates
            .iter()
            .map(|predicate| (predicate.id.clone(), engine_name(&predicate.id)))
            .collect();
        let manifest = Object::default()
            .text("export_version", "v2")
            .text("package_kind", if is_audit { "audit" } else { "inference" })
            .raw("protocol_version", self.schema.protocol_version.clone())
            .number("generated_at", Some(self.options.generated_at.0))
            .maybe("run_id", self.run.as_deref())
            .text("target_engine", &self.options.target_engine)
            .text("dialect_version", "v1")
            .text("policy_mode", &self.options.policy_mode)
            .raw("digests", digests.to_bytes())
            .raw("paths", paths.to_bytes())
            .raw("entrypoints", texts(predicates.keys().map(String::as_str)))
            .raw("outputs_map", by_name(&predicates, |engine| array([text(engine)])));
        Ok(manifest.to_bytes())
    }
}

/// An object with names that are not known beforehand.
fn by_name(members: &BTreeMap<String, String>, value: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
    let mut out = vec![b'{'];
    for (name, member) in members {
        if out.len() > 1 {
            out.push(b',');
        }
        out.extend_from_slice(&text(name));
        out.push(b':');
        out.extend_from_slice(&value(member));
    }
    out.push(b'}');
    out
}
