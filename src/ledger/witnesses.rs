//! The assertions that supports and traces rest on, kept until it is known which claims there are.

use super::fingerprint;
use crate::digest::Fingerprint;
use crate::json::Value;

/// All witnesses.
#[derive(Default)]
pub(crate) struct Witnesses {
    of_supports: Vec<SupportWitness>,
    lists: Vec<WitnessList>,
    of_traces: Vec<TraceWitness>,
}

/// A list of witnesses of one condition of a support or an invocation.
pub(crate) struct WitnessList {
    /// The predicate that the condition asks for.
    pub(crate) predicate: Fingerprint,
    pub(crate) line: u32,
    /// Which of the row's lists it is.
    pub(crate) at: u32,
}

/// A witness of a support.
pub(crate) struct SupportWitness {
    assertion: [u8; 16],
    list: u32,
    /// Where in the list it stands.
    pub(crate) at: u32,
}

/// A witness of an invocation.
pub(crate) struct TraceWitness {
    assertion: [u8; 16],
    list: u32,
    /// The invocation.
    pub(crate) invocation: u32,
    /// Where in the list it stands.
    pub(crate) at: u32,
}

impl SupportWitness {
    pub(crate) fn assertion(&self) -> Fingerprint {
        Fingerprint::from_bytes(self.assertion)
    }
}

impl TraceWitness {
    pub(crate) fn assertion(&self) -> Fingerprint {
        Fingerprint::from_bytes(self.assertion)
    }
}

impl Witnesses {
    /// Takes the lists of a support; conditions are named by their place, a colon, and the predicate.
    pub(super) fn add_support(&mut self, row: Value<'_>, line: u32) {
        for (at, list) in lists(row) {
            let number = self.add_list(list, line, at);
            let witnesses = assertions(list).map(|(at, assertion)| SupportWitness { assertion, list: number, at });
            self.of_supports.extend(witnesses);
        }
    }

    /// Takes the lists of an invocation of a trace.
    pub(super) fn add_invocation(&mut self, invocation: Value<'_>, number: usize, line: u32) {
        let invoked = number as u32;
        for (at, list) in lists(invocation) {
            let list_at = self.add_list(list, line, at);
            let witnesses = assertions(list).map(|(at, assertion)| TraceWitness {
                assertion,
                list: list_at,
                invocation: invoked,
                at,
            });
            self.of_traces.extend(witnesses);
        }
    }

    /// Keeps the predicate that the condition of a list names behind its place.
    fn add_list(&mut self, list: Value<'_>, line: u32, at: u32) -> u32 {
        let key = list.get_text("pred_condition_key").unwrap_or_default();
        let predicate = key.split_once(':').map_or("", |(_, predicate)| predicate);
        self.lists.push(WitnessList { predicate: Fingerprint::of(predicate.as_bytes()), line, at });
        self.lists.len() as u32 - 1
    }

    /// The witnesses of supports, each with its list.
    pub(crate) fn of_supports(&self) -> impl Iterator<Item = (&SupportWitness, &WitnessList)> {
        self.of_supports.iter().filter_map(|witness| Some((witness, self.lists.get(witness.list as usize)?)))
    }

    /// The witnesses of traces, each with its list.
    pub(crate) fn of_traces(&self) -> impl Iterator<Item = (&TraceWitness, &WitnessList)> {
        self.of_traces.iter().filter_map(|witness| Some((witness, self.lists.get(witness.list as usize)?)))
    }
}

fn lists(of: Value<'_>) -> impl Iterator<Item = (u32, Value<'_>)> {
    let lists = of.get("pred_witnesses").into_iter().flat_map(Value::items);
    lists.enumerate().map(|(at, list)| (at as u32, list))
}

fn assertions(list: Value<'_>) -> impl Iterator<Item = (u32, [u8; 16])> {
    let ids = list.get("asrt_ids").into_iter().flat_map(Value::items).enumerate();
    ids.filter_map(|(at, id)| Some((at as u32, fingerprint(id)?.to_bytes())))
}
