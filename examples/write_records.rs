//! Writes the records of a small run; `docs/records.md` shows it.

use std::io::{self, Write};

use serde_json::json;

/// Writes one run: three candidates, of which one is accepted, one declined, and one cannot be written.
pub fn write(mut out: impl Write) -> io::Result<()> {
    let rule = ("rule.safe", "2");
    let records = [
        json!({"kind": "run", "run_id": "run-7", "schema_version": "3", "rule_versions": {rule.0: rule.1}}),
        json!({"kind": "write", "assertion_id": "a1", "run_id": "run-7", "predicate": "pump:pressure", "subject": "P-1",
            "value": 7, "metadata": {"source": "survey"}}),
        json!({"kind": "candidate", "candidate_id": "c1", "run_id": "run-7", "predicate": "pump:safe", "subject": "P-1",
            "value": true, "rule_id": rule.0, "rule_version": rule.1}),
        json!({"kind": "candidate", "candidate_id": "c2", "run_id": "run-7", "predicate": "pump:safe", "subject": "P-2",
            "value": true, "rule_id": rule.0, "rule_version": rule.1}),
        json!({"kind": "candidate", "candidate_id": "c3", "run_id": "run-7", "predicate": "pump:safe", "subject": "P-3",
            "value": true, "rule_id": rule.0, "rule_version": rule.1}),
        json!({"kind": "evidence", "candidate_id": "c1", "graph_id": "g1", "engine": "native", "layout_hint": "tree",
            "root_node_id": "n1",
            "nodes": [{"node_id": "n1", "node_kind": "conclusion"}, {"node_id": "n2", "node_kind": "premise"}],
            "edges": [{"edge_id": "e1", "from_node_id": "n2", "to_node_id": "n1", "edge_kind": "supports"}]}),
        json!({"kind": "write", "assertion_id": "a2", "run_id": "run-7", "predicate": "pump:safe", "subject": "P-1",
            "value": true, "candidate_id": "c1", "rule_id": rule.0, "rule_version": rule.1}),
        json!({"kind": "decision", "decision_id": "d1", "candidate_id": "c1", "outcome": "accepted", "approved_by": "ann",
            "assertion_ids": ["a2"]}),
        json!({"kind": "decision", "decision_id": "d2", "candidate_id": "c2", "outcome": "declined", "approved_by": "ann",
            "reason": "the gauge is broken"}),
        json!({"kind": "failure", "candidate_id": "c3", "run_id": "run-7", "error": "the store was locked"}),
    ];
    for record in records {
        // A whole line at once: a reader never sees half of one that was written.
        out.write_all(format!("{record}\n").as_bytes())?;
    }
    out.flush()
}

fn main() -> io::Result<()> {
    write(io::stdout().lock())
}
