//! Memory never changes an answer.

use batool::events::Terms;
use batool::judge::Profile;

use crate::assessed;

fn log(ids: impl Fn(u64) -> String, extra: &[&str]) -> Vec<u8> {
    let mut text = String::from(
        r#"{"event_id":"run.0","run_id":"r","ts_ns":1,"kind":"RUN","phase":"START","attrs":{"schema":"batool.events/1","world_size":1}}"#,
    );
    text.push('\n');
    for n in 0..3000 {
        let (step, phase) = (n / 2, if n % 2 == 0 { "START" } else { "END" });
        let id = ids(n);
        text.push_str(&format!(
            "{{\"event_id\":\"{id}\",\"run_id\":\"r\",\"ts_ns\":{n},\"kind\":\"STEP\",\"phase\":\"{phase}\",\"rank\":0,\"step\":{step}}}\n"
        ));
    }
    extra.iter().for_each(|line| {
        text.push_str(line);
        text.push('\n');
    });
    text.into_bytes()
}

fn certificate(log: &[u8], id_memory: usize) -> String {
    let terms = Terms { id_memory, ..Terms::default() };
    String::from_utf8(assessed(log, terms, Profile::Full).certificate().to_bytes().unwrap()).unwrap()
}

#[test]
fn ids_that_do_not_fit_are_found_to_be_repeated_all_the_same() {
    let end = r#"{"event_id":"end","run_id":"r","ts_ns":9,"kind":"RUN","phase":"END"}"#;
    // An end of the run that is not applied, as its id was there long ago: what follows is then not behind the end.
    let false_end = r#"{"event_id":"e7","run_id":"r","ts_ns":9,"kind":"RUN","phase":"END"}"#;
    let note = r#"{"event_id":"e9x","run_id":"r","ts_ns":9,"kind":"NOTE","phase":"POINT"}"#;
    let again = r#"{"event_id":"e9x","run_id":"r","ts_ns":9,"kind":"NOTE","phase":"POINT"}"#;
    let plain = |n: u64| format!("e{n}");
    let logs = [
        log(plain, &[end]),
        log(plain, &[false_end, note, again, end]),
        log(plain, &[end, note, again]),
        log(|n| format!("e{}", n % 1100), &[end]),
        log(|n| if n % 3 == 0 { format!("r0.{n}") } else { plain(n) }, &[end]),
        log(|n| format!("r0.{}", (n * 7) % 3000), &[false_end, end]),
        log(|n| format!("r0.{}", (n * 7) % 2000), &[end]),
    ];
    for (n, log) in logs.iter().enumerate() {
        let roomy = certificate(log, 1 << 30);
        for room in [0, 4 << 10, 20 << 10, 40 << 10] {
            assert_eq!(certificate(log, room), roomy, "log {n} with {room} bytes");
        }
    }
    assert!(certificate(&logs[1], 0).contains(r#""code":"R_DUP_EVENT_ID","count":2"#));
    assert!(!certificate(&logs[1], 0).contains("R_AFTER_RUN_END"));
}
