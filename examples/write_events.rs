//! Writes a small event log that is verified; `docs/events.md` shows it.

use std::collections::HashMap;
use std::io::{self, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

struct Log<W> {
    out: W,
    run_id: &'static str,
    streams: HashMap<Option<u32>, (u64, String)>,
    lines: u64,
    digest: Sha256,
}

fn hex(digest: impl AsRef<[u8]>) -> String {
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl<W: Write> Log<W> {
    fn put(&mut self, kind: &str, phase: &str, place: Option<(u32, u64)>, attrs: Value) -> io::Result<()> {
        let rank = place.map(|(rank, _)| rank);
        let (seq, prev) = self.streams.remove(&rank).unwrap_or((0, "0".repeat(64)));
        let name = rank.map_or("run".to_owned(), |rank| format!("r{rank}"));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970").as_nanos() as u64;
        let mut event = json!({
            "event_id": format!("{name}.{seq}"), "run_id": self.run_id, "ts_ns": now,
            "kind": kind, "phase": phase, "seq": seq, "prev": prev,
        });
        if let Some((rank, step)) = place {
            event["rank"] = rank.into();
            event["step"] = step.into();
        }
        if !attrs.is_null() {
            event["attrs"] = attrs;
        }
        let hash = hex(Sha256::digest(event.to_string()));
        event["hash"] = hash.as_str().into();
        let line = format!("{event}\n");
        self.out.write_all(line.as_bytes())?;
        self.digest.update(&line);
        self.lines += 1;
        self.streams.insert(rank, (seq + 1, hash));
        Ok(())
    }
}

/// Writes a run of three steps.
pub fn write(out: impl Write) -> io::Result<()> {
    let mut log = Log { out, run_id: "example-1", streams: HashMap::new(), lines: 0, digest: Sha256::new() };
    log.put("RUN", "START", None, json!({"schema": "batool.events/1", "world_size": 1}))?;
    for step in 0..3 {
        log.put("STEP", "START", Some((0, step)), Value::Null)?;
        log.put("COMPUTE", "START", Some((0, step)), Value::Null)?;
        std::thread::sleep(Duration::from_millis(20));
        log.put("COMPUTE", "END", Some((0, step)), Value::Null)?;
        log.put("STEP", "END", Some((0, step)), Value::Null)?;
    }
    let seal = json!({"events": log.lines, "sha256": hex(log.digest.clone().finalize())});
    log.put("RUN", "END", None, json!({"status": "success", "seal": seal}))
}

fn main() -> io::Result<()> {
    write(io::stdout().lock())
}
