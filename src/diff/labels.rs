//! What to call ids in answers: after what they stand for, so that equal changes read the same.

use std::collections::BTreeMap;

use super::changes;
use super::compare::Work;
use super::events;
use super::mask::Mask;
use super::names::{Names, id_of};
use super::naming::own_id;
use super::parser::Parser;
use super::role::{Kind, Origin, Pool};
use super::side::Side;
use super::tree::Tree;
use crate::digest::{Digest, Fingerprint, FingerprintMap, FingerprintSet};
use crate::error::Result;
use crate::spill::SortedTexts;

/// How often labels are looked up for the ids in labels.
const MOST_ROUNDS: usize = 4;

/// The aliases of one side.
#[derive(Default)]
pub(super) struct Labels {
    /// By the record that stands behind an id.
    keys: FingerprintMap<Box<str>>,
    /// Of ids whose record says nothing of them.
    fixed: FingerprintMap<String>,
}

impl Labels {
    /// What to call an id.
    pub(super) fn alias(&self, pool: Pool, id: &str) -> String {
        let known = id_of(pool, id.as_bytes());
        match (self.keys.get(&known), self.fixed.get(&known)) {
            (Some(key), _) => format!("{} {key}", pool.word()),
            (_, Some(fixed)) => fixed.clone(),
            // An id that nothing is known of must not be taken for an alias.
            _ if is_like_alias(id) => format!("id {id}"),
            _ => id.to_owned(),
        }
    }
}

/// True for a text that begins as aliases do.
fn is_like_alias(id: &str) -> bool {
    let first = id.split(' ').next().filter(|first| first.len() < id.len());
    first.is_some_and(|first| ["id", "unmatched"].contains(&first) || Pool::ALL.iter().any(|pool| pool.word() == first))
}

/// The key of a change as people read it.
pub(super) fn title(ledger: &str, key: &[Tree]) -> String {
    if ledger == events::EVENT.name { events::words(key) } else { key_text(key) }
}

/// A key as people read it. Texts with spaces are quoted, so that no two keys read the same.
pub(super) fn key_text(key: &[Tree]) -> String {
    let part = |tree: &Tree| match tree {
        Tree::Text(text) if !text.contains([' ', '"', '[', '{']) => text.clone(),
        other => other.to_json(),
    };
    match key {
        [predicate @ Tree::Text(_), subject @ Tree::Text(_), rest @ ..] => {
            let rest: String = rest.iter().map(|tree| format!(" {}", part(tree))).collect();
            format!("{} of {}{rest}", part(predicate), part(subject))
        }
        key => key.iter().map(part).collect::<Vec<_>>().join(" "),
    }
}

/// Finds what is to be said of the ids in some records, given by kind.
pub(super) fn labels(
    side: &mut Side<'_>,
    names: &Names,
    work: &[Work],
    with_facts: bool,
    shown: &[SortedTexts],
    fixed: FingerprintMap<String>,
) -> Result<Labels> {
    let mut labels = Labels { fixed, ..Labels::default() };
    let mask = Mask { names, volatile: false };
    let mut parser = Parser::default();
    let mut wanted = BTreeMap::new();
    let mut asked = FingerprintSet::default();
    let mut note = |pool: Pool, id: &str, wanted: &mut BTreeMap<Pool, FingerprintSet>| {
        let id = id_of(pool, id.as_bytes());
        if asked.insert(id) {
            wanted.entry(pool).or_default().insert(id);
        }
    };
    for (work, texts) in work.iter().zip(shown) {
        let mut texts = texts.read()?;
        while let Some(row) = texts.next()? {
            parser.read(changes::split(row).1, |row| {
                if let Some(row) = row {
                    mask.ids(work.kind, row, &mut |pool, id| note(pool, id, &mut wanted));
                }
            });
        }
    }
    let mut found: Vec<(Fingerprint, &str, &'static Kind, Vec<u8>)> = Vec::new();
    for _ in 0..MOST_ROUNDS {
        let mut round = std::mem::take(&mut wanted);
        for work in work {
            let is_of_use = with_facts || !matches!(work.kind.origin, Origin::Facts);
            if !is_of_use || !work.kind.own.iter().any(|(_, pool)| round.contains_key(pool)) {
                continue;
            }
            side.rows(work.kind, None, &mut |_, text| {
                parser.read(text, |row| {
                    let Some(row) = row else { return };
                    for (member, pool) in work.kind.own {
                        let Some((id, part)) = own_id(row, member) else { continue };
                        let id = id_of(*pool, &id);
                        if round.get_mut(pool).is_some_and(|ids| ids.remove(&id)) {
                            mask.key_ids(work.kind, row, &mut |pool, id| note(pool, id, &mut wanted));
                            found.push((id, part, work.kind, text.to_vec()));
                        }
                    }
                });
                Ok(())
            })?;
        }
    }
    // What was asked for last is named in what was asked for first.
    for (id, part, kind, text) in found.into_iter().rev() {
        let key = parser.read(&text, |row| row.map(|row| mask.key_tree(kind, row, &|pool, id| labels.alias(pool, id))));
        let part = (!part.is_empty()).then(|| Tree::Text(part.to_owned()));
        let key: Vec<Tree> = part.into_iter().chain(key.unwrap_or_default()).collect();
        labels.keys.insert(id, key_text(&key).into());
    }
    Ok(labels)
}

/// Names for assertions that only annotations describe: a digest of what these say.
pub(super) fn annotated(side: &mut Side<'_>, names: &Names, kind: &'static Kind) -> Result<FingerprintMap<String>> {
    let mut said: FingerprintMap<Vec<Digest>> = FingerprintMap::default();
    let mask = Mask { names, volatile: false };
    let mut parser = Parser::default();
    side.rows(kind, None, &mut |_, text| {
        parser.read(text, |row| {
            let Some(id) = row.and_then(|row| row.get("asrt_id")?.bytes()) else { return };
            let id = id_of(Pool::Claim, &id);
            if let (true, Some(row)) = (names.has(id), row) {
                let Tree::Record(members) = mask.tree(kind, row, &|_, id| id.to_owned()) else { return };
                let rest = members.into_iter().filter(|(name, _)| name != "asrt_id").collect();
                said.entry(id).or_default().push(Digest::of(Tree::record(rest).to_json().as_bytes()));
            }
        });
        Ok(())
    })?;
    let named = said.into_iter().map(|(id, mut said): (Fingerprint, Vec<Digest>)| {
        said.sort_unstable();
        let all: String = said.iter().map(Digest::to_string).collect();
        (id, format!("assertion with annotations {}", Digest::of(all.as_bytes())))
    });
    Ok(named.collect())
}
