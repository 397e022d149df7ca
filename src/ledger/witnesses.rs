//! The assertions that supports and traces rest on, kept until it is known which claims there are.

use std::sync::Arc;

use super::fingerprint;
use crate::digest::Fingerprint;
use crate::json::Value;
use crate::spill::{List, Memory, record};

/// All witnesses.
pub(crate) struct Witnesses {
    of_supports: List<SupportWitness>,
    lists: List<WitnessList>,
    of_traces: List<TraceWitness>,
}

record!(WitnessList { predicate: Fingerprint, line: u32, at: u32 });
record!(SupportWitness { assertion: Fingerprint, list: u32, at: u32 });
record!(TraceWitness { assertion: Fingerprint, list: u32, invocation: u32, at: u32 });

/// A list of witnesses of one condition of a support or an invocation.
#[derive(Clone, Copy)]
pub(crate) struct WitnessList {
    /// The predicate that the condition asks for.
    pub(crate) predicate: Fingerprint,
    pub(crate) line: u32,
    /// Which of the row's lists it is.
    pub(crate) at: u32,
}

/// A witness of a support.
#[derive(Clone, Copy)]
pub(crate) struct SupportWitness {
    pub(crate) assertion: Fingerprint,
    list: u32,
    /// Where in the list it stands.
    pub(crate) at: u32,
}

/// A witness of an invocation.
#[derive(Clone, Copy)]
pub(crate) struct TraceWitness {
    pub(crate) assertion: Fingerprint,
    list: u32,
    /// The invocation.
    pub(crate) invocation: u32,
    /// Where in the list it stands.
    pub(crate) at: u32,
}

impl Witnesses {
    /// There are none.
    pub(super) fn new(memory: &Arc<Memory>) -> Self {
        Self { of_supports: List::new(memory), lists: List::new(memory), of_traces: List::new(memory) }
    }

    /// Takes the lists of a support; conditions are named by their place, a colon, and the predicate.
    pub(super) fn add_support(&mut self, row: Value<'_>, line: u32) {
        for (at, list) in lists(row) {
            let number = self.add_list(list, line, at);
            for (at, assertion) in assertions(list) {
                self.of_supports.push(SupportWitness { assertion, list: number, at });
            }
        }
    }

    /// Takes the lists of an invocation of a trace.
    pub(super) fn add_invocation(&mut self, invocation: Value<'_>, number: usize, line: u32) {
        let invoked = number as u32;
        for (at, list) in lists(invocation) {
            let number = self.add_list(list, line, at);
            for (at, assertion) in assertions(list) {
                self.of_traces.push(TraceWitness { assertion, list: number, invocation: invoked, at });
            }
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
    pub(crate) fn of_supports(&self) -> impl Iterator<Item = (SupportWitness, WitnessList)> {
        self.of_supports.iter().filter_map(|witness| Some((witness, self.lists.get(witness.list as usize)?)))
    }

    /// The witnesses of traces, each with its list.
    pub(crate) fn of_traces(&self) -> impl Iterator<Item = (TraceWitness, WitnessList)> {
        self.of_traces.iter().filter_map(|witness| Some((witness, self.lists.get(witness.list as usize)?)))
    }
}

fn lists(of: Value<'_>) -> impl Iterator<Item = (u32, Value<'_>)> {
    let lists = of.get("pred_witnesses").into_iter().flat_map(Value::items);
    lists.enumerate().map(|(at, list)| (at as u32, list))
}

fn assertions(list: Value<'_>) -> impl Iterator<Item = (u32, Fingerprint)> {
    let ids = list.get("asrt_ids").into_iter().flat_map(Value::items).enumerate();
    ids.filter_map(|(at, id)| Some((at as u32, fingerprint(id)?)))
}
