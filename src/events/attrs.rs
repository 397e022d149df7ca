//! What events say in `attrs`: read only for the kinds whose claims need it.

use super::event::{MAX_RANK, MAX_STEP};
use super::fault::Fault;
use super::kind::{Kind, Phase};
use super::parse::Wrong;
use crate::digest::Digest;
use crate::json::{self, Value};

/// The name of the format, in the first event.
pub(crate) const SCHEMA: &str = "batool.events/1";

/// What an event says beside its members.
#[derive(Debug)]
pub(super) enum Said {
    Nothing,
    /// RUN START.
    Header(Box<Header>),
    /// RUN END.
    Ending(Box<Ending>),
    /// STEP END and CHECKPOINT END with `ok` false.
    NotOk,
    /// SDC_CHECK.
    Checked(Checked, Option<u64>),
}

/// What the first event declares.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    pub(crate) world_size: u32,
    /// Ascending; none: all ranks of the world.
    logged_ranks: Option<Vec<u32>>,
    pub(crate) skew_tolerance_ns: Option<u64>,
    pub(crate) sdc_every_steps: Option<u64>,
    pub(crate) checkpoint_every_steps: Option<u64>,
}

/// How a run says that it ended.
#[derive(Debug, Clone)]
pub(crate) struct Ending {
    pub(crate) status: &'static str,
    pub(crate) seal: Option<Seal>,
}

/// What the last event says of the lines before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seal {
    pub(crate) events: u64,
    pub(crate) sha256: Digest,
}

/// The result of a check for silent data corruption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checked {
    Pass,
    Fail,
    Inconclusive,
}

impl Header {
    /// True for a rank that should log.
    pub(super) fn declares(&self, rank: u32) -> bool {
        match &self.logged_ranks {
            Some(ranks) => ranks.binary_search(&rank).is_ok(),
            None => rank < self.world_size,
        }
    }

    /// How many ranks should log.
    pub(crate) fn declared(&self) -> usize {
        self.logged_ranks.as_ref().map_or(self.world_size as usize, Vec::len)
    }

    /// Every rank that should log, ascending.
    pub(crate) fn ranks(&self) -> impl Iterator<Item = u32> + '_ {
        let all = if self.logged_ranks.is_none() { 0..self.world_size } else { 0..0 };
        self.logged_ranks.iter().flatten().copied().chain(all)
    }
}

/// Looks whether the first event names this format.
pub(super) fn check_schema(kind: Kind, phase: Phase, attrs: Option<Value<'_>>) -> Result<(), Wrong> {
    if (kind, phase) != (Kind::Run, Phase::Start) {
        return Ok(());
    }
    match attrs.and_then(|attrs| attrs.get("schema")) {
        Some(schema) if schema.is_text(SCHEMA) => Ok(()),
        _ => Err((Fault::SchemaVersion, format!("attrs.schema is not {SCHEMA:?}").into())),
    }
}

/// Reads what the kind needs; the error is what is wrong with it.
pub(super) fn read(kind: Kind, phase: Phase, attrs: Option<Value<'_>>) -> Result<Said, &'static str> {
    let get = |name: &str| attrs.and_then(|attrs| attrs.get(name));
    match (kind, phase) {
        (Kind::Run, Phase::Start) => header(get).map(|header| Said::Header(Box::new(header))),
        (Kind::Run, Phase::End) => ending(get).map(|ending| Said::Ending(Box::new(ending))),
        (Kind::Step | Kind::Checkpoint, Phase::End) => match get("ok").map(Value::kind) {
            None | Some(json::Kind::True) => Ok(Said::Nothing),
            Some(json::Kind::False) => Ok(Said::NotOk),
            Some(_) => Err("attrs.ok is no boolean"),
        },
        (Kind::SdcCheck, _) => {
            let results = [("pass", Checked::Pass), ("fail", Checked::Fail), ("inconclusive", Checked::Inconclusive)];
            let result = get("result").and_then(|value| results.into_iter().find(|(name, _)| value.is_text(name)));
            let (_, result) = result.ok_or("attrs.result is none of pass, fail and inconclusive")?;
            let from = get("from_step").map(|value| integer(value, 0, MAX_STEP).ok_or("attrs.from_step is no step"));
            Ok(Said::Checked(result, from.transpose()?))
        }
        _ => Ok(Said::Nothing),
    }
}

fn header<'a>(get: impl Fn(&str) -> Option<Value<'a>>) -> Result<Header, &'static str> {
    let world_size = get("world_size").and_then(|value| integer(value, 1, MAX_RANK));
    let world_size = world_size.ok_or("attrs.world_size is no integer from 1 to 1048576")?;
    let logged_ranks = get("logged_ranks").map(|value| ranks(value, world_size)).transpose()?;
    let tolerance = get("skew_tolerance_ns").map(|value| integer(value, 0, i64::MAX));
    let skew_tolerance_ns =
        tolerance.map(|value| value.ok_or("attrs.skew_tolerance_ns is no integer from 0")).transpose()?;
    let mut every = [None; 2];
    if let Some(contract) = get("contract") {
        if contract.kind() != json::Kind::Object {
            return Err("attrs.contract is no object");
        }
        for (name, value) in contract.members() {
            let promise = ["sdc_every_steps", "checkpoint_every_steps"].iter().position(|known| *known == name);
            let promise = promise.ok_or("attrs.contract has a member that no contract has")?;
            every[promise] = Some(
                integer(value, 1, MAX_STEP).ok_or("attrs.contract promises something that is no number of steps")?,
            );
        }
    }
    Ok(Header {
        world_size: world_size as u32,
        logged_ranks,
        skew_tolerance_ns,
        sdc_every_steps: every[0],
        checkpoint_every_steps: every[1],
    })
}

fn ranks(value: Value<'_>, world_size: u64) -> Result<Vec<u32>, &'static str> {
    let wrong = "attrs.logged_ranks is no list of ranks in ascending order";
    let mut ranks: Vec<u32> = Vec::new();
    for item in value.items() {
        let rank = integer(item, 0, world_size as i64 - 1).ok_or(wrong)? as u32;
        if ranks.last().is_some_and(|last| rank <= *last) {
            return Err(wrong);
        }
        ranks.push(rank);
    }
    // An empty list and a value that is no list have no items.
    if ranks.is_empty() { Err(wrong) } else { Ok(ranks) }
}

fn ending<'a>(get: impl Fn(&str) -> Option<Value<'a>>) -> Result<Ending, &'static str> {
    let known = ["success", "failed", "aborted"];
    let status = match get("status") {
        None => known[0],
        Some(value) => known
            .into_iter()
            .find(|word| value.is_text(word))
            .ok_or("attrs.status is none of success, failed and aborted")?,
    };
    let seal = get("seal").map(|seal| {
        let events = seal.get("events").and_then(|value| integer(value, 0, i64::MAX));
        let sha256 = seal.get("sha256").and_then(Value::bytes).and_then(|hex| Digest::from_hex(&hex));
        match (events, sha256, seal.members().count()) {
            (Some(events), Some(sha256), 2) => Ok(Seal { events, sha256 }),
            _ => Err("attrs.seal is not made of `events`, a number, and `sha256`, 64 lower-case hex digits"),
        }
    });
    Ok(Ending { status, seal: seal.transpose()? })
}

fn integer(value: Value<'_>, least: i64, most: i64) -> Option<u64> {
    value.integer().filter(|integer| (least..=most).contains(integer)).map(|integer| integer as u64)
}
