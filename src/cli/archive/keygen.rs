//! `batool archive keygen`: a key that checkpoints are signed with.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use batool::archive::{Archive, random_signer};
use batool::error::{Doing, Error, Result};
use batool::tlog::Signer;

use crate::cli::exit::{Exit, Failure};
use crate::cli::open::{ArchiveArgs, read_signer};
use crate::cli::term::Term;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  batool archive keygen ~/keys/audits.key
  # put the line that it prints into batool.toml, and commit that by itself:  log_key = \"…\"
  export BATOOL_LOG_KEY=~/keys/audits.key

From the next add on checkpoints must be signed, and every adder needs the private key. Keep it outside the archive. An
archive that begins with a key is made by `batool archive init --log-key FILE`.")]
pub(crate) struct Args {
    /// The file for the private key; it must not exist
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(args: &Args, place: &ArchiveArgs, term: &mut Term) -> Result<Exit, Failure> {
    let archive = place.open()?;
    let top = archive.repo().workdir().unwrap_or(archive.repo().common_dir()).to_owned();
    let signer = make(&args.file, &archive.tip()?.config.archive.origin, &top)?;
    term.answer(format!("{}\n", signer.verifier().to_text()).as_bytes())?;
    Ok(Exit::Done)
}

/// Makes a key and its file, outside of a folder.
fn make(file: &Path, name: &str, outside: &Path) -> Result<Signer> {
    let doing = || format!("cannot write a private key to {}", file.display());
    let place = std::path::absolute(file).doing(doing)?;
    let folder = place.parent().unwrap_or(&place);
    let folder = folder.canonicalize().doing(doing)?;
    if folder.starts_with(outside.canonicalize().unwrap_or(std::path::absolute(outside).doing(doing)?)) {
        return Err(Error::new(doing()).because("it would lie in the archive").hint("choose a place outside of it"));
    }
    let signer = random_signer(name)?;
    let open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&place).doing(doing);
    let mut open = open.map_err(|error| error.hint("choose a file that is not there yet"))?;
    open.write_all(format!("{}\n", signer.to_secret_text()).as_bytes()).and_then(|()| open.sync_all()).doing(doing)?;
    Ok(signer)
}

/// The key in a file, made if the file is not there; true if it was made.
pub(super) fn read_or_make(file: &Path, name: &str, outside: &Path) -> Result<(Signer, bool)> {
    if file.exists() { Ok((read_signer(file)?, false)) } else { Ok((make(file, name, outside)?, true)) }
}

/// As [`Archive::init`], with a key.
pub(super) fn init_signed(
    file: &Path,
    dir: &Path,
    bare: bool,
    format: batool::git::ObjectFormat,
) -> Result<(Archive, String)> {
    let origin = batool::archive::random_origin()?;
    let (signer, is_made) = read_or_make(file, &origin, dir)?;
    let key = signer.verifier();
    let archive = Archive::init_as(dir, bare, format, &origin, Some(&key)).inspect_err(|_| {
        if is_made {
            let _ = std::fs::remove_file(file);
        }
    })?;
    Ok((archive, key.to_text()))
}
