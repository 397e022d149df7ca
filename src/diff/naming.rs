//! Finding out what ids stand for, from the records of one side.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::compare::Work;
use super::joint::JOINT;
use super::key::Key;
use super::mask::Mask;
use super::names::{Found, Names, id_of};
use super::parser::Parser;
use super::role::{Origin, Pool};
use super::side::Side;
use crate::digest::{Fingerprint, FingerprintSet};
use crate::error::Result;
use crate::json::Value;
use crate::spill::{Map, MapBuilder};

/// What the records that are left of a side tell about ids.
pub(super) struct Told {
    /// What ids stand for.
    pub(super) names: Names,
    /// The runs and rounds that are named, as in [`JOINT`].
    pub(super) named: [FingerprintSet; JOINT.len()],
}

/// The id under the first of these names that a record has, and the part of the record that it stands for.
pub(super) fn own_id<'v, 'n>(row: Value<'v>, names: &'n str) -> Option<(Cow<'v, [u8]>, &'n str)> {
    let (row, part, names) = match names.split_once('/') {
        Some((part, names)) => (row.get(part)?, part, names),
        None => (row, "", names),
    };
    Some((names.split('|').find_map(|name| row.get(name)?.bytes())?, part))
}

/// What ids stand for by the records that are left of a side. Kinds that come first have the first word.
pub(super) fn names(side: &mut Side<'_>, number: usize, work: &[Work], with_facts: bool) -> Result<Told> {
    let (mut names, mut named) = (Names::default(), <[FingerprintSet; JOINT.len()]>::default());
    let mut asked = BTreeMap::new();
    for pool in work.iter().flat_map(|work| work.kind.own).map(|(_, pool)| *pool) {
        if let Entry::Vacant(place) = asked.entry(pool) {
            place.insert(asked_for(side, number, work, pool)?);
        }
    }
    for work in work {
        let asked_of = |pool: Pool| asked.get(&pool).and_then(Option::as_ref);
        let own = work.kind.own.iter().filter(|(_, pool)| asked_of(*pool).is_none_or(|ids| !ids.is_empty()));
        let own: Vec<_> = own.map(|(member, pool)| (*member, *pool, asked_of(*pool))).collect();
        let joint = JOINT.iter().position(|(kind, ..)| *kind == work.kind.name);
        if own.is_empty() && joint.is_none() {
            continue;
        }
        // Where only one side has facts, assertions are told by what accepted them, on both.
        if matches!(work.kind.origin, Origin::Facts) && !with_facts {
            continue;
        }
        let mut found = Found::new(side.memory());
        let mut added = Ok(());
        let mask = Mask { names: &names, volatile: false };
        let (key, mut parser) = (Key::of(work.kind), Parser::default());
        side.rows(work.kind, Some(work.left(number)), &mut |_, text| {
            parser.read(text, |row| {
                let Some(row) = row else { return };
                if let Some((at, id)) = joint.and_then(|at| Some((at, row.get(JOINT[at].1)?.bytes()?))) {
                    named[at].insert(Fingerprint::of(&id));
                }
                if own.is_empty() {
                    return;
                }
                let mut said = None;
                for (member, pool, asked) in &own {
                    let Some((id, part)) = own_id(row, member) else { continue };
                    if asked.is_none_or(|asked| asked.get(id_of(*pool, &id)).is_some()) && added.is_ok() {
                        let said: &Fingerprint = said.get_or_insert_with(|| mask.key(&key, row));
                        let parts = [pool.word().as_bytes(), part.as_bytes(), &said.to_bytes()];
                        added = found.add(*pool, &id, Fingerprint::of_parts(&parts));
                    }
                }
            });
            std::mem::replace(&mut added, Ok(()))
        })?;
        names.extend(found)?;
    }
    for ids in asked.values().flatten() {
        ids.check()?;
    }
    names.check()?;
    Ok(Told { names, named })
}

/// The ids of a pool that any record of this side names: what nothing names needs no name. None if looking for them would
/// take longer than naming all.
fn asked_for(side: &mut Side<'_>, number: usize, work: &[Work], pool: Pool) -> Result<Option<Map<()>>> {
    let all = |work: &&Work| work.alike.same.len() + work.alike.left[number].len();
    let namers: Vec<&Work> = work.iter().filter(|work| work.kind.may_name(pool) && all(work) > 0).collect();
    let owners = work.iter().filter(|work| work.kind.own.iter().any(|(_, owned)| *owned == pool));
    let owned: u64 = owners.map(|work| work.left(number).len()).sum();
    let rows: u64 = namers.iter().map(all).sum();
    if rows * 2 > owned || namers.iter().any(|work| work.kind.may_hide_ids()) {
        return Ok(None);
    }
    let (mut ids, mut parser, names) = (MapBuilder::new(side.memory()), Parser::default(), Names::default());
    let mut added = Ok(());
    let mask = Mask { names: &names, volatile: false };
    for work in namers {
        side.rows(work.kind, None, &mut |_, text| {
            parser.read(text, |row| {
                let Some(row) = row else { return };
                mask.ids(work.kind, row, &mut |named, id| {
                    if named == pool && added.is_ok() {
                        added = ids.add(id_of(pool, id.as_bytes()), ());
                    }
                });
            });
            std::mem::replace(&mut added, Ok(()))
        })?;
    }
    let mut asked = Map::default();
    asked.extend(ids)?;
    Ok(Some(asked))
}
