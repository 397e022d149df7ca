//! What stands where in an archive's tree.

use std::collections::HashMap;

use super::Check;
use crate::archive::base::is_run;
use crate::archive::codes::{ATTRIBUTES_CODE, FOREIGN, LAYOUT};
use crate::archive::layout::{ATTRIBUTES, ATTRIBUTES_TEXT, EVIDENCE, RUNS, RunName};
use crate::archive::read::{RunEntry, walk_files};
use crate::error::Result;
use crate::finding::Place;
use crate::git::{Id, Mode};

impl Check<'_> {
    /// What stands at the top.
    pub(super) fn root(&mut self) -> Result<()> {
        let repo = self.archive.repo();
        for entry in repo.read_tree(self.base.tree)? {
            let name = String::from_utf8_lossy(&entry.name).into_owned();
            if !EVIDENCE.contains(&name.as_str()) {
                self.say(FOREIGN, Place::file(name.clone()), || "is not evidence".into());
            }
            // Below `runs/` each run looks for itself.
            if entry.mode == Mode::Tree && name != RUNS {
                let mut found = Vec::new();
                let walked = walk_files(repo, entry.id, &name, &mut |path, _| {
                    if path.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(ATTRIBUTES)) {
                        found.push(path.to_owned());
                    }
                });
                self.unless_damaged(&name, walked)?;
                for path in found {
                    self.say(ATTRIBUTES_CODE, Place::file(path), || "is another one than that at the root".into());
                }
            }
        }
        let attributes = repo.entry_at(self.base.tree, ATTRIBUTES.as_bytes())?;
        let right = match attributes {
            Some(entry) if entry.mode.is_file() => {
                repo.read_blob(entry.id, 1 << 16).is_ok_and(|text| text == ATTRIBUTES_TEXT.as_bytes())
            }
            _ => false,
        };
        if !right {
            self.say(ATTRIBUTES_CODE, Place::file(ATTRIBUTES), || "is not the text that format 1 prescribes".into());
        }
        Ok(())
    }

    /// All runs; what stands below `runs/` and is none is said.
    pub(super) fn runs(&mut self) -> Result<Vec<RunEntry>> {
        let repo = self.archive.repo();
        let mut open: Vec<(String, Id)> = Vec::new();
        match repo.entry_at(self.base.tree, RUNS.as_bytes())? {
            Some(entry) if entry.mode == Mode::Tree => open.push((String::new(), entry.id)),
            Some(_) => self.say(LAYOUT, Place::file(RUNS), || "is no folder".into()),
            None => {}
        }
        let mut runs = Vec::new();
        while let Some((above, tree)) = open.pop() {
            let mut keys: HashMap<String, String> = HashMap::new();
            let here = format!("{}/{above}", RUNS);
            let Some(entries) = self.unless_damaged(here.trim_end_matches('/'), repo.read_tree(tree))? else {
                continue;
            };
            for entry in entries {
                let name = format!("{above}{}", String::from_utf8_lossy(&entry.name));
                let place = || Place::file(format!("{}/{name}", RUNS));
                if entry.mode != Mode::Tree {
                    let code = if entry.name == ATTRIBUTES.as_bytes() { ATTRIBUTES_CODE } else { LAYOUT };
                    self.say(code, place(), || "stands outside any run".into());
                    continue;
                }
                if let Some(other) = keys.insert(crate::path::collision_key(&name), name.clone()) {
                    self.say(LAYOUT, place(), || format!("differs from {other} only by case or Unicode form"));
                }
                let parsed = match RunName::parse(&name) {
                    Ok(parsed) => parsed,
                    Err(error) => {
                        self.say(LAYOUT, place(), || error.causes().join("; "));
                        continue;
                    }
                };
                let inside = repo.read_tree(entry.id);
                match self.unless_damaged(&format!("{}/{name}", RUNS), inside)? {
                    Some(inside) if is_run(&inside) => {
                        runs.push(RunEntry { name: parsed, tree: entry.id });
                    }
                    Some(_) => open.push((format!("{name}/"), entry.id)),
                    None => {}
                }
            }
        }
        runs.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(runs)
    }
}
