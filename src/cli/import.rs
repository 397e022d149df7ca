//! `batool import`: make event logs of other systems' logs.

use std::path::{Path, PathBuf};

use batool::error::{Error, Result};
use batool::finding::printable;
use batool::import::{IMPORTERS, ImportOptions, import};
use batool::source::{Limits, LogFile, LogSource};

use super::exit::{Exit, Failure};
use super::output::write_file;
use super::term::Term;

#[derive(Debug, clap::Args)]
#[command(after_help = "Formats:
  mlperf     result files of MLPerf Training (`:::MLLOG` lines)
  kineto     traces of the torch profiler (Chrome trace JSON), one a rank
  megatron   output of Megatron-LM and Megatron-DeepSpeed
  otlp       OpenTelemetry traces (OTLP JSON, a document or one a line)

Examples:
  batool import mlperf result_0.txt --out events.jsonl && batool verify events.jsonl --skew-tolerance-ns 10000000
  batool import kineto rank0.json.gz rank1.json.gz --fill-idle --out events.jsonl")]
pub(crate) struct Args {
    /// What the files are
    #[arg(value_name = "FORMAT", value_parser = IMPORTERS.iter().map(|importer| importer.name).collect::<Vec<_>>())]
    format: String,
    /// The files; gzip and zstd are told by content
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The log to write
    #[arg(long, value_name = "events.jsonl")]
    out: PathBuf,
    /// kineto: write gaps in which the device does nothing as IDLE
    #[arg(long)]
    fill_idle: bool,
}

pub(crate) fn run(args: &Args, term: &mut Term) -> Result<Exit, Failure> {
    let importer = IMPORTERS.iter().find(|importer| importer.name == args.format);
    let importer = importer.ok_or_else(|| Error::new(format!("there is no format {}", args.format)))?;
    if args.fill_idle && args.format != "kineto" {
        return Err(Failure::usage("--fill-idle is for traces of the profiler", "leave it out"));
    }
    let open = |path: &PathBuf| -> Result<(String, Box<dyn LogSource>)> {
        let name =
            path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        Ok((name, Box::new(LogFile::open(path, Limits::default())?)))
    };
    let mut sources = args.files.iter().map(open).collect::<Result<Vec<_>>>()?;
    let imported = import(importer, &mut sources, ImportOptions { fill_idle: args.fill_idle })?;
    let side = side_file(&args.out);
    write_file(&args.out, &imported.log)?;
    write_file(&side, &imported.account)?;
    let shown = |path: &Path| printable(&path.display().to_string(), 400);
    term.answer(
        format!(
            "wrote {} events to {}; {} says what became of the source\n",
            imported.events,
            shown(&args.out),
            shown(&side)
        )
        .as_bytes(),
    )?;
    Ok(Exit::Done)
}

/// `<out>.import.json`.
fn side_file(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".import.json");
    name.into()
}
