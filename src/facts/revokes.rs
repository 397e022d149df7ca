//! `revokes.facts`: which claims were taken back, and by what.

use super::claims::CLAIMS;
use super::{FactFault, Facts, annotated};
use crate::digest::Fingerprint;
use crate::finding::{Place, printable};

const REVOKES: &str = "facts/revokes.facts";

pub(super) fn row(facts: &mut Facts, line: u64, [revoker, target, ..]: [&str; 4]) {
    let place = || Place::row(REVOKES, line);
    let (by, of) = (Fingerprint::of(revoker.as_bytes()), Fingerprint::of(target.as_bytes()));
    facts.annotated.is_revocation(by);
    if facts.position(of).is_none() {
        facts.fault(FactFault::Revocation, of, place(), || format!("{} is no claim", printable(target, 60)));
    } else if facts.revoked.insert(of, u32::try_from(line).unwrap_or(u32::MAX)).is_some() {
        facts.fault(FactFault::Revocation, of, place(), || {
            format!("the claim {} is revoked above", printable(target, 60))
        });
    }
    if facts.position(by).is_some() {
        return facts.fault(FactFault::Revocation, by, place(), || {
            format!("{} is a claim and cannot revoke", printable(revoker, 60))
        });
    }
    match facts.strangers.remove(&by) {
        None => facts.fault(FactFault::Revocation, by, place(), || {
            format!("{} has no metadata, or revokes above as well", printable(revoker, 60))
        }),
        Some(stranger) => {
            if !stranger.is_ingested {
                facts.fault(FactFault::IngestedAt, by, place(), || {
                    format!("nothing says when {} was ingested", printable(revoker, 60))
                });
            }
            if stranger.target.is_some_and(|stated| stated != of) {
                facts.fault(FactFault::Revocation, by, place(), || {
                    format!("the metadata of {} names another claim as revoked", printable(revoker, 60))
                });
            }
        }
    }
}

pub(super) fn end(facts: &mut Facts) {
    let mut left: Vec<_> = facts.strangers.iter().map(|(id, stranger)| (stranger.table, stranger.line, *id)).collect();
    left.sort_unstable();
    for (table, line, id) in left {
        facts.lacks(CLAIMS, FactFault::MetaUnknown, id, Place::row(table, line), || {
            "is about neither a claim nor a revocation".into()
        });
    }
    annotated::end(facts);
}
