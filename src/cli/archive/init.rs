//! `batool archive init`: make an archive.

use std::path::PathBuf;

use batool::archive::Archive;
use batool::error::Doing as _;
use batool::git::ObjectFormat;
use clap::ValueEnum;
use serde_json::json;

use super::keygen;
use crate::cli::exit::{Exit, Failure};
use crate::cli::open::ArchiveArgs;
use crate::cli::term::{Format, Term};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  batool archive init audits\n  batool archive init --bare /srv/audits.git\n  batool archive init --object-format sha256 audits"
)]
pub(crate) struct Args {
    /// Where; the current folder without it
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Without a work tree
    #[arg(long)]
    bare: bool,
    /// How git names objects; many hosts take sha1 only
    #[arg(long, value_enum, default_value = "sha1")]
    object_format: FormatArg,
    /// Do not set git up to show ledgers as records in `git log -p` and `git diff`
    #[arg(long)]
    no_diff_driver: bool,
    /// Have checkpoints signed with the private key in this file, which is made if it is not there
    #[arg(long, value_name = "FILE")]
    log_key: Option<PathBuf>,
    /// How to tell the answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatArg {
    /// SHA-1, git's default
    Sha1,
    /// SHA-256
    Sha256,
}

/// Has git show ledgers as records.
pub(super) fn show_records(archive: Archive) -> Result<Archive, Failure> {
    let program = std::env::current_exe().doing(|| "cannot find this program".into())?;
    Ok(archive.show_records(&program)?)
}

pub(super) fn run(args: &Args, archive: &ArchiveArgs, term: &mut Term) -> Result<Exit, Failure> {
    let dir = args.dir.clone().or_else(|| archive.path().map(PathBuf::from)).unwrap_or_else(|| PathBuf::from("."));
    let format = match args.object_format {
        FormatArg::Sha1 => ObjectFormat::Sha1,
        FormatArg::Sha256 => ObjectFormat::Sha256,
    };
    let (archive, key) = match &args.log_key {
        Some(file) => keygen::init_signed(file, &dir, args.bare, format).map(|(archive, key)| (archive, Some(key)))?,
        None => (Archive::init(&dir, args.bare, format)?, None),
    };
    let archive = if args.no_diff_driver { archive } else { show_records(archive)? };
    let commit = archive.tip()?.commit;
    match args.format {
        Format::Text => {
            let text =
                format!("made an archive in {} on {}; its policy is batool.toml\n", dir.display(), archive.branch());
            let key = key.map_or_else(String::new, |key| format!("checkpoints are signed with {key}\n"));
            term.answer(format!("{text}{key}").as_bytes())?;
        }
        Format::Json => term.answer(&super::json(
            &json!({ "branch": archive.branch(), "commit": commit.to_string(), "logKey": key, "schema": "batool/archive-init/1" }),
        ))?,
    }
    Ok(Exit::Done)
}
