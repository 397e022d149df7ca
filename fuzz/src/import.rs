//! Importers: whatever the bytes, what is written is a log that can be read line for line.

use batool::assess::assess_log;
use batool::events::Terms;
use batool::import::{IMPORTERS, ImportOptions, import};
use batool::judge::Profile;
use batool::source::LogSource;

/// The codes that an importer must never earn, whatever its source says.
const OURS: [&str; 8] =
    ["R_JSON", "R_DUP_KEY", "R_UNKNOWN_FIELD", "R_MISSING_FIELD", "R_KIND", "R_PHASE", "R_TYPE", "R_SEQ_REPEAT"];

/// Imports the bytes by the importer of that name; the first byte says with which options.
pub fn check(name: &str, data: &[u8]) {
    let Some((first, text)) = data.split_first() else { return };
    let importer = IMPORTERS.iter().find(|importer| importer.name == name).expect("there is such an importer");
    let mut sources: Vec<(String, Box<dyn LogSource>)> = vec![("a".to_owned(), Box::new(text))];
    let options = ImportOptions { fill_idle: first & 0x80 != 0 };
    let Ok(imported) = import(importer, &mut sources, options) else { return };
    let log = assess_log(&mut imported.log.as_slice(), &mut (), Terms::default(), Profile::Full).expect("it can be read");
    for finding in &log.judgement.findings {
        assert!(!OURS.contains(&finding.code.as_str()), "{name} {}: {}", finding.code, finding.text());
    }
}
