//! `rule_trace_artifacts.jsonl`: how a traced rule was evaluated, invocation by invocation.

use super::flaws::{Flaw, Say};
use super::shape::{Shape, Type};
use super::support::{KEYED, is_keyed};
use super::{Facts, Ledger, Order, Row};
use crate::json::Value;

pub(super) static LEDGER: Ledger = Ledger {
    name: "rule_trace_artifacts",
    path: "audit/rule_trace_artifacts.jsonl",
    required: true,
    shape: Shape::Record(&[
        (
            "invocations",
            Type::List(&Type::Record(&[
                ("bindings", Type::List(&Type::List(&Type::Pair(&Type::Text, &Type::Any)))),
                ("invocation_id", Type::Name),
                ("memo_hit", Type::Boolean),
                ("memo_source_invocation_id", Type::MaybeText),
                (
                    "non_fact_steps",
                    Type::List(&Type::That(
                        &Type::Record(&[
                            ("binding_index", Type::Count),
                            ("details", Type::List(&Type::Pair(&Type::Text, &Type::Any))),
                            ("kind", Type::Text),
                            ("status", Type::Text),
                            ("step_key", Type::Text),
                        ]),
                        is_keyed,
                        KEYED,
                    )),
                ),
                ("original_where", Type::Any),
                ("output_rows", Type::List(&Type::Array)),
                ("parent_invocation_id", Type::MaybeText),
                (
                    "pred_witnesses",
                    Type::List(&Type::Record(&[
                        ("asrt_ids", Type::Texts),
                        ("binding_index", Type::Count),
                        ("pred_condition_key", Type::Name),
                    ])),
                ),
                ("rewritten_where", Type::Any),
                ("rule", Type::Record(&[("rule_id", Type::Text), ("version", Type::Text)])),
                (
                    "ruleref_links",
                    Type::List(&Type::Record(&[
                        ("child_invocation_id", Type::Name),
                        ("ruleref_condition_key", Type::Text),
                    ])),
                ),
            ])),
        ),
        ("root_rows", Type::List(&Type::Array)),
        ("root_rule", Type::Record(&[("rule_id", Type::Text), ("version", Type::Text)])),
        ("rule_run_id", Type::Name),
        ("select_vars", Type::Texts),
    ]),
    order: Order::By(&["rule_run_id"], true),
    observe,
};

fn observe(row: &Row<'_>, facts: &mut Facts) {
    if row.sound {
        for (number, invocation) in items(row.value, "invocations").enumerate() {
            facts.witnesses.add_invocation(invocation, number, row.line);
        }
        let say = &mut facts.flaws.of_row(LEDGER.path, row.line);
        if let Some(trace) = Trace::read(row.value, say) {
            let flawless = trace.check_calls(say);
            trace.check_memos(say);
            trace.check_bindings(say);
            if flawless {
                trace.check_root(row.value, say);
            }
        }
    }
}

/// The invocations of one run, found by their number. Rows are canonical, so texts can be compared as written.
struct Trace<'a> {
    run: &'a [u8],
    invocations: Vec<Value<'a>>,
    /// Where in the array invocation 1, 2 and so on stand.
    places: Vec<usize>,
}

impl<'a> Trace<'a> {
    /// Finds each invocation's number; nothing if they are not 1 to n, for then nobody can tell who called whom.
    fn read(row: Value<'a>, say: &mut Say<'_>) -> Option<Self> {
        let run = inner(row, "rule_run_id")?;
        let invocations: Vec<_> = items(row, "invocations").collect();
        let count = invocations.len();
        let mut places = vec![None; count];
        let mut flawless = true;
        for (place, invocation) in invocations.iter().enumerate() {
            let pointer = || format!("/invocations/{place}/invocation_id");
            let number = inner(*invocation, "invocation_id").and_then(|id| number_of(id, run));
            match number.and_then(|number| places.get_mut(number.checked_sub(1)?)) {
                Some(free @ None) => *free = Some(place),
                Some(Some(other)) => {
                    say.value(Flaw::TraceInvocations, pointer(), || format!("invocation {other} has this id as well"));
                    flawless = false;
                }
                None => {
                    say.value(Flaw::TraceInvocations, pointer(), || {
                        format!("should be the run's id and a number from :i1 to :i{count}")
                    });
                    flawless = false;
                }
            }
        }
        let places: Option<Vec<usize>> = places.into_iter().collect();
        places.filter(|_| flawless).map(|places| Self { run, invocations, places })
    }

    /// An invocation's number and the invocation.
    fn find(&self, id: Option<&[u8]>) -> Option<(usize, Value<'a>)> {
        let number = number_of(id?, self.run)?;
        let place = *self.places.get(number.checked_sub(1)?)?;
        Some((number, *self.invocations.get(place)?))
    }

