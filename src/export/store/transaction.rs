//! One transaction of a workspace: a document whose name is the digest of what it says.

use std::borrow::Cow;

use super::covered::{Entry, SCHEME, exactly, push_entries};
use super::open::Inherited;
use super::value::{broken, meta};
use crate::digest::{Digest, Hasher};
use crate::error::{Error, Result};
use crate::facts::tuple::push_sized;
use crate::json::{Document, Kind, Value, canonical_value};

const HEAD: &[u8] = b"factgraph\0dbtx_v2\0";
const DEFAULTS: &[u8] = b"\0factgraph\0tx_meta_defaults_v1\0";
/// Keys that a transaction cannot say of all its assertions: the workspace writes them itself.
const MANAGED: [&str; 6] =
    ["assertion_digest", "schema_digest", "tx_id", "ingested_at", "ingest_key", "revoked_asrt_id"];
const RESERVED: [&str; 2] = ["__factgraph_annotation_v1__:", "__system__."];

/// A transaction that is what its name says.
pub(super) struct Transaction<'d> {
    /// How many came before it.
    pub(super) number: i64,
    /// The token of the schema that holds after it.
    pub(super) schema: Cow<'d, str>,
    pub(super) defaults: Vec<Inherited>,
    operations: Value<'d>,
}

/// One thing that a transaction did.
pub(super) enum Operation<'d> {
    Assertion {
        id: Cow<'d, str>,
        digest: Cow<'d, str>,
    },
    Revocation {
        id: Cow<'d, str>,
        target: Cow<'d, str>,
        said: Vec<Entry>,
    },
    Amendment {
        id: Cow<'d, str>,
        said: Entry,
    },
    SchemaChange {
        old: Cow<'d, str>,
        new: Cow<'d, str>,
    },
    /// What was written beside the chain is taken into it.
    Adoption {
        id: Cow<'d, str>,
    },
    /// What is no longer in the ledger is given up.
    Loss {
        id: Cow<'d, str>,
    },
    Repair {
        before: Cow<'d, str>,
        after: Cow<'d, str>,
        reason: Cow<'d, str>,
    },
}

/// Where a transaction stands, and what it adopted; nothing of it is checked yet.
pub(super) struct Link {
    pub(super) number: i64,
    pub(super) parent: Option<String>,
    pub(super) schema: String,
    pub(super) adopted: Vec<String>,
}

impl Link {
    pub(super) fn read(document: &Document<'_>) -> Option<Self> {
        let root = document.root();
        let parent = root.get("parent_tx_id")?;
        let adopted =
            root.get("operations")?.items().filter(|one| one.get_text("kind").as_deref() == Some("repair_add"));
        Some(Self {
            number: root.get("tx_seq")?.integer()?,
            schema: root.get_text("schema_digest")?.into_owned(),
            parent: if parent.is_null() { None } else { Some(parent.text()?.into_owned()) },
            adopted: adopted.filter_map(|one| Some(one.get_text("asrt_id")?.into_owned())).collect(),
        })
    }
}

impl<'d> Transaction<'d> {
    /// Reads a transaction that must be the one of this token.
    pub(super) fn read(document: &'d Document<'d>, token: &str) -> Result<Self> {
        let wrong = || broken(format!("the transaction {token} cannot be read"));
        let root = document.root();
        let given = root.get("meta_defaults");
        let [scheme, operations, parent, schema, own, number] = match given {
            None => exactly(root, &["digest_scheme", "operations", "parent_tx_id", "schema_digest", "tx_id", "tx_seq"]),
            Some(_) => exactly(
                root,
                &["digest_scheme", "meta_defaults", "operations", "parent_tx_id", "schema_digest", "tx_id", "tx_seq"],
            )
            .map(|[scheme, _, operations, parent, schema, own, number]| {
                [scheme, operations, parent, schema, own, number]
            }),
        }
        .ok_or_else(wrong)?;
        let number = number.integer().filter(|number| *number >= 0).ok_or_else(wrong)?;
        let schema = token_in(schema, "sha256:").ok_or_else(wrong)?;
        if !own.is_text(token) || !scheme.is_text(SCHEME) || operations.kind() != Kind::Array {
            return Err(wrong());
        }
        let mut head = HEAD.to_vec();
        match parent.text() {
            Some(parent) => {
                head.push(1);
                push_sized(&mut head, parent.as_bytes());
            }
            None => head.push(0),
        }
        push_sized(&mut head, schema.as_bytes());
        push_sized(&mut head, SCHEME.as_bytes());
        head.extend_from_slice(&number.to_be_bytes());
        head.extend_from_slice(&(operations.items().count() as u32).to_be_bytes());
        let mut hasher = Hasher::new();
        hasher.update(&head);
        let mut covered = Vec::new();
        for operation in operations.items() {
            covered.clear();
            Operation::read(operation).ok_or_else(wrong)?.push(&mut covered);
            hasher.update(&covered);
        }
        if let Some(given) = given {
            let entries: Option<Vec<Entry>> = given.items().map(Entry::spelt).collect();
            let entries = entries.filter(|entries| may_be_defaults(entries)).ok_or_else(wrong)?;
            covered.clear();
            push_entries(&mut covered, &entries.iter().collect::<Vec<_>>());
            hasher.update(DEFAULTS);
            hasher.update(&covered);
        }
        if !hasher.finish().is_spelt("tx:", token) {
            return Err(broken(format!("the transaction {token} does not say what its name stands for")));
        }
        let defaults = given.into_iter().flat_map(|rows| rows.items()).map(|row| inherited(row, &wrong));
        Ok(Self { number, schema, operations, defaults: defaults.collect::<Result<_>>()? })
    }

