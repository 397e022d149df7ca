//! The chain of transactions of a workspace, from its first to its head, and the ledger that must be what they made.
//!
//! The real producer opens no workspace in which the two differ: every transaction is what its name stands for, follows
//! the one before it, and wrote what stands at its place; nothing else stands anywhere, and the sum of what holds is the
//! one noted.

use rusqlite::Connection;

use super::assertions::{cell, text};
use super::covered::{Entry, SCHEME, State};
use super::open::{Defaults, Workspace, setting};
use super::transaction::{Link, Operation, Transaction};
use super::value::{MAX_DEPTH, broken};
use super::written::{CLAIMS, EVENTS, Ledger, Position, Written};
use crate::digest::{Digest, Fingerprint, FingerprintMap, FingerprintSet};
use crate::error::{Doing as _, Result};
use crate::json::Scanner;

/// How much of what transactions say of all their assertions is kept.
const MAX_DEFAULTS: usize = 256 << 20;
/// What was written and not taken back, by its digest.
const ACTIVE: &str = "SELECT c.asrt_id, m.value FROM claims c
    LEFT JOIN claim_meta m ON m.asrt_id = c.asrt_id AND m.key = 'assertion_digest' AND m.kind = 'str'
    WHERE substr(c.pred_id, 1, 11) <> '__system__.'
    AND NOT EXISTS (SELECT 1 FROM claims r WHERE r.pred_id = '__system__.revokes' AND r.value = c.asrt_id)";
const KNOWN: &str = "SELECT EXISTS (SELECT 1 FROM claims WHERE asrt_id = ? AND tx_ref <= ?)";
/// What the workspace itself says of each assertion, once.
const IDENTITY: [&str; 3] = ["assertion_digest", "schema_digest", "tx_id"];

/// What comes of a chain that is whole.
pub(super) struct History {
    /// The token of the schema that holds in the end.
    pub(super) schema: String,
    pub(super) defaults: Defaults,
}

/// Follows the chain from its beginning, and holds the ledger to it.
pub(super) fn follow(workspace: &Workspace, db: &Connection) -> Result<History> {
    let doing = || "cannot read the assertions of the store".to_owned();
    let (chain, adopted) = walk(workspace, &head(workspace, db)?)?;
    let (mut claims, mut events) = (db.prepare(CLAIMS).doing(doing)?, db.prepare(EVENTS).doing(doing)?);
    let ledger = Ledger::read(claims.query([]).doing(doing)?, events.query([]).doing(doing)?);
    let mut replay = Replay {
        db,
        ledger,
        active: FingerprintSet::default(),
        adopted,
        transactions: chain.iter().map(|digest| Fingerprint::of(digest.as_bytes())).collect(),
        schema: String::new(),
    };
    let (mut defaults, mut kept) = (Defaults::new(), 0);
    for digest in chain.iter().rev() {
        let token = format!("tx:{digest}");
        let text = workspace.object("tx", &token, "tx:")?;
        let mut scanner = Scanner::new(MAX_DEPTH);
        let document = scanner.scan(&text).map_err(|_| broken(format!("the transaction {token} cannot be read")))?;
        let transaction = Transaction::read(&document, &token)?;
        replay.schema_of(workspace, &transaction)?;
        replay.take(&transaction, &token)?;
        kept += transaction.defaults.iter().map(|one| one.key.len() + one.kind.len() + one.value.len()).sum::<usize>();
        if kept > MAX_DEFAULTS {
            return Err(broken(format!("its transactions say more than {MAX_DEFAULTS} bytes of their assertions")));
        }
        if !transaction.defaults.is_empty() {
            defaults.insert(transaction.number, transaction.defaults);
        }
    }
    replay.rest((i64::MAX, i64::MAX))?;
    let schema = stated(db, "schema_digest")?;
    if replay.schema != schema {
        return Err(broken(format!("its schema is {schema}, and its transactions end with {}", replay.schema)));
    }
    if replay.state()? != stated(db, "head_state_digest")? {
        return Err(broken("what holds in it is not what its head_state_digest stands for"));
    }
    Ok(History { schema, defaults })
}

/// Where the chain ends, by what the ledger notes.
struct Head {
    token: String,
    number: i64,
}

