//! Finding out what ids stand for, from the records of one side.

use std::borrow::Cow;

use super::compare::Work;
use super::joint::JOINT;
use super::key::Key;
use super::mask::Mask;
use super::names::{Names, id_of};
use super::parser::Parser;
use super::role::{Origin, Pool};
use super::side::Side;
use crate::digest::{Fingerprint, FingerprintSet};
use crate::error::Result;
use crate::json::Value;

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
    // What nothing names needs no name.
    let is_named = |pool: &Pool| work.iter().any(|work| !work.is_empty() && work.kind.may_name(*pool));
    for work in work {
        let own: Vec<_> = work.kind.own.iter().filter(|(_, pool)| is_named(pool)).collect();
        let joint = JOINT.iter().position(|(kind, ..)| *kind == work.kind.name);
        if own.is_empty() && joint.is_none() {
            continue;
        }
        // Where only one side has facts, assertions are told by what accepted them, on both.
        if matches!(work.kind.origin, Origin::Facts) && !with_facts {
            continue;
        }
        let mut found = Vec::new();
        let mask = Mask { names: &names, volatile: false };
        let (key, mut parser) = (Key::of(work.kind), Parser::default());
        side.rows(work.kind, Some(&work.left[number]), &mut |_, text| {
            parser.read(text, |row| {
                let Some(row) = row else { return };
                if let Some((at, id)) = joint.and_then(|at| Some((at, row.get(JOINT[at].1)?.bytes()?))) {
                    named[at].insert(Fingerprint::of(&id));
                }
                if own.is_empty() {
                    return;
                }
                let key = mask.key(&key, row);
                for (member, pool) in &own {
                    if let Some((id, part)) = own_id(row, member) {
                        let parts = [pool.word().as_bytes(), part.as_bytes(), &key.to_bytes()];
                        let meaning = Fingerprint::of_parts(&parts);
                        found.push((id_of(*pool, &id), meaning));
                    }
                }
            });
            Ok(())
        })?;
        found.into_iter().for_each(|(id, meaning)| names.add(id, meaning));
    }
    Ok(Told { names, named })
}
