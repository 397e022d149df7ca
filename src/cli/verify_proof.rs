//! `batool verify-proof`: was this package added to that archive?

use std::path::{Path, PathBuf};

use batool::archive::{Kept, ProofReport, check_proof};
use batool::error::{Doing, Error};
use batool::finding::printable;
use batool::package;
use batool::source::Limits;
use batool::tlog::{InclusionProof, VerifierKey};
use serde_json::json;

use crate::cli::exit::{Exit, Failure};
use crate::cli::open::{ArchiveArgs, Spec, archive_for};
use crate::cli::term::{Format, Term};

/// Largest proof or checkpoint that is read.
const MAX_FILE: u64 = 1 << 20;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  batool verify-proof run-7.tlog-proof --checkpoint from-the-ticket.txt ./run-7

Exit codes: 0 the package was added, 1 the proof is for another size of the log, 2 it was not, or something is forged.")]
pub(crate) struct Args {
    /// The proof
    #[arg(value_name = "FILE")]
    proof: PathBuf,
    /// A checkpoint from somebody you trust
    #[arg(long, value_name = "FILE")]
    checkpoint: PathBuf,
    /// The public key that the checkpoint must be signed with: NAME+ID+KEY, or a file that holds it
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// The package: a folder, a tar or zip file, REV:PATH
    #[arg(value_name = "SOURCE")]
    source: String,
    /// How to tell the answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    archive: ArchiveArgs,
}

pub(crate) fn run(args: &Args, term: &mut Term) -> Result<Exit, Failure> {
    let proof = InclusionProof::parse(&read(&args.proof)?)?;
    let kept = read_checkpoint(&args.checkpoint, args.key.as_deref())?;
    let limits = Limits::default();
    let spec = Spec::parse(&args.source);
    let archive = archive_for(std::slice::from_ref(&spec), &args.archive)?;
    let mut source = spec.open(archive.as_ref(), limits)?;
    let package = package::read(&mut *source, &mut (), limits)?;
    let report = check_proof(&proof, &kept, &package);
    match args.format {
        Format::Text => term.answer(term.paint(&text(&report, &proof)).as_bytes())?,
        Format::Json => {
            let document = json!({
                "certificate": report.certificate, "index": proof.index.to_string(), "name": report.name,
                "origin": proof.checkpoint.origin, "reasons": report.reasons, "schema": "batool/verify-proof/1",
                "size": proof.checkpoint.size.to_string(), "verdict": report.verdict.word(),
            });
            term.answer(format!("{document}\n").as_bytes())?;
        }
    }
    Ok(Exit::Verdict(report.verdict))
}

fn text(report: &ProofReport, proof: &InclusionProof) -> String {
    let mut out = format!("BATool Proof Verification\nVerdict: {}\n", report.verdict.word());
    out.push_str(&format!(
        "Run: {}\nCertificate: {}\n",
        printable(&report.name, 300),
        printable(&report.certificate, 100)
    ));
    let (index, checkpoint) = (proof.index.saturating_add(1), &proof.checkpoint);
    out.push_str(&format!("Log: leaf {index} of {}, {}\n", checkpoint.size, printable(&checkpoint.origin, 100)));
    report.reasons.iter().for_each(|reason| out.push_str(&format!("- {}\n", printable(reason, 400))));
    out
}

/// Reads a checkpoint that somebody kept, and the key that it must be signed with.
pub(crate) fn read_checkpoint(path: &Path, key: Option<&str>) -> Result<Kept, Error> {
    let key = key.map(read_key).transpose()?;
    Kept::parse(&read(path)?, key.as_ref()).doing(|| format!("cannot use {}", path.display()))
}

/// A public key, or what stands in a file.
fn read_key(key: &str) -> Result<VerifierKey, Error> {
    if Path::new(key).is_file() {
        let text = String::from_utf8_lossy(&read(Path::new(key))?).into_owned();
        return VerifierKey::parse(text.trim()).doing(|| format!("cannot use {key}"));
    }
    VerifierKey::parse(key)
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    use std::io::Read as _;
    let doing = || format!("cannot read {}", path.display());
    let mut bytes = Vec::new();
    std::fs::File::open(path).doing(doing)?.take(MAX_FILE).read_to_end(&mut bytes).doing(doing)?;
    Ok(bytes)
}
