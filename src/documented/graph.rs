//! One evidence graph: its members, its ends, and that it leads in no circle.

use std::collections::HashMap;

use super::{Facts, fingerprint};
use crate::digest::Fingerprint;
use crate::finding::{Place, printable};
use crate::json::{Kind, Value};

const LAYOUTS: &[&str] = &["tree", "timeline"];
const NODE_KINDS: &[&str] = &["conclusion", "premise", "seed"];
const EDGE_KINDS: &[&str] = &["supports", "derives", "updates"];

/// Looks at a graph; `at` makes places of pointers into it.
pub(super) fn check(graph: Value<'_>, at: &dyn Fn(&str) -> Place, facts: &mut Facts) {
    let mut shape = |pointer: String, text: String| facts.graph_shapes.add(at(&pointer), || text);
    for name in ["graph_id", "engine"] {
        named(graph, name, "", &mut shape);
    }
    let root = named(graph, "root_node_id", "", &mut shape);
    one_of(graph, "layout_hint", LAYOUTS, "", &mut shape);
    let mut nodes: HashMap<Fingerprint, usize> = HashMap::new();
    for (n, node) in objects(graph, "nodes", &mut shape) {
        let pointer = format!("/nodes/{n}");
        one_of(node, "node_kind", NODE_KINDS, &pointer, &mut shape);
        let Some(id) = named(node, "node_id", &pointer, &mut shape) else { continue };
        let next = nodes.len();
        if *nodes.entry(id).or_insert(next) != next {
            shape(format!("{pointer}/node_id"), "an earlier node has the same id".into());
        }
    }
    let (mut edges, mut ids) = (Vec::new(), HashMap::new());
    let mut loose = root
        .filter(|root| !nodes.contains_key(root))
        .map(|_| "/root_node_id".to_owned())
        .into_iter()
        .collect::<Vec<_>>();
    for (n, edge) in objects(graph, "edges", &mut shape) {
        let pointer = format!("/edges/{n}");
        one_of(edge, "edge_kind", EDGE_KINDS, &pointer, &mut shape);
        if let Some(id) = named(edge, "edge_id", &pointer, &mut shape)
            && ids.insert(id, n).is_some()
        {
            shape(format!("{pointer}/edge_id"), "an earlier edge has the same id".into());
        }
        let ends = ["from_node_id", "to_node_id"].map(|name| {
            let id = named(edge, name, &pointer, &mut shape)?;
            let node = nodes.get(&id).copied();
            if node.is_none() {
                loose.push(format!("{pointer}/{name}"));
            }
            node
        });
        if let [Some(from), Some(to)] = ends {
            edges.push((from, to, n));
        }
    }
    for pointer in loose {
        facts.loose_ends.add(at(&pointer), || "the graph has no node of this id".into());
    }
    if let Some(edge) = circle(nodes.len(), &edges) {
        facts.graph_cycles.add(at(&format!("/edges/{edge}")), || "the edge is part of, or leads into, a cycle".into());
    }
}

type Shape<'a> = dyn FnMut(String, String) + 'a;

/// A member that must be there and name something.
fn named(value: Value<'_>, name: &str, pointer: &str, shape: &mut Shape<'_>) -> Option<Fingerprint> {
    let Some(member) = value.get(name) else {
        shape(pointer.to_owned(), format!("{name} is missing"));
        return None;
    };
    let id = fingerprint(member);
    if id.is_none() {
        shape(format!("{pointer}/{name}"), format!("is {} and should be a name", kind(member)));
    }
    id
}

fn one_of(value: Value<'_>, name: &str, words: &[&str], pointer: &str, shape: &mut Shape<'_>) {
    let Some(member) = value.get(name) else { return shape(pointer.to_owned(), format!("{name} is missing")) };
    if !words.iter().any(|word| member.is_text(word)) {
        let seen = member.text().map_or_else(|| kind(member).to_owned(), |text| format!("{:?}", printable(&text, 60)));
        shape(format!("{pointer}/{name}"), format!("is {seen} and should be one of {}", words.join(", ")));
    }
}

/// The objects of a list that must be there, with their positions.
fn objects<'a>(graph: Value<'a>, name: &str, shape: &mut Shape<'_>) -> Vec<(usize, Value<'a>)> {
    match graph.get(name) {
        None => shape(String::new(), format!("{name} is missing")),
        Some(list) if list.kind() != Kind::Array => {
            shape(format!("/{name}"), format!("is {} and should be an array", list.kind().word()));
        }
        Some(list) => {
            let (objects, others): (Vec<_>, Vec<_>) =
                list.items().enumerate().partition(|(_, item)| item.kind() == Kind::Object);
            for (n, item) in others {
                shape(format!("/{name}/{n}"), format!("is {} and should be an object", item.kind().word()));
            }
            return objects;
        }
    }
    Vec::new()
}

fn kind(value: Value<'_>) -> &'static str {
    if value.kind() == Kind::String { "an empty string" } else { value.kind().word() }
}

/// The first edge that is left when nodes that nothing leads to are taken away, again and again.
fn circle(nodes: usize, edges: &[(usize, usize, usize)]) -> Option<usize> {
    let mut leading = vec![0_usize; nodes];
    let mut leaving: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    for (from, to, _) in edges {
        leading[*to] += 1;
        leaving[*from].push(*to);
    }
    let mut free: Vec<usize> = (0..nodes).filter(|node| leading[*node] == 0).collect();
    while let Some(node) = free.pop() {
        for to in &leaving[node] {
            leading[*to] -= 1;
            if leading[*to] == 0 {
                free.push(*to);
            }
        }
    }
    edges.iter().find(|(from, to, _)| leading[*from] > 0 && leading[*to] > 0).map(|(.., n)| *n)
}

#[cfg(test)]
mod tests {
    use super::circle;

    #[test]
    fn circles_are_found_and_diamonds_are_none() {
        assert_eq!(circle(4, &[(0, 1, 0), (0, 2, 1), (1, 3, 2), (2, 3, 3), (1, 3, 4)]), None);
        assert_eq!(circle(3, &[(0, 1, 0), (1, 2, 1), (2, 1, 2)]), Some(1));
        assert_eq!(circle(1, &[(0, 0, 0)]), Some(0));
        assert_eq!(circle(0, &[]), None);
    }

    #[test]
    fn a_long_path_takes_no_stack() {
        let edges: Vec<_> = (0..200_000).map(|n| (n, n + 1, n)).collect();
        assert_eq!(circle(200_001, &edges), None);
    }
}
