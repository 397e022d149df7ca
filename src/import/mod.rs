//! Logs of other systems as event logs: each importer maps what its source says, and makes nothing up.
//!
//! An import is a native log and a side file that names the source and counts what was mapped and what was left out. The
//! verdict is then about the imported log. What a source does not say is missing in the log as well: no END without one.

mod decimal;
mod draft;
mod kineto;
mod megatron;
mod mlperf;
mod otlp;

use std::io::Read as _;

use serde_json::json;

use crate::digest::Digest;
use crate::error::{Doing, Error, Result};
use crate::json::canonical_bytes;
use crate::source::LogSource;
use draft::Draft;

/// Largest source that is read; importers hold it in memory.
const MAX_SOURCE: u64 = 1 << 30;

/// One kind of source.
pub struct Importer {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it reads.
    pub about: &'static str,
    read: fn(&Source<'_>, &mut Draft) -> Result<()>,
}

/// Every kind of source.
pub static IMPORTERS: &[Importer] = &[
    Importer { name: "mlperf", about: "result files of MLPerf Training (`:::MLLOG` lines)", read: mlperf::read },
    Importer {
        name: "kineto",
        about: "traces of the torch profiler (Chrome trace JSON), one a rank",
        read: kineto::read,
    },
    Importer { name: "megatron", about: "output of Megatron-LM and Megatron-DeepSpeed", read: megatron::read },
    Importer { name: "otlp", about: "OpenTelemetry traces (OTLP JSON, a document or one a line)", read: otlp::read },
];

/// How to import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Kineto: write gaps in which the device does nothing as IDLE.
    pub fill_idle: bool,
}

/// What an importer reads.
struct Source<'a> {
    name: &'a str,
    text: &'a [u8],
    /// Its place among several, in the ids of its events; empty for a single one.
    prefix: String,
    options: ImportOptions,
}

impl Source<'_> {
    /// An error about a line of it.
    fn wrong(&self, line: usize, what: &str) -> Error {
        Error::new(format!("cannot import {}", self.name)).because(format!("line {line}: {what}"))
    }

    /// An error about all of it.
    fn unknown(&self, what: &str) -> Error {
        Error::new(format!("cannot import {}", self.name))
            .because(what.to_owned())
            .hint("`batool import --help` names the formats")
    }
}

/// An imported log and what it came from.
pub struct Imported {
    /// The native log.
    pub log: Vec<u8>,
    /// The side file, as JSON.
    pub account: Vec<u8>,
    /// How many events there are.
    pub events: u64,
}

/// Imports sources of one kind into one log. Each comes with the name that it has in errors and in the side file.
///
/// # Errors
/// When a source cannot be read, or is not of this kind; the error names the line.
pub fn import(
    importer: &Importer,
    sources: &mut [(String, Box<dyn LogSource + '_>)],
    options: ImportOptions,
) -> Result<Imported> {
    let several = sources.len() > 1;
    let (mut draft, mut named) = (Draft::default(), Vec::new());
    for (n, (name, source)) in sources.iter_mut().enumerate() {
        let mut text = Vec::new();
        let read = source.open()?.take(MAX_SOURCE + 1).read_to_end(&mut text);
        read.doing(|| format!("cannot read {name}"))?;
        if text.len() as u64 > MAX_SOURCE {
            return Err(
                Error::new(format!("cannot import {name}")).because(format!("it has more than {MAX_SOURCE} bytes"))
            );
        }
        let digest = Digest::of(&text);
        named.push(json!({ "bytes": text.len(), "name": name, "sha256": digest.to_string() }));
        if draft.run_id.is_none() {
            draft.run_id = Some(format!("{}-{}", importer.name, &digest.to_string()[..16]));
        }
        let prefix = if several { format!("{}:", n + 1) } else { String::new() };
        (importer.read)(&Source { name, text: &text, prefix, options }, &mut draft)?;
    }
    let (log, events) = draft.write();
    let account = json!({
        "dropped": draft.dropped, "events": events, "importer": importer.name, "log": Digest::of(&log).token(),
        "mapped": draft.mapped, "notes": draft.notes, "schema": "batool/import/1", "sources": named,
    });
    let mut account = canonical_bytes(&account)?;
    account.push(b'\n');
    Ok(Imported { log, account, events })
}
