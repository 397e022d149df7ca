//! Room to sort in, on disk: rows that come in one order and leave in another.

use std::cell::RefCell;
use std::path::Path;

use rusqlite::{Connection, Rows, params};

use crate::digest::{Fingerprint, FingerprintSet};
use crate::error::{Doing as _, Result};
use crate::export::files::Lines;

/// A private database in a temporary file that nobody else sees, with little memory of its own.
pub(super) struct Scratch {
    db: Connection,
    /// What was noted of late, as most is noted again and again.
    noted: RefCell<FingerprintSet>,
}

const MOST_NOTED: usize = 1 << 16;

/// Rows of one file.
#[derive(Clone, Copy)]
pub(super) enum List {
    AcceptWrite,
    Candidate,
    Decision,
    AcceptFailed,
}

/// What belongs to a run, each once.
#[derive(Clone, Copy)]
pub(super) enum OfRun {
    Candidate,
    Predicate,
    Decision,
    Failed,
}

const TABLES: &str = "
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA cache_size = -32000;
    CREATE TABLE rows (list INTEGER, first BLOB, second BLOB, row BLOB);
    CREATE TABLE annotations (at INTEGER PRIMARY KEY, identity BLOB, row BLOB);
    CREATE TABLE of_runs (run BLOB, list INTEGER, item BLOB, PRIMARY KEY (run, list, item)) WITHOUT ROWID;
    BEGIN;";

fn doing() -> String {
    "cannot sort in a temporary file".into()
}

impl Scratch {
    pub(super) fn new() -> Result<Self> {
        // An empty name is a file that is gone when it is closed.
        let db = Connection::open(Path::new("")).doing(doing)?;
        db.execute_batch(TABLES).doing(doing)?;
        Ok(Self { db, noted: RefCell::default() })
    }

    /// Takes a row that will stand by these two texts.
    pub(super) fn put(&self, list: List, by: [&[u8]; 2], row: &[u8]) -> Result<()> {
        let mut put = self.db.prepare_cached("INSERT INTO rows VALUES (?, ?, ?, ?)").doing(doing)?;
        put.execute(params![list as i64, by[0], by[1], row]).doing(doing).map(drop)
    }

    /// Writes the rows of a list in their order; gives how many there are.
    pub(super) fn write(&self, list: List, out: &mut Lines) -> Result<u64> {
        let mut all =
            self.db.prepare_cached("SELECT row FROM rows WHERE list = ? ORDER BY first, second, rowid").doing(doing)?;
        write_rows(all.query(params![list as i64]).doing(doing)?, out)
    }

    /// Takes an annotation, behind all before it.
    pub(super) fn annotate(&self, identity: &[u8], row: &[u8]) -> Result<()> {
        let mut put = self.db.prepare_cached("INSERT INTO annotations (identity, row) VALUES (?, ?)").doing(doing)?;
        put.execute(params![Fingerprint::of(identity).to_bytes(), row]).doing(doing).map(drop)
    }

    /// Of annotations with one identity leaves the last alone; true if there is any.
    pub(super) fn settle_annotations(&self) -> Result<bool> {
        // Sorted once, which an index by identity would cost with every row.
        let replaced = "DELETE FROM annotations WHERE at IN (SELECT at FROM
            (SELECT at, lead(at) OVER (PARTITION BY identity ORDER BY at) AS next FROM annotations) WHERE next IS NOT NULL)";
        self.db.execute(replaced, []).doing(doing)?;
        self.db.query_row("SELECT EXISTS (SELECT 1 FROM annotations)", [], |row| row.get(0)).doing(doing)
    }

    /// Writes the annotations in the order in which they came.
    pub(super) fn write_annotations(&self, out: &mut Lines) -> Result<()> {
        let mut all = self.db.prepare_cached("SELECT row FROM annotations ORDER BY at").doing(doing)?;
        write_rows(all.query([]).doing(doing)?, out).map(drop)
    }

    /// Notes that something belongs to a run.
    pub(super) fn note(&self, run: &str, list: OfRun, item: &str) -> Result<()> {
        let mut noted = self.noted.borrow_mut();
        if noted.len() == MOST_NOTED {
            noted.clear();
        }
        if !noted.insert(Fingerprint::of_parts(&[run.as_bytes(), &[list as u8], item.as_bytes()])) {
            return Ok(());
        }
        let mut put = self.db.prepare_cached("INSERT OR IGNORE INTO of_runs VALUES (?, ?, ?)").doing(doing)?;
        put.execute(params![run.as_bytes(), list as i64, item.as_bytes()]).doing(doing).map(drop)
    }

    /// What belongs to a run, sorted.
    pub(super) fn of_run(&self, run: &str, list: OfRun) -> Result<Vec<String>> {
        let mut all =
            self.db.prepare_cached("SELECT item FROM of_runs WHERE run = ? AND list = ? ORDER BY item").doing(doing)?;
        let item = |row: &rusqlite::Row<'_>| row.get::<_, Vec<u8>>(0);
        let items = all.query_map(params![run.as_bytes(), list as i64], item).doing(doing)?;
        items.map(|item| Ok(String::from_utf8_lossy(&item.doing(doing)?).into_owned())).collect()
    }
}

fn write_rows(mut rows: Rows<'_>, out: &mut Lines) -> Result<u64> {
    let mut count = 0;
    while let Some(row) = rows.next().doing(doing)? {
        out.line(row.get_ref(0).doing(doing)?.as_blob().doing(doing)?)?;
        count += 1;
    }
    Ok(count)
}
