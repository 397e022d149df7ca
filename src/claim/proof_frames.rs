//! `proof_frames`: how supports were found to hold in review rounds.

use super::{Claim, Outcome, facts};
use crate::ledger::flaws::Flaw;
use crate::package::{Dialect, Package};
use crate::rules::frame_support_absent;

pub(super) static CLAIM: Claim = Claim {
    name: "proof_frames",
    revision: 1,
    core: false,
    means: "The review rounds are complete from start to end, their events in order of time, and hold this many proof frames, each about a support \
            in the package, with the status that follows from the verdicts of its atoms.",
    derive,
};

fn derive(package: &Package) -> Outcome {
    if package.dialect != Dialect::FactGraph {
        return Outcome::Not("NC_NOT_JUDGED");
    }
    if !package.has_ledgers() {
        return Outcome::Not("NC_NO_LEDGERS");
    }
    let rounds = &package.ledgers.rounds;
    if rounds.unfinished().next().is_some() {
        return Outcome::Not("NC_ROUND_UNFINISHED");
    }
    if package.ledgers.flaws.of(Flaw::RoundTime).is_some() {
        return Outcome::Not("NC_ROUND_TIME");
    }
    if frame_support_absent::absent(package).next().is_some() {
        return Outcome::Not("NC_FRAME_SUPPORT_ABSENT");
    }
    let frames = &rounds.frames;
    if frames.count == 0 {
        return Outcome::Not("NC_NO_PROOF_FRAMES");
    }
    let text = format!(
        "{} frames in {} of {} rounds: {} still valid, {} invalidated, {} unknown",
        frames.count,
        frames.rounds,
        rounds.count(),
        frames.still_valid,
        frames.invalidated,
        frames.unknown,
    );
    Outcome::Stands(
        text,
        facts([
            ("frames", frames.count.into()),
            ("invalidated", frames.invalidated.into()),
            ("rounds", rounds.count().into()),
            ("rounds_with_frames", frames.rounds.into()),
            ("still_valid", frames.still_valid.into()),
            ("unknown", frames.unknown.into()),
        ]),
    )
}