fn head(workspace: &Workspace, db: &Connection) -> Result<Head> {
    let scheme = stated(db, "digest_scheme")?;
    if scheme != SCHEME {
        return Err(broken(format!("its digest_scheme is {scheme:?}"))
            .hint("upgrade batool, or let the store's own program export it"));
    }
    let id = stated(db, "db_id")?;
    if !(id.starts_with("db:") || id.starts_with("mem:")) || workspace.id.as_deref() != Some(id.as_str()) {
        return Err(broken(format!(
            "its ledger is that of the database {id:?}, and meta.json names {:?}",
            workspace.id
        )));
    }
    let number = stated(db, "head_tx_seq")?;
    let parsed = number.parse().ok().filter(|parsed: &i64| *parsed >= 0 && parsed.to_string() == number);
    let number = parsed.ok_or_else(|| broken(format!("its head_tx_seq is {number:?}")))?;
    Ok(Head { token: stated(db, "head_tx_id")?, number })
}

fn stated(db: &Connection, key: &str) -> Result<String> {
    setting(db, key)?.ok_or_else(|| broken(format!("its ledger_meta has no {key}")))
}

/// What repairs took into the chain, and under which schema each.
type Adopted = FingerprintMap<Fingerprint>;

/// All transactions, the newest first, and the assertions that repairs took into the chain.
fn walk(workspace: &Workspace, head: &Head) -> Result<(Vec<Digest>, Adopted)> {
    let (mut chain, mut adopted) = (Vec::new(), Adopted::default());
    let mut next = Some((head.token.clone(), head.number));
    while let Some((token, number)) = next {
        let text = workspace.object("tx", &token, "tx:")?;
        let mut scanner = Scanner::new(MAX_DEPTH);
        let link = scanner.scan(&text).ok().and_then(|document| Link::read(&document));
        let link = link.ok_or_else(|| broken(format!("the transaction {token} cannot be read")))?;
        if link.number != number || link.parent.is_some() != (number > 0) {
            return Err(broken(format!(
                "its transactions do not count down to the first: {token} is number {}",
                link.number
            )));
        }
        chain.extend(Digest::from_spelt("tx:", &token));
        let schema = Fingerprint::of(link.schema.as_bytes());
        adopted.extend(link.adopted.iter().map(|id| (Fingerprint::of(id.as_bytes()), schema)));
        next = link.parent.map(|parent| (parent, number - 1));
    }
    Ok((chain, adopted))
}

impl Written {
    /// True if it names a transaction and its schema as those that it came with.
    fn is_of(&self, transaction: &Transaction<'_>, token: &str) -> bool {
        self.stated("schema_digest") == Some(transaction.schema.as_bytes())
            && self.stated("tx_id") == Some(token.as_bytes())
    }

    /// True if this and no more is said of a revocation, but for what it came with.
    fn says(&self, said: &[Entry]) -> bool {
        let mut here: Vec<&Entry> = self.events.iter().map(|event| &event.said).collect();
        here.retain(|said| !matches!(said.key.as_str(), "schema_digest" | "tx_id"));
        let mut given: Vec<&Entry> = said.iter().collect();
        here.sort_unstable();
        given.sort_unstable();
        here == given
    }
}

/// What the transactions made so far, beside the ledger.
struct Replay<'a> {
    db: &'a Connection,
    ledger: Ledger<'a>,
    /// What was written and not taken back.
    active: FingerprintSet,
    adopted: Adopted,
    transactions: FingerprintSet,
    /// The schema that holds now.
    schema: String,
}