    /// What it did, in order.
    pub(super) fn operations(&self) -> impl Iterator<Item = Operation<'d>> + use<'d> {
        self.operations.items().filter_map(Operation::read)
    }
}

fn may_be_defaults(entries: &[Entry]) -> bool {
    let may_be = |entry: &Entry| {
        !entry.takes_back()
            && !MANAGED.contains(&entry.key.as_str())
            && !RESERVED.iter().any(|reserved| entry.key.starts_with(reserved))
    };
    !entries.is_empty() && entries.iter().all(may_be) && entries.is_sorted_by(|a, b| a.key < b.key)
}

fn inherited(row: Value<'_>, wrong: &dyn Fn() -> Error) -> Result<Inherited> {
    let part = |name| row.get_text(name).map(Cow::into_owned);
    let value = row.get("value").and_then(|value| match value.text() {
        Some(text) => Some(text.into_owned()),
        None => String::from_utf8(canonical_value(value, None)?).ok(),
    });
    let (Some(key), Some(kind), Some(value)) = (part("key"), part("kind"), value) else { return Err(wrong()) };
    let value = meta(&kind, &value)?;
    Ok(Inherited { key, kind, value })
}

impl<'d> Operation<'d> {
    fn read(operation: Value<'d>) -> Option<Self> {
        Some(match &*operation.get_text("kind")? {
            "assertion" => {
                let [id, digest, _] = exactly(operation, &["asrt_id", "assertion_digest", "kind"])?;
                Self::Assertion { id: assertion_id(id)?, digest: token_in(digest, "sha256:")? }
            }
            "revocation" => {
                let [_, said, target, id] =
                    exactly(operation, &["kind", "meta", "revoked_asrt_id", "revoker_asrt_id"])?;
                let said = (said.kind() == Kind::Array).then(|| said.items())?.map(Entry::spelt);
                let said = said.map(|entry| entry.filter(|entry| !entry.takes_back())).collect::<Option<_>>()?;
                Self::Revocation { id: assertion_id(id)?, target: assertion_id(target)?, said }
            }
            "append_meta" => {
                let [id, _, said] = exactly(operation, &["asrt_id", "kind", "meta"])?;
                Self::Amendment { id: assertion_id(id)?, said: Entry::spelt(said)? }
            }
            "schema_change" => {
                let [_, new, old] = exactly(operation, &["kind", "new_schema_digest", "old_schema_digest"])?;
                let (old, new) = (token_in(old, "sha256:")?, token_in(new, "sha256:")?);
                (old != new).then_some(Self::SchemaChange { old, new })?
            }
            "repair_add" => Self::Adoption { id: repaired(operation)? },
            "repair_remove" => Self::Loss { id: repaired(operation)? },
            "repair" => {
                let names = ["kind", "previous_state_digest", "reason", "rebuilt_state_digest"];
                let [_, before, reason, after] = exactly(operation, &names)?;
                Self::Repair { before: before.text()?, after: after.text()?, reason: reason.text()? }
            }
            _ => return None,
        })
    }

    /// Appends what digests cover of it.
    fn push(&self, out: &mut Vec<u8>) {
        let (tag, texts): (u8, &[&str]) = match self {
            Self::Assertion { id, digest } => (b'A', &[id, digest]),
            Self::Revocation { id, target, .. } => (b'R', &[id, target]),
            Self::Amendment { id, .. } => (b'M', &[id]),
            Self::SchemaChange { old, new } => (b'S', &[old, new]),
            Self::Adoption { id } => (b'+', &[id]),
            Self::Loss { id } => (b'-', &[id]),
            Self::Repair { before, after, reason } => (b'P', &[before, after, reason]),
        };
        out.push(tag);
        texts.iter().for_each(|text| push_sized(out, text.as_bytes()));
        let said: Vec<&Entry> = match self {
            Self::Revocation { said, .. } => said.iter().collect(),
            Self::Amendment { said, .. } => vec![said],
            _ => return,
        };
        let mut entries = Vec::new();
        push_entries(&mut entries, &said);
        push_sized(out, &entries);
    }
}

fn repaired<'d>(operation: Value<'d>) -> Option<Cow<'d, str>> {
    let [id, _] = exactly(operation, &["asrt_id", "kind"])?;
    assertion_id(id)
}

/// A digest behind its prefix.
fn token_in<'d>(value: Value<'d>, prefix: &str) -> Option<Cow<'d, str>> {
    value.text().filter(|text| text.strip_prefix(prefix).is_some_and(|hex| Digest::from_hex(hex.as_bytes()).is_some()))
}

/// An id as workspaces give them to assertions.
fn assertion_id<'d>(value: Value<'d>) -> Option<Cow<'d, str>> {
    value.text().filter(|text| {
        let digits = text.strip_prefix("asrt:").unwrap_or(text);
        matches!(digits.len(), 32 | 64) && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}
