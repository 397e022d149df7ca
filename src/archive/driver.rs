//! How git shows ledgers: settings by which `git diff`, `git log -p` and `git difftool` tell records.

use std::path::Path;

use super::Archive;
use crate::error::Result;

/// Finds the program as hooks do. Without it git shows lines as they stand.
const TEXTCONV: &str = "b=$(git config batool.program); [ -x \"$b\" ] || b=batool; \
                        command -v \"$b\" >/dev/null || exec cat \"$1\"; \"$b\" textconv";
/// What stands at the head of a hunk: the first line of a record.
const HEAD: &str = "^([^ ].*)$";
const DIFFTOOL: &str = "b=$(git config batool.program); [ -x \"$b\" ] || b=batool; \
                        \"$b\" diff --file \"$MERGED\" \"$LOCAL\" \"$REMOTE\"";

impl Archive {
    /// Sets git up to show ledgers of this clone as records, by this program.
    ///
    /// # Errors
    /// When another program is writing the configuration, or the disk refuses.
    pub fn show_records(self, program: &Path) -> Result<Self> {
        let repo = self.repo.configure(&[
            ("batool.program", program.to_str().unwrap_or("batool")),
            ("diff.batool.textconv", TEXTCONV),
            ("diff.batool.xfuncname", HEAD),
            ("difftool.batool.cmd", DIFFTOOL),
        ])?;
        Ok(Self { repo, ..self })
    }
}