    fn each(&self) -> impl Iterator<Item = (usize, usize, Value<'a>)> {
        self.places.iter().enumerate().filter_map(|(n, &place)| Some((n + 1, place, *self.invocations.get(place)?)))
    }

    fn check_calls(&self, say: &mut Say<'_>) -> bool {
        let mut flawless = true;
        for (number, place, invocation) in self.each() {
            let parent = invocation.get("parent_invocation_id").filter(|parent| !parent.is_null());
            if let Some(parent) = parent
                && self.find(parent.raw_inner()).is_none_or(|(other, _)| other >= number)
            {
                flawless = false;
                say.value(Flaw::TraceCalls, format!("/invocations/{place}/parent_invocation_id"), || {
                    "is not an invocation that was called before this one".into()
                });
            }
            for (n, link) in items(invocation, "ruleref_links").enumerate() {
                let child = self.find(inner(link, "child_invocation_id"));
                let own = inner(invocation, "invocation_id");
                if child.is_none_or(|(_, child)| inner(child, "parent_invocation_id") != own) {
                    flawless = false;
                    let pointer = format!("/invocations/{place}/ruleref_links/{n}/child_invocation_id");
                    say.value(Flaw::TraceCalls, pointer, || "is not an invocation whose parent is this one".into());
                }
            }
        }
        flawless
    }

    fn check_memos(&self, say: &mut Say<'_>) {
        for (number, place, invocation) in self.each() {
            let source = invocation.get("memo_source_invocation_id").filter(|source| !source.is_null());
            let hit = raw(invocation, "memo_hit") == b"true";
            if hit != source.is_some() {
                say.value(Flaw::TraceMemo, format!("/invocations/{place}/memo_hit"), || {
                    format!("{} source is named", if hit { "no" } else { "a" })
                });
                continue;
            }
            let Some(source) = source else { continue };
            let pointer = || format!("/invocations/{place}/memo_source_invocation_id");
            match self.find(source.raw_inner()).filter(|(other, _)| *other < number) {
                None => say.value(Flaw::TraceMemo, pointer(), || {
                    "is not an invocation that was called before this one".into()
                }),
                Some((_, source)) => {
                    let differs =
                        ["rule", "output_rows"].into_iter().find(|name| raw(source, name) != raw(invocation, name));
                    if let Some(name) = differs {
                        say.value(Flaw::TraceMemo, pointer(), || format!("that invocation has another {name}"));
                    }
                }
            }
        }
    }

    fn check_bindings(&self, say: &mut Say<'_>) {
        for (_, place, invocation) in self.each() {
            let bindings = items(invocation, "bindings").count();
            for list in ["pred_witnesses", "non_fact_steps"] {
                for (n, item) in items(invocation, list).enumerate() {
                    let index =
                        item.get("binding_index").and_then(Value::integer).and_then(|n| usize::try_from(n).ok());
                    if index.is_none_or(|index| index >= bindings) {
                        let pointer = format!("/invocations/{place}/{list}/{n}/binding_index");
                        say.value(Flaw::TraceBinding, pointer, || {
                            format!("should count the invocation's bindings from 0; there are {bindings}")
                        });
                    }
                }
            }
        }
    }

    fn check_root(&self, row: Value<'_>, say: &mut Say<'_>) {
        let mut roots = self.each().filter(|(_, _, it)| it.get("parent_invocation_id").is_some_and(Value::is_null));
        let (Some((_, _, root)), None) = (roots.next(), roots.next()) else {
            return say.at(Flaw::TraceRoot, "/invocations", || "not exactly one invocation is without a parent".into());
        };
        for (name, of_root) in [("root_rule", "rule"), ("root_rows", "output_rows")] {
            if raw(row, name) != raw(root, of_root) {
                say.value(Flaw::TraceRoot, format!("/{name}"), || {
                    format!("is not the {of_root} of the invocation without a parent")
                });
            }
        }
    }
}

fn items<'a>(row: Value<'a>, name: &str) -> impl Iterator<Item = Value<'a>> {
    row.get(name).into_iter().flat_map(Value::items)
}

fn raw<'a>(row: Value<'a>, name: &str) -> &'a [u8] {
    row.get(name).map(Value::raw).unwrap_or_default()
}

fn inner<'a>(row: Value<'a>, name: &str) -> Option<&'a [u8]> {
    row.get(name).and_then(Value::raw_inner)
}

/// The n of an id `<run>:i<n>`.
fn number_of(id: &[u8], run: &[u8]) -> Option<usize> {
    let digits = id.strip_prefix(run)?.strip_prefix(b":i")?;
    let plain = digits.iter().all(u8::is_ascii_digit) && digits.first() != Some(&b'0');
    std::str::from_utf8(digits).ok().filter(|_| plain)?.parse().ok()
}
