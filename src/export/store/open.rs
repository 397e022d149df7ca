//! Opening a store: a bare ledger, or a workspace around one. Nothing in it is ever written.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::chain;
use super::value::{MAX_DEPTH, broken};
use crate::digest::Digest;
use crate::error::{Doing as _, Error, Result};
use crate::json::{Scanner, canonical_value};
use crate::package::documents::Schema;
use crate::package::schema_shape;

/// The one format of ledgers that is known.
const FORMAT: &str = "slice3b-v1";
/// The one version of workspaces that is known.
const WORKSPACE: &str = "1";
/// Largest document in a workspace.
const MAX_DOCUMENT: u64 = 256 << 20;
/// Largest cell that is read, and largest row of them.
const MAX_CELL: i32 = 64 << 20;

/// An open store, as it was at one instant.
pub(super) struct Store {
    pub(super) db: Connection,
    /// The schema in its one form.
    pub(super) schema: Vec<u8>,
    pub(super) defaults: Defaults,
}

/// What assertions of a transaction inherit, by the number of the transaction.
pub(super) type Defaults = BTreeMap<i64, Vec<Inherited>>;

/// A meta value that holds where an assertion has none of its own.
pub(super) struct Inherited {
    pub(super) key: String,
    pub(super) kind: String,
    pub(super) value: String,
}

impl Store {
    /// Opens a ledger file or a workspace; a ledger holds no schema, so one must be given.
    pub(super) fn open(path: &Path, schema: Option<&Path>) -> Result<Self> {
        let workspace = Workspace::at(path)?;
        let file =
            workspace.as_ref().map_or_else(|| ledger_in(path), |workspace| workspace.folder.join("assertions.db"));
        let db = connect(&file).doing(|| format!("cannot read the store at {}", file.display()))?;
        let format = setting(&db, "ledger_format_version")?;
        if format.as_deref() != Some(FORMAT) {
            let found = format.map_or_else(|| "none".to_owned(), |format| format!("{format:?}"));
            return Err(Error::new(format!("cannot read the store at {}", file.display()))
                .because(format!("its format is {found}, and this version knows {FORMAT:?}"))
                .hint("upgrade batool, or let the store's own program export it"));
        }
        let given = schema.map(document).transpose()?;
        let (stored, defaults) = match (&workspace, given) {
            (Some(workspace), given) => workspace.read(&db, given)?,
            (None, Some(given)) => (given, Defaults::new()),
            (None, None) => {
                return Err(Error::new("a ledger file does not hold its schema")
                    .hint("name it with `--schema schema_ir.json`, or name the workspace around the ledger"));
            }
        };
        let schema = canonical(&stored);
        Ok(Self { db, schema: schema.ok_or_else(|| Error::new("the schema is no JSON object"))?, defaults })
    }
}

/// A JSON object in its one form.
fn canonical(document: &[u8]) -> Option<Vec<u8>> {
    let mut scanner = Scanner::new(MAX_DEPTH);
    let document = scanner.scan(document).ok()?;
    canonical_value(document.root(), None).filter(|object| object.starts_with(b"{"))
}

fn ledger_in(path: &Path) -> PathBuf {
    if path.is_dir() { path.join("ledger.db") } else { path.to_owned() }
}

/// Opens a database to be read, and begins to read: what others write from now on is not seen.
fn connect(file: &Path) -> Result<Connection> {
    if !file.is_file() {
        return Err(Error::new(format!("there is no ledger at {}", file.display()))
            .hint("name a ledger file, or a workspace (the folder with factgraph_workspace.json)"));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let begin = |db: &Connection| {
        db.busy_timeout(Duration::from_secs(10))?;
        db.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_CELL)?;
        db.execute_batch("PRAGMA cache_size = -64000; PRAGMA trusted_schema = OFF; BEGIN")?;
        db.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))
    };
    let db = Connection::open_with_flags(file, flags).doing(|| "cannot open it".into())?;
    match begin(&db) {
        Ok(_) => {}
        // Where nothing may be written, SQLite cannot share the file with others; without a log there are none.
        Err(error) if is_locked_out(&error) && !has_log(file) => {
            let name = file.to_str().ok_or_else(|| Error::new("its name is not UTF-8"))?;
            let escaped = name.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
            let uri = format!("file:{escaped}?immutable=1");
            let db = Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)
                .doing(|| "cannot open it".into())?;
            begin(&db).doing(|| "cannot read it".into())?;
            return plain(db);
        }
        Err(error) if is_locked_out(&error) => {
            return Err(Error::new("it has a log of writes beside it that cannot be read here")
                .because(error)
                .hint("copy the store with its -wal file to where you may write, and name the copy"));
        }
        Err(error) => {
            return Err(Error::new("it is no SQLite database, or a damaged one")
                .because(error)
                .hint("restore it from a copy"));
        }
    }
    plain(db)
}

