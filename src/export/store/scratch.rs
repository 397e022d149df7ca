//! Room to sort in, on disk: rows that come in one order and leave in another.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::error::{Doing as _, Result};
use crate::export::files::Lines;

/// A private database in a temporary file that nobody else sees, with little memory of its own.
pub(super) struct Scratch {
    db: Connection,
}

/// Rows of one file.
#[derive(Clone, Copy)]
pub(super) enum List {
    AcceptWrite,
    Candidate,
    Decision,
    AcceptFailed,
    Annotation,
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
    CREATE TABLE annotations (identity BLOB PRIMARY KEY, at INTEGER, row BLOB);
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
        Ok(Self { db })
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
        let mut rows = all.query(params![list as i64]).doing(doing)?;
        let mut count = 0;
        while let Some(row) = rows.next().doing(doing)? {
            out.line(row.get_ref(0).doing(doing)?.as_blob().doing(doing)?)?;
            count += 1;
        }
        Ok(count)
    }

    /// Takes an annotation; one of the same identity leaves its place for the new one.
    pub(super) fn annotate(&self, identity: &[u8], at: i64, row: &[u8]) -> Result<()> {
        let mut put = self.db.prepare_cached("INSERT OR REPLACE INTO annotations VALUES (?, ?, ?)").doing(doing)?;
        put.execute(params![identity, at, row]).doing(doing).map(drop)
    }

    /// Moves the annotations into their list.
    pub(super) fn settle_annotations(&self) -> Result<bool> {
        let moved = self.db.execute(
            "INSERT INTO rows SELECT ?, NULL, NULL, row FROM annotations ORDER BY at",
            params![List::Annotation as i64],
        );
        Ok(moved.doing(doing)? > 0)
    }

    /// Notes that something belongs to a run.
    pub(super) fn note(&self, run: &str, list: OfRun, item: &str) -> Result<()> {
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
