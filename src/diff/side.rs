//! One side of a comparison: its records, read as often as needed and never held.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read};
use std::sync::Arc;

use super::alike::{Lines as LineNumbers, Raws};
use super::facts::FactTable;
use super::parser::Parser;
use super::passing::Passing;
use super::role::{Kind, Origin};
use super::standing::Standing;
use super::textconv;
use crate::assess::assess_any_within;
use crate::digest::{Digest, Fingerprint, Hasher};
use crate::error::{Doing, Result};
use crate::events::Terms;
use crate::finding::printable;
use crate::json::{Scanner, push_string};
use crate::lines::{Line, Lines};
use crate::package::MAX_DEPTH;
use crate::source::{Limits, PackageSource, is_log};
use crate::spill::{Held, Memory, Sorter};
use crate::verdict::Options;

const CHUNK: usize = 64 << 10;
/// How much of one kind is read ahead, in bytes and in records.
const MOST_HELD: usize = 8 << 20;
const MOST_HELD_ROWS: u64 = 20_000;

/// Takes a record: its line, from 1, and its JSON text.
pub(super) type TakeRow<'t> = dyn FnMut(u32, &[u8]) -> Result<()> + 't;

/// Records by their lines.
type Rows = Vec<(u32, Vec<u8>)>;

/// Stands for the bytes of a file.
#[derive(PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) digest: Digest,
    pub(super) size: u64,
}

/// A package while it is compared.
pub(super) struct Side<'s> {
    source: &'s mut dyn PackageSource,
    limits: Limits,
    memory: Arc<Memory>,
    kinds: &'static [&'static Kind],
    /// Names and places of `paths.audit_files`, and of listed evidence.
    listed: BTreeMap<String, String>,
    marks: bool,
    facts: Option<FactTable>,
    /// Files that no other kind reads, as records; made when first asked for.
    rest: Option<Vec<Vec<u8>>>,
    /// Records by kind that were read ahead, because there are few.
    held: BTreeMap<&'static str, (Held, Rows)>,
    /// Fingerprints of rows by file, taken while the package was judged.
    passed: BTreeMap<String, Raws>,
    /// What could not be read.
    pub(super) notes: BTreeSet<String>,
}

impl<'s> Side<'s> {
    /// Looks at the manifest.
    pub(super) fn open(source: &'s mut dyn PackageSource, limits: Limits, memory: &Arc<Memory>) -> Result<Self> {
        let mut side = Self {
            source,
            limits,
            memory: Arc::clone(memory),
            kinds: &[],
            listed: BTreeMap::new(),
            marks: false,
            facts: None,
            rest: None,
            held: BTreeMap::new(),
            passed: BTreeMap::new(),
            notes: BTreeSet::new(),
        };
        side.look_at_one_file()?;
        let has_facts = side.paths().any(|path| path.starts_with("facts/") && path.ends_with(".facts"));
        side.marks |= has_facts;
        let Some(text) = side.document("manifest.json")? else { return Ok(side) };
        let mut scanner = Scanner::new(MAX_DEPTH);
        let Ok(manifest) = scanner.scan(&text) else { return Ok(side) };
        let manifest = manifest.root();
        let marks = ["digests", "export_version", "policy_mode", "protocol_version"];
        side.marks |= marks.iter().any(|mark| manifest.get(mark).is_some());
        for (name, path) in manifest.at("/paths/audit_files").into_iter().flat_map(|files| files.members()) {
            if let Some(path) = path.text() {
                side.listed.insert(name.into_owned(), path.into_owned());
            }
        }
        if let Some(path) = manifest.at("/paths/evidence_graphs").and_then(|path| path.text()) {
            side.listed.entry("evidence_graphs".into()).or_insert_with(|| path.into_owned());
        }
        Ok(side)
    }

    /// A file that stands alone tells by its rows whose it is.
    fn look_at_one_file(&mut self) -> Result<()> {
        let mut paths = self.paths().map(str::to_owned);
        let (Some(path), None) = (paths.next(), paths.next()) else { return Ok(()) };
        drop(paths);
        let Some(stem) = path.rsplit('/').next().and_then(|name| name.strip_suffix(".jsonl")) else { return Ok(()) };
        self.listed.insert(stem.to_owned(), path.clone());
        let (mut parser, mut is_first, mut marks) = (Parser::default(), true, true);
        self.lines(&path, &mut |_, text| {
            if std::mem::take(&mut is_first) {
                marks = parser.read(text, |row| row.is_some_and(|row| textconv::is_factgraph(&path, row)));
            }
            Ok(())
        })?;
        self.marks = marks;
        Ok(())
    }

    /// What may be held in memory.
    pub(super) fn memory(&self) -> &Arc<Memory> {
        &self.memory
    }

    /// True if the manifest, or tables of facts, show factgraph as the writer.
    pub(super) fn is_factgraph(&self) -> bool {
        self.marks
    }