impl Replay<'_> {
    /// Schemas change by transactions that do nothing else, and each is there.
    fn schema_of(&mut self, workspace: &Workspace, transaction: &Transaction<'_>) -> Result<()> {
        let wrong = || broken(format!("transaction {} does not follow the schema before it", transaction.number));
        let mut changes = transaction.operations().filter_map(|operation| match operation {
            Operation::SchemaChange { old, new } => Some((old, new)),
            _ => None,
        });
        match changes.next() {
            None if transaction.number == 0 => {}
            None if transaction.schema == self.schema.as_str() => return Ok(()),
            Some((old, new)) if transaction.number > 0 => {
                let is_alone = transaction.operations().count() == 1;
                if !is_alone || old != self.schema.as_str() || new != transaction.schema {
                    return Err(wrong());
                }
            }
            _ => return Err(wrong()),
        }
        workspace.schema(&transaction.schema)?;
        self.schema = transaction.schema.to_string();
        Ok(())
    }

    /// Holds what stands in the ledger to what a transaction did.
    fn take(&mut self, transaction: &Transaction<'_>, token: &str) -> Result<()> {
        for (ordinal, operation) in transaction.operations().enumerate() {
            let at = (transaction.number, ordinal as i64);
            self.rest(at)?;
            let written = self.ledger.at(at)?;
            let is_adopted = self.adopt(&written)?;
            match operation {
                Operation::Assertion { id, digest } => {
                    let claim = written.of(&id, false)?;
                    if written.digest(claim, &transaction.schema)? != digest || !written.is_of(transaction, token) {
                        return Err(broken(format!("the assertion {id} is not the one that {token} wrote")));
                    }
                    self.begins(&id)?;
                }
                Operation::Revocation { id, target, said } => {
                    written.of(&id, true)?;
                    if !written.says(&said) || !written.is_of(transaction, token) {
                        return Err(broken(format!("what is said about the revocation {id} is not what {token} said")));
                    }
                    self.ends(&target)?;
                }
                Operation::Amendment { id, said } => {
                    let is_one = matches!(&written.events[..], [event] if event.id == id && event.said == said);
                    if !is_one || IDENTITY.contains(&said.key.as_str()) || !self.is_known(&id, transaction.number)? {
                        return Err(broken(format!("what {token} said of {id} is not what the ledger holds")));
                    }
                }
                Operation::Adoption { id } => {
                    self.unnamed(at, &written, is_adopted)?;
                    self.active.insert(Fingerprint::of(id.as_bytes()));
                }
                Operation::Loss { id } => {
                    self.unnamed(at, &written, is_adopted)?;
                    self.active.remove(&Fingerprint::of(id.as_bytes()));
                }
                Operation::SchemaChange { .. } | Operation::Repair { .. } => self.unnamed(at, &written, is_adopted)?,
            }
        }
        Ok(())
    }

    /// What stands before a position, and no transaction named.
    fn rest(&mut self, end: Position) -> Result<()> {
        while let Some((at, written)) = self.ledger.before(end)? {
            let is_adopted = self.adopt(&written)?;
            self.unnamed(at, &written, is_adopted)?;
        }
        Ok(())
    }

    /// Nobody may say anything that no transaction says.
    fn unnamed(&self, at: Position, written: &Written, is_adopted: bool) -> Result<()> {
        match written.events.first() {
            Some(event) if !is_adopted => Err(broken(format!(
                "{} is said of {}, and transaction {} did not say so",
                event.said.key, event.id, at.0
            ))),
            _ => Ok(()),
        }
    }

    /// Checks an assertion that a repair took into the chain, wherever it stands; false for any other.
    fn adopt(&self, written: &Written) -> Result<bool> {
        let Some(claim) = &written.claim else { return Ok(false) };
        let Some(under) = self.adopted.get(&Fingerprint::of(claim.id.as_bytes())) else { return Ok(false) };
        let schema = String::from_utf8_lossy(written.stated("schema_digest").unwrap_or_default());
        written.digest(written.of(&claim.id, false)?, &schema)?;
        let transaction = written.stated("tx_id").and_then(|token| std::str::from_utf8(token).ok());
        let transaction = transaction.and_then(|token| Digest::from_spelt("tx:", token));
        let is_anchored = Fingerprint::of(schema.as_bytes()) == *under
            && transaction.is_some_and(|digest| self.transactions.contains(&Fingerprint::of(digest.as_bytes())));
        if is_anchored {
            return Ok(true);
        }
        Err(broken(format!("the repaired assertion {} names a transaction that is not in the chain", claim.id)))
    }

    fn begins(&mut self, id: &str) -> Result<()> {
        if self.active.insert(Fingerprint::of(id.as_bytes())) {
            return Ok(());
        }
        Err(broken(format!("its transactions write the assertion {id} twice")))
    }

    fn ends(&mut self, id: &str) -> Result<()> {
        if self.active.remove(&Fingerprint::of(id.as_bytes())) {
            return Ok(());
        }
        Err(broken(format!("its transactions take the assertion {id} back, which did not hold")))
    }

    fn is_known(&self, id: &str, transaction: i64) -> Result<bool> {
        let doing = || "cannot look assertions up".to_owned();
        let mut query = self.db.prepare_cached(KNOWN).doing(doing)?;
        query.query_row((id, transaction), |row| row.get(0)).doing(doing)
    }

    /// What holds in the ledger must be what holds by the chain; the sum of it.
    fn state(mut self) -> Result<String> {
        let doing = || "cannot read what holds in the store".to_owned();
        let (mut state, db) = (State::empty(), self.db);
        let mut query = db.prepare(ACTIVE).doing(doing)?;
        let mut rows = query.query([]).doing(doing)?;
        while let Some(row) = rows.next().doing(doing)? {
            let id = text(row, 0)?;
            if !self.active.remove(&Fingerprint::of(id.as_bytes())) {
                return Err(broken(format!("the assertion {id} is in no transaction")));
            }
            state.add(&id, cell(row, 1)?.unwrap_or_default());
        }
        match self.active.len() {
            0 => Ok(state.token()),
            left => Err(broken(format!("{left} assertions of its transactions do not hold in its ledger"))),
        }
    }
}
