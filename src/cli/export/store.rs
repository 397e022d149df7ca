//! The package of a store.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use batool::export::store::{NOT_IN_STORES, PackageKind, StoreOptions, export_store};
use batool::finding::printable;

use super::Args;
use crate::cli::exit::{Exit, Failure};
use crate::cli::term::Term;

pub(super) fn run(args: &Args, store: &Path, term: &mut Term) -> Result<Exit, Failure> {
    let options = StoreOptions {
        kind: if args.package_kind.as_deref() == Some("inference") {
            PackageKind::Inference
        } else {
            PackageKind::Audit
        },
        schema: args.schema.clone(),
        artifacts: args.artifacts.clone(),
        policy_mode: args.policy_mode.clone().unwrap_or_else(|| "edb".into()),
        target_engine: args.target_engine.clone().unwrap_or_else(|| "souffle".into()),
        generated_at: match &args.generated_at {
            Some(given) => readings(given)?,
            None => (now(), now()),
        },
    };
    if options.target_engine.is_empty() {
        return Err(Failure::usage("--target-engine needs a name", "leave it out for `souffle`"));
    }
    let report = export_store(store, &options, &args.to)?;
    let to = printable(&args.to.display().to_string(), 400);
    if !term.is_quiet() {
        let artifacts = if args.artifacts.is_some() { "" } else { "; supports and rule traces only with --artifacts" };
        term.say(&format!("note: a store does not hold {NOT_IN_STORES}{artifacts}\n"));
    }
    term.answer(format!("wrote {to}: {} assertions, {} accepted writes\n", report.claims, report.accepted).as_bytes())?;
    Ok(Exit::Done)
}

/// `MANIFEST_NS[,MAPPING_NS]`.
fn readings(given: &str) -> Result<(i64, i64), Failure> {
    let (manifest, mapping) = given.split_once(',').unwrap_or((given, given));
    match (manifest.parse(), mapping.parse()) {
        (Ok(manifest), Ok(mapping)) => Ok((manifest, mapping)),
        _ => Err(Failure::usage(
            format!("--generated-at {given} is no time"),
            "give nanoseconds since 1970: MANIFEST_NS, or MANIFEST_NS,MAPPING_NS",
        )),
    }
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_nanos()).unwrap_or(i64::MAX)
}