/// What a view gives has no end if its maker likes; a store has tables alone.
fn plain(db: Connection) -> Result<Connection> {
    let others =
        "SELECT count(*) FROM sqlite_schema WHERE type NOT IN ('table', 'index') OR sql LIKE 'CREATE VIRTUAL%'";
    let others: i64 = db.query_row(others, [], |row| row.get(0)).doing(|| "cannot read it".into())?;
    if others > 0 {
        return Err(broken("it has views, triggers or virtual tables, as no store has"));
    }
    let encoding: String = db.query_row("PRAGMA encoding", [], |row| row.get(0)).doing(|| "cannot read it".into())?;
    if encoding == "UTF-8" { Ok(db) } else { Err(broken(format!("its texts are {encoding}"))) }
}

fn is_locked_out(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied))
}

fn has_log(file: &Path) -> bool {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    fs::metadata(log).is_ok_and(|found| found.len() > 0)
}

/// A value of the ledger's own settings.
pub(super) fn setting(db: &Connection, key: &str) -> Result<Option<String>> {
    let found = db.query_row("SELECT value FROM ledger_meta WHERE key = ?", [key], |row| row.get(0));
    match found {
        Ok(value) => Ok(Some(value)),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
        Err(error) => Err(Error::new("cannot read the store")
            .because(error)
            .hint("is it one of factgraph? A ledger has a table ledger_meta")),
    }
}

fn document(path: &Path) -> Result<Vec<u8>> {
    let doing = || format!("cannot read {}", path.display());
    if fs::metadata(path).doing(doing)?.len() > MAX_DOCUMENT {
        return Err(Error::new(doing()).because("it is too large"));
    }
    fs::read(path).doing(doing)
}

/// The folder `db` of a workspace.
pub(super) struct Workspace {
    folder: PathBuf,
    /// The id of its database.
    pub(super) id: Option<String>,
}

impl Workspace {
    /// The workspace at a path, of a version that is known; none if there is none.
    fn at(path: &Path) -> Result<Option<Self>> {
        let marker = path.join("factgraph_workspace.json");
        let folder = path.join("db");
        if !marker.exists() && !folder.join("assertions.db").exists() {
            return Ok(None);
        }
        let versions =
            [(marker, "factgraph_workspace_version"), (folder.join("meta.json"), "database_workspace_version")];
        let mut id = None;
        // A database by itself has no marker of a workspace around it.
        for (file, member) in versions.into_iter().filter(|(file, _)| file.exists() || file.ends_with("meta.json")) {
            let text = document(&file)?;
            let mut scanner = Scanner::new(MAX_DEPTH);
            let known = scanner.scan(&text).ok();
            let member_of = |name| known.as_ref()?.root().get_text(name).map(|text| text.into_owned());
            let found = member_of(member);
            if found.as_deref() != Some(WORKSPACE) {
                let found = found.map_or_else(|| "none".to_owned(), |found| format!("{found:?}"));
                return Err(Error::new(format!("cannot read the workspace at {}", path.display()))
                    .because(format!("its {member} is {found}, and this version knows {WORKSPACE:?}"))
                    .hint("upgrade batool, or let the store's own program export it"));
            }
            id = member_of("db_id");
        }
        Ok(Some(Self { folder, id }))
    }

    /// Its schema, or the one given if it is the same, and what its transactions say of their assertions.
    fn read(&self, db: &Connection, given: Option<Vec<u8>>) -> Result<(Vec<u8>, Defaults)> {
        let history = chain::follow(self, db)?;
        let schema = match given {
            None => self.schema(&history.schema)?,
            Some(given) if is_of(&given, &history.schema) => given,
            Some(_) => {
                return Err(Error::new("the schema given is not that of the workspace")
                    .because(format!("the workspace has the schema {}", history.schema))
                    .hint("leave `--schema` out: a workspace holds its schema"));
            }
        };
        Ok((schema, history.defaults))
    }

    /// An object by its token, whose digest is its name.
    pub(super) fn object(&self, kind: &str, token: &str, prefix: &str) -> Result<Vec<u8>> {
        let hex = token.strip_prefix(prefix).filter(|hex| Digest::from_hex(hex.as_bytes()).is_some());
        let hex = hex.ok_or_else(|| broken(format!("{token:?} names no object")))?;
        document(&self.folder.join("objects").join(kind).join(format!("{hex}.json")))
    }

    /// The schema of a token, as it was written.
    pub(super) fn schema(&self, token: &str) -> Result<Vec<u8>> {
        let schema = self.object("schema", token, "sha256:")?;
        if canonical(&schema).as_ref() == Some(&schema) && is_of(&schema, token) {
            return Ok(schema);
        }
        Err(broken(format!("the schema {token} does not say what its name stands for")))
    }
}

/// True for a schema of this digest that a store may have.
fn is_of(schema: &[u8], token: &str) -> bool {
    let Some(schema) = canonical(schema) else { return false };
    let mut scanner = Scanner::new(MAX_DEPTH);
    let Ok(document) = scanner.scan(&schema) else { return false };
    schema_shape::check(&document).places().next().is_none()
        && Schema::read(document.root(), true).digest.is_some_and(|digest| digest.token() == token)
}
