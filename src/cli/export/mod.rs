//! `batool export`: packages leave the archive, in any form.

mod records;
mod runs;
mod store;

use std::path::PathBuf;

use batool::export::FORMS;

use super::exit::{Exit, Failure};
use super::open::ArchiveArgs;
use super::term::Term;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  batool export nightly/run-7 --to run-7
  batool export nightly/run-7@v1.4 --to run-7.tar.gz
  batool export nightly/run-7 --to for-the-auditor --with-certificate
  batool export 'nightly/*' --to week --format zip
  batool export --store ./workspace --to run-7
  batool export --store ledger.db --schema schema_ir.json --artifacts ./artifacts --to run-7
  batool export --records records.jsonl --to run-7

One package goes to PATH itself. Several go below it, each under its run's name.
Exit codes: 0 exported, 74 could not be done; nothing is half written.")]
pub(crate) struct Args {
    /// Runs (run@REV at a revision, `*`, `?` and `**` for many), or any other source of a package
    #[arg(value_name = "RUN", required_unless_present_any = ["store", "records"], conflicts_with_all = ["store", "records"])]
    sources: Vec<String>,
    /// Where it goes; nothing may be there
    #[arg(long, value_name = "PATH")]
    to: PathBuf,
    /// The form; by default what the name of PATH ends with, else dir
    #[arg(long, value_name = "FORM", value_parser = FORMS.iter().map(|form| form.name).collect::<Vec<_>>())]
    format: Option<String>,
    /// Put certificate, summary, inclusion proof and a page on how to check them next to the package
    #[arg(long)]
    with_certificate: bool,
    /// The proof by the log of this clone, also where runs were not pushed yet
    #[arg(long, requires = "with_certificate")]
    local: bool,
    #[command(flatten)]
    archive: ArchiveArgs,
    /// A factgraph store: a workspace, or a ledger file
    #[arg(long, value_name = "DIR|FILE", help_heading = STORES, conflicts_with_all = ["format", "with_certificate", "records"])]
    store: Option<PathBuf>,
    /// Facts and ledgers (audit, the default), or facts alone
    #[arg(long, value_name = "KIND", help_heading = STORES, value_parser = ["audit", "inference"])]
    package_kind: Option<String>,
    /// The schema IR, which a ledger file does not hold
    #[arg(long, value_name = "FILE", help_heading = STORES)]
    schema: Option<PathBuf>,
    /// Folder of supports and rule traces that were kept beside the store
    #[arg(long, value_name = "DIR", help_heading = STORES)]
    artifacts: Option<PathBuf>,
    /// How chosen values are computed; edb by default
    #[arg(long, value_name = "MODE", help_heading = STORES, value_parser = ["edb", "idb"])]
    policy_mode: Option<String>,
    /// The engine that the manifest names; souffle by default
    #[arg(long, value_name = "NAME", help_heading = STORES)]
    target_engine: Option<String>,
    /// Clock readings to write, in nanoseconds since 1970; by default now
    #[arg(long, value_name = "MANIFEST_NS[,MAPPING_NS]", help_heading = STORES)]
    generated_at: Option<String>,
    /// A file of records, one JSON object a line (docs/records.md)
    #[arg(long, value_name = "FILE", help_heading = "Export of records", conflicts_with_all = ["format", "with_certificate"])]
    records: Option<PathBuf>,
}

const STORES: &str = "Export of a store";

impl Args {
    fn has_options_of_stores(&self) -> bool {
        let words = [&self.package_kind, &self.policy_mode, &self.target_engine, &self.generated_at];
        words.iter().any(|word| word.is_some()) || self.schema.is_some() || self.artifacts.is_some()
    }
}

pub(crate) fn run(args: &Args, term: &mut Term) -> Result<Exit, Failure> {
    match (&args.store, &args.records) {
        (Some(store), _) => store::run(args, store, term),
        (None, _) if args.has_options_of_stores() => Err(Failure::usage(
            "--package-kind, --schema, --artifacts, --policy-mode, --target-engine and --generated-at are for stores",
            "name one with --store",
        )),
        (None, Some(records)) => records::run(args, records, term),
        (None, None) => runs::run(args, term),
    }
}
