//! `rule_trace_artifacts.jsonl`: how a traced rule was evaluated, invocation by invocation.

use super::shape::{Shape, Type};
use super::{Ledger, Order, keep_nothing};

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
                    Type::List(&Type::Record(&[
                        ("binding_index", Type::Count),
                        ("details", Type::List(&Type::Pair(&Type::Text, &Type::Any))),
                        ("kind", Type::Text),
                        ("status", Type::Text),
                        ("step_key", Type::Text),
                    ])),
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
    observe: keep_nothing,
};
