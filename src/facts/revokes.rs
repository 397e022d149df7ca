//! `revokes.facts`: which claims were taken back, and by what.

use super::claims::CLAIMS;
use super::meta::TABLES;
use super::{FactFault, Facts, Stranger, annotated};
use crate::digest::Fingerprint;
use crate::finding::{Place, Tally, lost, printable};

const REVOKES: &str = "facts/revokes.facts";

pub(super) fn row(facts: &mut Facts, line: u64, [revoker, target, ..]: [&str; 4]) {
    let place = || Place::row(REVOKES, line);
    let (by, of) = (Fingerprint::of(revoker.as_bytes()), Fingerprint::of(target.as_bytes()));
    facts.annotated.is_revocation(by);
    if facts.position(of).is_none() {
        facts.fault(FactFault::Revocation, of, place(), || format!("{} is no claim", printable(target, 60)));
    } else if facts.revoked.insert(of, ()).is_some() {
        facts.fault(FactFault::Revocation, of, place(), || {
            format!("the claim {} is revoked above", printable(target, 60))
        });
    }
    if facts.position(by).is_some() {
        return facts.fault(FactFault::Revocation, by, place(), || {
            format!("{} is a claim and cannot revoke", printable(revoker, 60))
        });
    }
    let stranger = facts.strangers.get(by).filter(|stranger| !stranger.revokes);
    match stranger {
        None => facts.fault(FactFault::Revocation, by, place(), || {
            format!("{} has no metadata, or revokes above as well", printable(revoker, 60))
        }),
        Some(stranger) => {
            facts.strangers.insert(by, Stranger { revokes: true, ..stranger });
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
    let mut left = Tally::default();
    facts.strangers.each(|id, stranger| {
        if !stranger.revokes {
            let table = TABLES.get(usize::from(stranger.table)).copied().unwrap_or_default();
            left.add_about(&[id, lost(CLAIMS)], Place::row(table, stranger.line), || {
                "is about neither a claim nor a revocation".into()
            });
        }
    });
    facts.merge(FactFault::MetaUnknown, &left);
    annotated::end(facts);
}