    /// True for an event log.
    pub(super) fn is_log(&self) -> bool {
        is_log(self.source.listing())
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.source.listing().files.binary_search_by(|file| file.path.as_str().cmp(path)).is_ok()
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.source.listing().files.iter().map(|file| file.path.as_str())
    }

    /// The files that hold records of a kind.
    pub(super) fn files_of(&self, kind: &Kind) -> Vec<String> {
        match kind.origin {
            Origin::Facts => super::facts::paths().map(str::to_owned).collect(),
            Origin::Files => Vec::new(),
            Origin::Document(path) | Origin::Parts(path, _) | Origin::Rows(path) => {
                let Some(path) =
                    (if path.contains(['/', '.']) { Some(path) } else { self.listed.get(path).map(|path| &**path) })
                else {
                    return Vec::new();
                };
                if self.has(path) {
                    return vec![path.to_owned()];
                }
                let folder = format!("{}/", path.trim_end_matches('/'));
                self.paths().filter(|path| path.starts_with(&folder)).map(str::to_owned).collect()
            }
        }
    }

    /// Judges the package.
    pub(super) fn judge(&mut self) -> Result<Standing> {
        // Each side takes a quarter for event ids, which nothing else needs while a log is judged.
        let terms = Terms { id_memory: self.memory.bound() / 4, ..Terms::default() };
        let mut passing = Passing::new(self.limits.max_row_bytes, &self.memory);
        let assessed =
            assess_any_within(self.source, &mut passing, self.limits, Options::default(), terms, &self.memory)?;
        self.passed = passing.files;
        Ok(Standing::of(&assessed))
    }

