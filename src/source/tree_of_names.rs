//! All names of a listing as a tree, in which no two siblings may be equal to any file system.

use std::collections::HashMap;

use crate::path::collision_key;

/// A tree of names; its memory is that of the names themselves, however deep they go.
pub(super) struct TreeOfNames {
    by_key: HashMap<(usize, String), usize>,
    nodes: Vec<Node>,
}

struct Node {
    name: String,
    directory: bool,
    has_children: bool,
}

/// Why a name cannot stand beside those that were there before.
pub(super) struct Clash {
    /// The path up to the component that clashes.
    pub(super) path: String,
    /// What it clashes with, as a sentence.
    pub(super) text: String,
}

impl Default for TreeOfNames {
    fn default() -> Self {
        let root = Node { name: String::new(), directory: true, has_children: false };
        Self { by_key: HashMap::new(), nodes: vec![root] }
    }
}

impl TreeOfNames {
    /// Puts `path` and the directories above it into the tree and gives the node of `path`; nothing changes on a clash.
    pub(super) fn insert(&mut self, path: &str, directory: bool) -> Result<usize, Clash> {
        let mut at = 0;
        let mut end = 0;
        for component in path.split('/') {
            end += component.len();
            let wanted = directory || end < path.len();
            let key = (at, collision_key(component));
            let parent = at;
            at = match self.by_key.get(&key) {
                Some(&found) => {
                    let held = &self.nodes[found];
                    let text = if held.name != component {
                        format!("the name differs only by case or Unicode form from {}", held.name)
                    } else if !held.directory || !wanted {
                        "the name stands for a directory and for something else".to_owned()
                    } else {
                        end += 1;
                        at = found;
                        continue;
                    };
                    return Err(Clash { path: path[..end].to_owned(), text });
                }
                None => {
                    self.nodes[parent].has_children = true;
                    self.nodes.push(Node { name: component.to_owned(), directory: wanted, has_children: false });
                    let new = self.nodes.len() - 1;
                    self.by_key.insert(key, new);
                    new
                }
            };
            end += 1;
        }
        Ok(at)
    }

    /// True if anything stands beneath `node`.
    pub(super) fn has_children(&self, node: usize) -> bool {
        self.nodes[node].has_children
    }
}