    /// The kind of this name among those that are read.
    pub(super) fn kind(&self, name: &str) -> Option<&'static Kind> {
        self.kinds.iter().find(|kind| kind.name == name).copied()
    }

    /// Says which kinds are read; all other files are compared as they are.
    pub(super) fn claim(&mut self, kinds: &'static [&'static Kind]) -> Result<()> {
        self.kinds = kinds;
        let taken: BTreeSet<String> = kinds.iter().flat_map(|kind| self.files_of(kind)).collect();
        let rest: Vec<String> = self.paths().filter(|path| !taken.contains(*path)).map(str::to_owned).collect();
        let mut rows = Vec::new();
        for path in rest {
            let (_, Whole { digest, size }) = self.head(&path, 0)?;
            let mut row = b"{\"path\":".to_vec();
            push_string(&mut row, &path);
            row.extend_from_slice(format!(",\"sha256\":\"{digest}\",\"size\":{size}}}").as_bytes());
            rows.push(row);
        }
        self.rest = Some(rows);
        Ok(())
    }

    /// The bytes of a file, piece by piece. Where the container is broken they end, and that is noted.
    pub(super) fn bytes(&mut self, path: &str, take: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let describe = self.source.describe();
        let mut reader = self.source.open(path)?;
        let mut buffer = vec![0; CHUNK];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(n) => take(&buffer[..n])?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::InvalidData => {
                    self.notes
                        .insert(format!("{} is broken and was not read to its end: {error}", printable(path, 200)));
                    return Ok(());
                }
                Err(error) => return Err(error).doing(|| format!("cannot read {path} of {describe}")),
            }
        }
    }

    /// The bytes of a file unless there are more than so many, and what stands for them all. A file that is not there is
    /// empty.
    pub(super) fn head(&mut self, path: &str, most: usize) -> Result<(Option<Vec<u8>>, Whole)> {
        let (mut hasher, mut size, mut head) = (Hasher::new(), 0, Some(Vec::new()));
        if self.has(path) {
            self.bytes(path, &mut |chunk| {
                hasher.update(chunk);
                size += chunk.len() as u64;
                head = head.take().filter(|head: &Vec<u8>| head.len() + chunk.len() <= most);
                head.iter_mut().for_each(|head| head.extend_from_slice(chunk));
                Ok(())
            })?;
        }
        Ok((head, Whole { digest: hasher.finish(), size }))
    }

    /// The lines of a file. One that passes the bound is left out, and that is noted.
    pub(super) fn lines(&mut self, path: &str, take: &mut TakeRow<'_>) -> Result<()> {
        let mut lines = Lines::new(self.limits.max_row_bytes);
        let (mut long, mut ended) = (0_u64, Ok(()));
        let mut each = |number: u64, line: Line<'_>, ended: &mut Result<()>| match (line, u32::try_from(number)) {
            (Line::Whole(text), Ok(number)) if ended.is_ok() => *ended = take(number, text),
            (Line::Whole(_), Ok(_)) => {}
            _ => long += 1,
        };
        self.bytes(path, &mut |chunk| {
            lines.push(chunk, |number, line| each(number, line, &mut ended));
            std::mem::replace(&mut ended, Ok(()))
        })?;
        lines.finish(|number, line| each(number, line, &mut ended));
        if long > 0 {
            let path = printable(path, 200);
            self.notes.insert(format!("{path}: {long} rows are longer than the bound and were not compared"));
        }
        ended
    }

    /// A document as a whole; none if it is not there or passes the bound.
    fn document(&mut self, path: &str) -> Result<Option<Vec<u8>>> {
        if !self.has(path) {
            return Ok(None);
        }
        let limit = usize::try_from(self.limits.max_row_bytes).unwrap_or(usize::MAX);
        let (mut text, mut long) = (Vec::new(), false);
        self.bytes(path, &mut |chunk| {
            long |= text.len() + chunk.len() > limit;
            if !long {
                text.extend_from_slice(chunk);
            }
            Ok(())
        })?;
        if long {
            self.notes.insert(format!("{} is longer than the bound and was not compared", printable(path, 200)));
        }
        Ok((!long).then_some(text))
    }

    /// The records of a kind, all of them or those of some lines (sorted).
    pub(super) fn rows(&mut self, kind: &Kind, wanted: Option<&LineNumbers>, take: &mut TakeRow<'_>) -> Result<()> {
        let mut next = wanted.map(LineNumbers::read).transpose()?;
        let mut chosen = |line: u32, text: &[u8]| {
            if let Some(next) = &mut next {
                if next.head() != Some(line) {
                    return Ok(());
                }
                next.advance()?;
            }
            take(line, text)
        };
        if let (true, Some((_, held))) = (wanted.is_some(), self.held.get(kind.name)) {
            return held.iter().try_for_each(|(line, text)| chosen(*line, text));
        }
        match kind.origin {
            Origin::Facts => return self.with_facts(|side, facts| facts.rows(side, wanted, take)),
            Origin::Files => {
                let rest = self.rest.take().unwrap_or_default();
                let told = (1..).zip(&rest).try_for_each(|(line, row)| chosen(line, row));
                self.rest = Some(rest);
                return told;
            }
            _ => {}
        }
        let mut line = 0_u32;
        for path in self.files_of(kind) {
            let document = match kind.origin {
                Origin::Rows(_) if !path.ends_with(".json") => None,
                _ => Some(self.document(&path)?),
            };
            let Some(document) = document else {
                let before = line;
                self.lines(&path, &mut |number, text| {
                    line = before.saturating_add(number);
                    chosen(line, text)
                })?;
                continue;
            };
            for part in parts(kind, document.unwrap_or_default()) {
                line += 1;
                chosen(line, &part)?;
            }
        }
        Ok(())
    }

    /// Reads some records of a kind ahead, unless they are too many. Only of these will be asked from now on.
    pub(super) fn hold(&mut self, kind: &Kind, lines: &LineNumbers) -> Result<()> {
        self.held.remove(kind.name);
        let (mut held, mut bytes, mut room) = (Vec::new(), 0, Held::of(&self.memory));
        let mut is_room = true;
        if lines.len() <= MOST_HELD_ROWS {
            self.rows(kind, Some(lines), &mut |line, text| {
                bytes += text.len();
                is_room = is_room && bytes < MOST_HELD && room.grow_to(bytes);
                if is_room {
                    held.push((line, text.to_vec()));
                }
                Ok(())
            })?;
            if is_room {
                self.held.insert(kind.name, (room, held));
            }
        }
        Ok(())
    }

    /// A fingerprint of the bytes of each record, and its line.
    pub(super) fn raws(&mut self, kind: &Kind) -> Result<Raws> {
        if matches!(kind.origin, Origin::Facts) {
            let facts = FactTable::read(self)?;
            let raws = facts.raws()?;
            self.facts = Some(facts);
            return Ok(raws);
        }
        if let Some(raws) = self.passed_raws(kind) {
            return Ok(raws);
        }
        let mut raws = Sorter::new(&self.memory);
        self.rows(kind, None, &mut |line, text| raws.push((Fingerprint::of(text), line)))?;
        Ok(raws)
    }

    /// The same, if it is known already.
    fn passed_raws(&mut self, kind: &Kind) -> Option<Raws> {
        let paths = self.files_of(kind);
        let [path] = paths.as_slice() else { return None };
        if matches!(kind.origin, Origin::Rows(_)) { self.passed.remove(path) } else { None }
    }

    fn with_facts(&mut self, then: impl FnOnce(&mut Self, &mut FactTable) -> Result<()>) -> Result<()> {
        let Some(mut facts) = self.facts.take() else { return Ok(()) };
        let told = then(self, &mut facts);
        self.facts = Some(facts);
        told
    }
}

/// The records of a document. One that is not JSON is one record that nobody can read.
fn parts(kind: &Kind, document: Vec<u8>) -> Vec<Vec<u8>> {
    if document.is_empty() {
        return Vec::new();
    }
    let Origin::Parts(_, split) = kind.origin else { return vec![document] };
    let mut parts = Vec::new();
    match Scanner::new(MAX_DEPTH).scan(&document) {
        Ok(scanned) => split(scanned.root(), &mut parts),
        Err(_) => return vec![document],
    }
    parts
}
